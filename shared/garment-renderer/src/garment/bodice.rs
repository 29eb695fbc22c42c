//! The part on the torso. In: an [`Upper`], and the skirt of a dress. Out: back and front layers.

use tiny_skia::{Path, Transform};

use super::neck::opening;
use super::wearing::Wearing;
use super::{details, skirt};
use crate::body::Build;
use crate::canvas::{Canvas, Finish, Layer};
use crate::design::{Neck, Skirt, Sleeve, Upper};
use crate::fabric::Print;
use crate::geometry::{Knot, curve, ellipse, hard, mirrored, pt, rect, soft, spline};

/// Height of the shoulder line at half width `x`.
fn shoulder_line(x: f32) -> f32 {
    -3.2 + (x - 5.0).max(0.0) * 0.48
}

/// Half width of the cloth at height `y`.
fn half_width(build: &Build, upper: &Upper, y: f32) -> f32 {
    let close = build.half_width(y) + upper.ease;
    let boxy = build.chest + upper.ease;
    let straight = ((upper.ease - 1.0) / 4.0).clamp(0.0, 1.0);
    let width = close + (boxy - close) * straight;
    if y > 50.0 { width.max(build.half_width(y) + 0.8) } else { width }
}

/// Right-hand knots from the shoulder down to above the hem.
fn side(build: &Build, upper: &Upper) -> Vec<Knot> {
    let w = |y: f32| half_width(build, upper, y);
    let (neck, _) = opening(upper.neck);
    let mut knots = vec![];
    match upper.sleeve {
        Sleeve::None => {
            let tip = (build.shoulder * 0.86).max(neck + 2.5);
            knots.push(hard(tip, shoulder_line(tip)));
            knots.push(soft(tip - 1.2, 10.0));
            knots.push(soft(w(20.0) - 1.8, 17.0));
            knots.push(hard(w(20.0), 19.5));
        }
        Sleeve::Straps => {
            knots.push(soft(build.chest * 0.74, 13.0));
            knots.push(hard(w(20.0), 19.5));
        }
        _ => {
            let drop = (upper.ease - 2.0).max(0.0) * 0.35;
            let tip = build.shoulder + 1.4 + drop;
            knots.push(soft(tip, shoulder_line(tip).min(5.0)));
            knots.push(soft(tip + 0.3, 10.0));
            knots.push(hard(w(20.0), 21.0 + drop));
        }
    }
    for y in [25.0_f32, 31.0, 38.0, 45.0, 52.0, 58.0, 66.0, 76.0, 88.0] {
        // Shirt tails begin to curve earlier.
        if y < upper.hem - if upper.neck == Neck::Collar { 8.0 } else { 3.0 } {
            knots.push(soft(w(y), y));
        }
    }
    knots
}

/// Right-hand knots of the neck opening, from the centre to the shoulder.
fn neckline(upper: &Upper) -> Vec<Knot> {
    let (x, depth) = opening(upper.neck);
    let at = |x: f32| hard(x, shoulder_line(x));
    if upper.sleeve == Sleeve::Straps {
        return match upper.neck {
            Neck::V => vec![hard(0.0, 19.0), hard(9.0, 10.5)],
            Neck::Square | Neck::Boat => vec![soft(3.0, 12.6), hard(10.0, 11.5)],
            _ => vec![soft(2.0, 15.6), soft(6.0, 13.6), hard(9.4, 10.5)],
        };
    }
    match upper.neck {
        Neck::V => vec![hard(0.0, depth), soft(x * 0.62, depth * 0.36), at(x)],
        Neck::Square => vec![hard(x * 0.92, depth), at(x)],
        Neck::Lapels => vec![hard(0.0, depth), at(x)],
        _ => {
            let top = shoulder_line(x);
            let drop = depth - top;
            vec![soft(x * 0.36, depth - drop * 0.07), soft(x * 0.8, depth - drop * 0.42), at(x)]
        }
    }
}

/// The hem's right end and the knots from there to the centre.
fn hem_points(build: &Build, upper: &Upper) -> Vec<Knot> {
    let narrow = if upper.ribbed { 1.6 } else { 0.0 };
    let w = half_width(build, upper, upper.hem) - narrow;
    if upper.neck == Neck::Collar {
        // Shirt tails.
        return vec![soft(w - 0.4, upper.hem - 5.0), soft(w * 0.72, upper.hem - 0.6), soft(w * 0.25, upper.hem + 1.0)];
    }
    vec![hard(w, upper.hem), soft(w * 0.5, upper.hem + 0.9), soft(w * 0.15, upper.hem + 1.1)]
}

fn closed(wearing: &Wearing, upper: &Upper, skirt: Option<&Skirt>) -> Path {
    let build = &wearing.skeleton.build;
    let mut knots = neckline(upper);
    if let Some(waist) = wearing.tucked.filter(|waist| *waist < upper.hem - 2.0) {
        // The cloth blouses a little above the waistband and ends below it.
        knots.extend(side(build, &Upper { hem: waist + 2.0, ..*upper }));
        knots.push(soft(build.half_width(waist) + 0.3, waist + 0.6));
        knots.push(hard(build.half_width(waist) * 0.9, waist + 5.0));
        return mirrored(&knots);
    }
    knots.extend(side(build, upper));
    match skirt {
        Some(skirt) => knots.extend(skirt::side(wearing, skirt, upper.ease.min(2.0)).0),
        None => knots.extend(hem_points(build, upper)),
    }
    mirrored(&knots)
}

