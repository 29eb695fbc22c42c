//! A dressed person. In: a person, a pose, an outfit. Out: all layers of that person on a canvas, in the right order.

use stl_types::Class;
use tiny_skia::Transform;

use crate::body::Skeleton;
use crate::canvas::{Canvas, Finish};
use crate::colour::Rgb;
use crate::design::Cut;
use crate::garment::{Wearing, draw_back, draw_body, draw_sleeve};
use crate::geometry::{curve, ellipse, hard, mirrored, pt, rect, soft, spline};
use crate::outfit::Outfit;
use crate::person::{HairStyle, Person};
use crate::product::Product;

/// Draws the whole person.
pub(crate) fn draw(canvas: &mut Canvas, person: &Person, skeleton: &Skeleton, outfit: &Outfit, folds: u64) {
    let wear = |design, class, open, tucked| Wearing { skeleton, design, class, open, tucked, flat: false, folds };
    let waist = outfit.lower.as_ref().and_then(|p| match p.design.cut {
        Cut::Skirt(skirt) => Some(skirt.waist),
        Cut::Trousers(trousers) => Some(trousers.waist),
        _ => None,
    });
    let tucked = waist.filter(|_| outfit.tucked);
    let of = |product: &Product| Class::from_category(product.category);
    let inner = outfit.upper.as_ref().or(outfit.dress.as_ref()).map(|p| wear(&p.design, of(p), 0.0, tucked));
    let lower = outfit.lower.as_ref().map(|p| wear(&p.design, of(p), 0.0, None));
    let outer = outfit
        .blazer
        .as_ref()
        .map(|p| wear(&p.design, of(p), outfit.open, None))
        .or(outfit.coat.as_ref().map(|design| wear(design, Class::Outerwear, outfit.open, None)));

    if outfit.hat.is_none() || person.style != HairStyle::Bun {
        person.draw_hair_back(canvas, skeleton);
    }
    for worn in outer.iter().chain(inner.iter()) {
        draw_back(canvas, worn);
    }
    person.draw_body(canvas, skeleton);
    person.draw_shoes(canvas, skeleton);
    let order = if outfit.tucked { [inner, lower] } else { [lower, inner] };
    for worn in order.iter().flatten() {
        draw_body(canvas, worn);
    }
    if let Some(worn) = &outer {
        draw_body(canvas, worn);
    }
    for side in 0..2 {
        person.draw_arm(canvas, skeleton, side);
        // A garment under another shows no sleeve.
        if let Some(worn) = outer.as_ref().or(inner.as_ref()) {
            draw_sleeve(canvas, worn, side);
        }
    }
    if let Some(rgb) = outfit.scarf {
        scarf(canvas, skeleton, rgb);
    }
    person.draw_head(canvas, skeleton);
    person.draw_hair_front(canvas, skeleton);
    if outfit.glasses {
        glasses(canvas, skeleton);
    }
    if let Some(rgb) = outfit.hat {
        hat(canvas, skeleton, rgb, person.style);
    }
    if let Some(rgb) = outfit.bag {
        bag(canvas, skeleton, rgb);
    }
}

fn scarf(canvas: &mut Canvas, skeleton: &Skeleton, rgb: Rgb) {
    let at = skeleton.torso;
    canvas.layer(Finish::firm(Class::OtherWorn), |layer| {
        layer.fill(
            &spline(
                &[hard(2.0, 2.0), hard(6.6, 1.0), soft(7.4, 14.0), hard(7.0, 25.0), hard(2.4, 25.0), soft(2.8, 12.0)],
                true,
            ),
            at,
            rgb.darker(0.08),
        );
        layer.fill(
            &mirrored(&[soft(3.0, -7.4), soft(8.4, -6.0), soft(10.0, -1.0), soft(7.0, 4.0), soft(2.0, 5.6)]),
            at,
            rgb,
        );
        for k in 0..4 {
            let y = -4.6 + k as f32 * 2.2;
            layer.fold(
                &curve(&[pt(-9.0, y - 1.0), pt(0.0, y + 2.0), pt(9.0, y - 1.0)]),
                at,
                0.8,
                if k % 2 == 0 { 0.45 } else { -0.3 },
            );
        }
        for k in 0..5 {
            let x = 2.8 + k as f32;
            layer.strand(&curve(&[pt(x, 24.8), pt(x, 27.0)]), at, 0.4, rgb.darker(0.15));
        }
    });
}

