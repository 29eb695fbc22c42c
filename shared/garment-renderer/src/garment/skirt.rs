//! Skirts. In: a [`Skirt`] and the legs' pose. Out: one layer, or the knots that a dress adds to its bodice.

use super::details;
use super::wearing::Wearing;
use crate::canvas::{Canvas, Finish, Layer};
use crate::colour::Rgb;
use crate::design::{Skirt, SkirtShape};
use crate::fabric::Weave;
use crate::geometry::{Knot, curve, hard, mirrored, polygon, pt, rect, soft};

/// Half width at height `y`.
fn half_width(wearing: &Wearing, skirt: &Skirt, ease: f32, y: f32) -> f32 {
    let build = &wearing.skeleton.build;
    let below = (y - 54.0).max(0.0);
    let gather = ((y - skirt.waist) / 14.0).clamp(0.0, 1.0);
    let close = build.half_width(y.min(58.0)) + ease.max(0.8);
    let own = match skirt.shape {
        SkirtShape::Pencil => close - below * 0.035,
        SkirtShape::ALine => close + gather + below * 0.2,
        SkirtShape::Flared => close + gather * 3.0 + below * 0.36,
        SkirtShape::Pleated => close + gather * 2.0 + below * 0.22,
        SkirtShape::Tiered => close + gather * 3.5 + below * 0.26,
    };
    // It covers both legs in every pose.
    let t = ((y - 60.0) / 75.0).clamp(0.0, 1.0);
    let reach = wearing.skeleton.legs.iter().map(|leg| leg.at(t).x.abs()).fold(0.0, f32::max) + 7.4 - 2.6 * t;
    if y > 64.0 { own.max(reach * wearing.skeleton.build.limbs) } else { own }
}

/// Right-hand knots from below the waist to the hem's middle, and the hem's half width.
pub(super) fn side(wearing: &Wearing, skirt: &Skirt, ease: f32) -> (Vec<Knot>, f32) {
    let w = |y: f32| half_width(wearing, skirt, ease, y);
    let mut knots = vec![];
    let mut y = skirt.waist + 4.0;
    while y < skirt.hem - 6.0 {
        knots.push(soft(w(y), y));
        y += if y < 60.0 { 6.0 } else { 14.0 };
    }
    let hem = w(skirt.hem);
    let sag = hem * 0.05;
    knots.push(hard(hem, skirt.hem));
    match skirt.shape {
        SkirtShape::Flared => {
            for k in 1..7 {
                let x = hem * (1.0 - k as f32 / 7.0);
                knots.push(soft(x, skirt.hem + sag + if k % 2 == 0 { -0.9 } else { 1.2 }));
            }
        }
        SkirtShape::Pleated => {
            for k in 1..8 {
                let x = hem * (1.0 - k as f32 / 8.0);
                knots.push(hard(x, skirt.hem + sag * k as f32 / 8.0 + if k % 2 == 0 { -0.5 } else { 0.7 }));
            }
        }
        _ => knots.extend([soft(hem * 0.5, skirt.hem + sag), soft(hem * 0.16, skirt.hem + sag * 1.3)]),
    }
    (knots, hem)
}

pub(super) fn draw(canvas: &mut Canvas, wearing: &Wearing, skirt: &Skirt) {
    let torso = wearing.skeleton.torso;
    let cloth = wearing.design.fabric.cloth(canvas.scale(), 0.0);
    let waist = half_width(wearing, skirt, 0.8, skirt.waist);
    let mut knots = vec![soft(waist * 0.4, skirt.waist + 0.7), hard(waist, skirt.waist)];
    knots.extend(side(wearing, skirt, 0.8).0);
    canvas.layer(Finish::cloth(wearing.class), |layer| {
        layer.cloth(&mirrored(&knots), torso, &cloth, torso);
        dress_details(layer, wearing, skirt);
        let dark = cloth.fabric.base.darker(0.4);
        let band = curve(&[pt(-30.0, skirt.waist + 3.6), pt(0.0, skirt.waist + 4.3), pt(30.0, skirt.waist + 3.6)]);
        layer.line(&band, torso, 0.3, dark, 0.6);
        layer.fold(&band, torso, 0.7, 0.3);
        if cloth.fabric.weave == Weave::Denim {
            let thread = Rgb(208, 150, 84);
            layer.stitch(
                &curve(&[pt(-30.0, skirt.waist + 4.2), pt(0.0, skirt.waist + 4.9), pt(30.0, skirt.waist + 4.2)]),
                torso,
                thread,
                0.9,
            );
            for s in [-1.0, 1.0] {
                let opening = curve(&[
                    pt(7.0 * s, skirt.waist + 4.0),
                    pt(9.0 * s, skirt.waist + 9.0),
                    pt(18.0 * s, skirt.waist + 11.0),
                ]);
                layer.stitch(&opening, torso, thread, 0.9);
                layer.fold(&opening, torso, 0.5, 0.4);
            }
        }
        let (y, hem) = (skirt.hem - 1.6, half_width(wearing, skirt, 0.8, skirt.hem));
        if !matches!(skirt.shape, SkirtShape::Pleated) {
            layer.line(&curve(&[pt(-hem, y), pt(0.0, y + hem * 0.06), pt(hem, y)]), torso, 0.2, dark, 0.4);
        }
    });
}