/// The free edge of a front panel: half widths at neck, waist and hem. Negative ones overlap.
fn edge(wearing: &Wearing, upper: &Upper) -> [f32; 3] {
    let (neck, _) = opening(upper.neck);
    let o = wearing.open;
    [neck + o * 0.8, -1.0 + o * 7.5, -0.4 + o * 10.0]
}

fn panel(wearing: &Wearing, upper: &Upper) -> Path {
    let build = &wearing.skeleton.build;
    let [neck, waist, hem] = edge(wearing, upper);
    let mut knots = vec![hard(neck, shoulder_line(neck))];
    knots.extend(side(build, upper));
    let w = half_width(build, upper, upper.hem);
    knots.push(hard(w + 0.6, upper.hem));
    if upper.neck == Neck::Lapels {
        knots.push(soft(hem + 6.0, upper.hem + 1.2));
        knots.push(soft(hem + 1.6, upper.hem - 3.0));
    } else {
        knots.push(hard(hem, upper.hem + 0.6));
    }
    knots.push(soft((waist + hem) / 2.0, (38.0 + upper.hem) / 2.0));
    knots.push(soft(waist, 37.0));
    if upper.neck == Neck::Lapels {
        knots.push(soft(waist + 0.8, 31.0));
    } else {
        knots.push(soft((waist + neck) / 2.0, 12.0));
    }
    spline(&knots, true)
}

/// Draws the inside that is visible through the neck and behind an open front.
pub(super) fn back(canvas: &mut Canvas, wearing: &Wearing, upper: &Upper) {
    let at = wearing.skeleton.torso;
    let inside = wearing.design.fabric.cloth(canvas.scale(), 0.34);
    let (x, depth) = opening(upper.neck);
    let finish = Finish { depth: 0.3, ..Finish::cloth(wearing.class) };
    if upper.sleeve == Sleeve::Straps && upper.neck != Neck::Lapels {
        let build = &wearing.skeleton.build;
        canvas.layer(finish, |layer| {
            let w = half_width(build, upper, 20.0);
            layer.cloth(
                &mirrored(&[soft(3.0, 15.5), soft(w * 0.7, 14.5), hard(w - 0.5, 19.5), hard(w * 0.8, 24.0)]),
                at,
                &inside,
                at,
            );
        });
        return;
    }
    let path = if wearing.open > 0.0 {
        let closed_front = Upper { neck: Neck::Crew, ..*upper };
        closed(wearing, &closed_front, None)
    } else {
        let low = depth + if upper.neck == Neck::Lapels { 6.0 } else { 3.0 };
        let top = shoulder_line(x);
        mirrored(&[
            soft(x * 0.4, top + 1.5),
            hard(x, top),
            soft(x * 1.02, top + 5.0),
            soft(x * 0.6, low),
            soft(x * 0.2, low),
        ])
    };
    canvas.layer(finish, |layer| layer.cloth(&path, at, &inside, at));
}

/// Draws the front: one piece, or two panels.
pub(super) fn front(canvas: &mut Canvas, wearing: &Wearing, upper: &Upper, skirt: Option<&Skirt>) {
    let torso = wearing.skeleton.torso;
    let cloth = wearing.design.fabric.cloth(canvas.scale(), 0.0);
    let finish = Finish::cloth(wearing.class);
    if wearing.panels() {
        for flip in [1.0, -1.0] {
            let at = torso.pre_scale(flip, 1.0);
            let path = panel(wearing, upper);
            canvas.layer(finish, |layer| {
                layer.cloth(&path, at, &cloth, torso);
                block(layer, wearing, torso);
                armhole(layer, wearing, upper);
                folds(layer, wearing, upper, upper.hem);
                details::panel(layer, wearing, upper, at, flip > 0.0, edge(wearing, upper));
            });
        }
        return;
    }
    let path = closed(wearing, upper, skirt);
    canvas.layer(finish, |layer| {
        layer.cloth(&path, torso, &cloth, torso);
        if upper.sleeve == Sleeve::Straps {
            for side in [-1.0, 1.0] {
                let strap = curve(&[pt(9.4 * side, 13.0), pt(8.8 * side, 5.0), pt(7.2 * side, -2.2)]);
                layer.strand(&strap, torso, 1.5, cloth.fabric.base);
            }
        }
        if upper.neck == Neck::Turtle {
            layer.cloth(
                &mirrored(&[soft(3.0, -7.8), soft(6.6, -7.2), soft(6.9, -4.0), soft(8.0, 1.0), soft(4.0, 4.0)]),
                torso,
                &cloth,
                torso,
            );
            if wearing.flat {
                layer.tint(&ellipse(pt(0.0, -7.0), 5.6, 1.0), torso, cloth.fabric.base.darker(0.5), 0.9);
            }
            layer.fold(&curve(&[pt(-7.0, -2.6), pt(0.0, -1.2), pt(7.0, -2.6)]), torso, 0.6, 0.4);
            layer.fold(&curve(&[pt(-8.0, 1.6), pt(0.0, 3.6), pt(8.0, 1.6)]), torso, 0.6, 0.5);
        }
        block(layer, wearing, torso);
        armhole(layer, wearing, upper);
        folds(layer, wearing, upper, skirt.map_or(upper.hem, |s| s.waist));
        band(layer, wearing, upper);
        if let Some(skirt) = skirt {
            skirt::dress_details(layer, wearing, skirt);
        }
        details::front(layer, wearing, upper, skirt.map_or(upper.hem, |s| s.hem));
    });
}