fn glasses(canvas: &mut Canvas, skeleton: &Skeleton) {
    let at = skeleton.torso;
    let dark = Rgb(32, 30, 34);
    canvas.layer(Finish { depth: 0.1, shadow: 0.15, ..Finish::firm(Class::OtherWorn) }, |layer| {
        for side in [-1.0, 1.0] {
            let rim: Vec<_> = (0..=12)
                .map(|k| {
                    let angle = k as f32 / 12.0 * std::f32::consts::TAU;
                    pt(3.3 * side + angle.cos() * 2.4, -19.0 + angle.sin() * 2.0)
                })
                .collect();
            layer.strand(&curve(&rim), at, 0.6, dark);
            layer.strand(&curve(&[pt(5.6 * side, -19.6), pt(7.9 * side, -19.8)]), at, 0.5, dark);
        }
        layer.strand(&curve(&[pt(-1.0, -19.4), pt(0.0, -19.9), pt(1.0, -19.4)]), at, 0.5, dark);
    });
}

fn hat(canvas: &mut Canvas, skeleton: &Skeleton, rgb: Rgb, style: HairStyle) {
    let at = skeleton.torso;
    let full = if matches!(style, HairStyle::Afro) { 2.4 } else { 0.6 };
    canvas.layer(Finish::firm(Class::OtherWorn), |layer| {
        if rgb.luma() > 0.5 {
            // A brimmed hat.
            layer.fill(
                &mirrored(&[soft(4.0, -37.5), soft(7.6 + full, -35.0), hard(8.8 + full, -26.5), soft(4.0, -25.6)]),
                at,
                rgb,
            );
            layer.fill(
                &mirrored(&[soft(5.0, -28.0), soft(13.5 + full, -26.4), soft(13.0 + full, -24.8), soft(5.0, -24.4)]),
                at,
                rgb.darker(0.06),
            );
            layer.line(&curve(&[pt(-10.0, -28.8), pt(0.0, -28.0), pt(10.0, -28.8)]), at, 1.6, rgb.darker(0.55), 0.9);
        } else {
            // A knitted one.
            layer.fill(
                &mirrored(&[
                    soft(3.0, -36.0),
                    soft(7.4 + full, -32.6),
                    soft(9.0 + full, -25.0),
                    hard(9.0 + full, -23.0),
                    soft(4.0, -22.6),
                ]),
                at,
                rgb,
            );
            layer.tint(&rect(-20.0, -27.0, 20.0, -20.0), at, rgb.lighter(0.15), 0.8);
            for k in -8..=8 {
                let x = k as f32 * 1.2;
                layer.fold(&curve(&[pt(x, -22.5), pt(x * 0.9, -28.0), pt(x * 0.4, -35.0)]), at, 0.4, 0.35);
            }
        }
    });
}

fn bag(canvas: &mut Canvas, skeleton: &Skeleton, rgb: Rgb) {
    // It hangs from the hand that is lower.
    let arm = if skeleton.arms[0].tip.y > skeleton.arms[1].tip.y { skeleton.arms[0] } else { skeleton.arms[1] };
    let hand = arm.at(1.12);
    let at = Transform::from_translate(hand.x, hand.y);
    canvas.layer(Finish::firm(Class::OtherWorn), |layer| {
        layer.strand(
            &curve(&[pt(-5.0, 11.0), pt(-3.6, 3.0), pt(0.0, 0.0), pt(3.6, 3.0), pt(5.0, 11.0)]),
            at,
            1.1,
            rgb.darker(0.2),
        );
        layer.fill(
            &mirrored(&[soft(4.0, 9.6), hard(8.6, 10.0), soft(9.6, 20.0), hard(9.2, 26.0), soft(4.0, 26.6)]),
            at,
            rgb,
        );
        layer.line(&curve(&[pt(-9.0, 14.0), pt(0.0, 17.5), pt(9.0, 14.0)]), at, 0.4, rgb.darker(0.4), 0.8);
        layer.tint(&ellipse(pt(0.0, 17.4), 0.9, 0.9), at, Rgb(214, 180, 104), 1.0);
    });
}