/// Draws folds, pleats, tiers, buttons and belt of a skirt or of a dress.
pub(super) fn dress_details(layer: &mut Layer, wearing: &Wearing, skirt: &Skirt) {
    let torso = wearing.skeleton.torso;
    let fabric = wearing.design.fabric;
    let dark = fabric.base.darker(0.5);
    let mut rng = wearing.rng("skirt");
    let w = |y: f32| half_width(wearing, skirt, 0.8, y);
    let (top, low) = (skirt.waist, skirt.hem);
    let ray = |share: f32, from: f32, to: f32| {
        curve(&[
            pt(share * w(from), from),
            pt(share * w((from + to) / 2.0) * 1.01, (from + to) / 2.0),
            pt(share * w(to), to),
        ])
    };
    match skirt.shape {
        SkirtShape::Pleated => {
            for k in -7..=7 {
                let share = k as f32 / 8.0;
                layer.line(&ray(share, top + 4.0, low + 3.0), torso, 0.3, dark, 0.5);
                layer.fold(&ray(share + 0.03, top + 5.0, low + 3.0), torso, 1.2, 0.4);
                layer.fold(&ray(share - 0.05, top + 5.0, low + 3.0), torso, 0.9, -0.3);
            }
        }
        SkirtShape::Pencil => {
            for s in [-1.0, 1.0] {
                layer.fold(&ray(0.5 * s, top + 4.0, top + 15.0), torso, 0.4, 0.35);
                for _ in 0..2 {
                    let y = rng.range(56.0, 66.0);
                    layer.fold(
                        &curve(&[pt(w(y) * s, y), pt(w(y) * 0.5 * s, y + rng.range(0.0, 4.0))]),
                        torso,
                        0.9,
                        0.2,
                    );
                }
            }
        }
        _ => {
            let count = if skirt.shape == SkirtShape::ALine { 5 } else { 9 };
            for k in 0..count {
                let share = -0.85 + 1.7 * (k as f32 + rng.range(0.2, 0.8)) / count as f32;
                let from = top + rng.range(4.0, (low - top) * 0.45);
                let strength = rng.range(0.2, 0.42);
                layer.fold(&ray(share, from, low + 2.0), torso, rng.range(1.0, 2.2), strength);
                layer.fold(&ray(share + 0.09, from + 3.0, low + 2.0), torso, rng.range(1.0, 2.4), -strength * 0.7);
            }
        }
    }
    if skirt.shape == SkirtShape::Tiered {
        for share in [0.36, 0.68] {
            let y = top + (low - top) * share;
            let seam = curve(&[pt(-w(y), y - 0.5), pt(0.0, y + w(y) * 0.05), pt(w(y), y - 0.5)]);
            layer.line(&seam, torso, 0.3, dark, 0.5);
            layer.fold(&seam, torso, 1.2, 0.35);
            for k in -9..=9 {
                let x = k as f32 / 9.5 * w(y) + rng.range(-0.6, 0.6);
                layer.fold(&curve(&[pt(x, y + 1.0), pt(x * 1.03, y + rng.range(4.0, 8.0))]), torso, 0.6, 0.34);
            }
        }
    }
    if skirt.buttons {
        for x in [-1.5, 1.5] {
            layer.line(&curve(&[pt(x, top), pt(x, low + 3.0)]), torso, 0.25, dark, 0.45);
        }
        let mut y = top + 7.0;
        while y < low - 3.0 {
            details::button(layer, torso, pt(0.0, y), 0.75, Rgb(236, 230, 220));
            y += 8.0;
        }
    }
    if skirt.belt {
        layer.tint(&rect(-40.0, top - 1.2, 40.0, top + 2.4), torso, fabric.base.darker(0.3), 0.9);
        layer.line(
            &polygon(&[pt(-2.4, top - 1.4), pt(2.4, top - 1.4), pt(2.4, top + 2.6), pt(-2.4, top + 2.6)]),
            torso,
            0.6,
            Rgb(206, 172, 96),
            1.0,
        );
    }
}