/// Draws the neckband.
fn band(layer: &mut Layer, wearing: &Wearing, upper: &Upper) {
    if matches!(upper.neck, Neck::Collar | Neck::Polo | Neck::Lapels | Neck::Turtle) || upper.sleeve == Sleeve::Straps {
        return;
    }
    let torso = wearing.skeleton.torso;
    let right = neckline(upper);
    let knots: Vec<_> =
        right.iter().rev().map(|k| Knot { at: k.at.on(-1.0), ..*k }).chain(right.iter().copied()).collect();
    let path = spline(&knots, false);
    let fabric = wearing.design.fabric;
    let rgb = if upper.contrast { fabric.accent } else { fabric.base.darker(0.1) };
    let width = if upper.ribbed { 4.6 } else { 2.8 };
    layer.line(&path, torso, width, rgb, if upper.contrast || fabric.print != Print::Plain { 1.0 } else { 0.6 });
    layer.fold(&path, torso, width + 0.5, 0.1);
}

/// Hides the rim's shade where a sleeve is sewn on, and marks the seam.
fn armhole(layer: &mut Layer, wearing: &Wearing, upper: &Upper) {
    if matches!(upper.sleeve, Sleeve::None | Sleeve::Straps) {
        return;
    }
    for (arm, side) in wearing.skeleton.arms.iter().zip([-1.0, 1.0]) {
        layer.phantom(&arm.outline(0.0, 0.3, true, |_| 7.5), Transform::identity());
        let build = &wearing.skeleton.build;
        let drop = (upper.ease - 2.0).max(0.0) * 0.35;
        let x = build.shoulder + 0.6 + drop;
        let seam = curve(&[pt(x * side, 3.0), pt((x - 0.6) * side, 10.0), pt((build.chest + 0.4) * side, 20.0)]);
        layer.fold(&seam, wearing.skeleton.torso, 0.5, 0.28);
    }
}

fn block(layer: &mut Layer, wearing: &Wearing, torso: Transform) {
    if wearing.design.fabric.print == Print::Block {
        layer.tint(&rect(-70.0, 30.0, 70.0, 160.0), torso, wearing.design.fabric.accent, 1.0);
    }
}

/// Draws soft folds: from the armpits, at the waist, and vertical ones.
fn folds(layer: &mut Layer, wearing: &Wearing, upper: &Upper, hem: f32) {
    let torso = wearing.skeleton.torso;
    let build = &wearing.skeleton.build;
    let mut rng = wearing.rng("bodice");
    let amount = 0.16 + upper.ease * 0.02;
    for side in [-1.0_f32, 1.0] {
        for k in 0..3 {
            let y = 19.0 + k as f32 * 4.5 + rng.range(-1.0, 1.0);
            let w = build.chest + upper.ease * 0.6;
            let reach = rng.range(4.0, 9.0);
            let path = curve(&[
                pt(w * side, y),
                pt((w - reach * 0.5) * side, y + rng.range(1.0, 3.0)),
                pt((w - reach) * side, y + rng.range(3.0, 8.0)),
            ]);
            layer.fold(&path, torso, rng.range(0.6, 1.3), amount * rng.range(0.7, 1.4));
        }
        for _ in 0..2 {
            let y = rng.range(34.0, 44.0_f32).min(hem - 4.0);
            let w = build.half_width(y) + upper.ease;
            let path = curve(&[
                pt(w * side, y),
                pt(w * 0.75 * side, y + rng.range(-0.5, 2.0)),
                pt(w * rng.range(0.3, 0.6) * side, y + rng.range(-2.0, 2.0)),
            ]);
            layer.fold(&path, torso, rng.range(0.7, 1.4), amount);
        }
    }
    for _ in 0..3 {
        let x = rng.range(-0.7, 0.7) * build.chest;
        let y = rng.range(22.0, 30.0);
        let path = curve(&[pt(x, y), pt(x + rng.range(-1.5, 1.5), (y + hem) / 2.0), pt(x * 1.1, hem - 2.0)]);
        layer.fold(&path, torso, rng.range(1.0, 2.4), if rng.chance(0.5) { amount * 0.7 } else { -amount * 0.8 });
    }
}
