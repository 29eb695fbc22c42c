//! Trousers, jeans and shorts. In: a [`Trousers`] and the legs' pose. Out: one layer.

use tiny_skia::Transform;

use super::details;
use super::wearing::Wearing;
use crate::body::Limb;
use crate::canvas::{Canvas, Finish, Layer};
use crate::colour::Rgb;
use crate::design::{Leg, Trousers};
use crate::fabric::Weave;
use crate::geometry::{Knot, Pt, curve, hard, mirrored, pt, rect, soft, spline};

/// Half width of a trouser leg at `t` of the leg.
fn half_width(wearing: &Wearing, trousers: &Trousers, t: f32) -> f32 {
    let limbs = wearing.skeleton.build.limbs;
    let thigh = wearing.skeleton.build.hip * 0.51;
    let (top, knee, hem) = match trousers.leg {
        Leg::Skinny => (0.2, 5.9, 4.5),
        Leg::Tapered => (0.8, 7.2, 5.4),
        Leg::Straight => (0.8, 7.8, 7.4),
        Leg::Bootcut => (0.3, 6.5, 9.4),
        Leg::Wide => (1.6, 10.4, 12.2),
    };
    let (top, knee, hem) = (thigh + top, knee * limbs, hem * limbs);
    if t < 0.5 {
        let s = t / 0.5;
        let s = if trousers.length < 0.6 { s * 0.55 } else { s };
        top + (knee - top) * s
    } else {
        knee + (hem - knee) * (t - 0.5) / 0.5
    }
}

pub(super) fn draw(canvas: &mut Canvas, wearing: &Wearing, trousers: &Trousers) {
    let skeleton = wearing.skeleton;
    let (torso, still) = (skeleton.torso, Transform::identity());
    let cloth = wearing.design.fabric.cloth(canvas.scale(), 0.0);
    let hw = |t: f32| half_width(wearing, trousers, t);
    let end = trousers.length;
    let waist = skeleton.build.half_width(trousers.waist) + 1.0;
    let hip = skeleton.build.half_width(56.0) + 0.9;
    let in_torso = |x: f32, y: f32| pt(x, y).through(torso);
    // One outline: waist, outer leg, hem, inner leg, crotch, and back up the other side.
    let mut knots = vec![corner(in_torso(-waist, trousers.waist)), corner(in_torso(waist, trousers.waist))];
    let crotch = in_torso(0.0, 66.0);
    let right = leg_knots(&skeleton.legs[1], 1.0, end, &hw);
    let left = leg_knots(&skeleton.legs[0], -1.0, end, &hw);
    knots.push(smooth(in_torso(skeleton.build.half_width(48.0) + 1.0, 48.0)));
    knots.push(smooth(in_torso(hip, 56.0)));
    knots.extend(right);
    knots.push(corner(crotch));
    knots.extend(left.into_iter().rev());
    knots.push(smooth(in_torso(-hip, 56.0)));
    knots.push(smooth(in_torso(-skeleton.build.half_width(48.0) - 1.0, 48.0)));
    let outline = spline(&knots, true);
    canvas.layer(Finish::cloth(wearing.class), |layer| {
        layer.cloth(&outline, still, &cloth, torso);
        for (leg, side) in skeleton.legs.iter().zip([-1.0, 1.0]) {
            // The print of the legs continues that of the torso.
            let root = pt(skeleton.build.hip * 0.53 * side, 60.0);
            let [upper, lower] = leg.frames().map(|frame| frame.pre_translate(-root.x, -root.y));
            layer.cloth(&leg.outline(0.1, end.min(0.54), false, |t| hw(t) - 0.35), still, &cloth, upper);
            if end > 0.5 {
                layer.cloth(&leg.outline(0.48, end, false, |t| hw(t) - 0.35), still, &cloth, lower);
            }
        }
        top_details(layer, wearing, trousers);
        for (leg, side) in skeleton.legs.iter().zip([-1.0, 1.0]) {
            leg_details(layer, wearing, trousers, leg, side, &hw);
        }
        layer.fold(&curve(&[in_torso(0.0, 60.0), crotch]), still, 1.6, 0.5);
    });
}

fn corner(at: Pt) -> Knot {
    Knot { at, corner: true }
}

fn smooth(at: Pt) -> Knot {
    Knot { at, corner: false }
}

/// From the outer thigh down, along the hem and up to the inner thigh.
fn leg_knots(leg: &Limb, side: f32, end: f32, hw: &dyn Fn(f32) -> f32) -> Vec<Knot> {
    const STEPS: usize = 7;
    let t = |k: usize| 0.12 + (end - 0.12) * k as f32 / STEPS as f32;
    let mut knots: Vec<_> =
        (0..=STEPS).map(|k| Knot { at: leg.beside(t(k), side * hw(t(k))), corner: k == STEPS }).collect();
    knots.extend((0..=STEPS).rev().map(|k| Knot { at: leg.beside(t(k), -side * hw(t(k))), corner: k == STEPS }));
    knots
}

fn top_details(layer: &mut Layer, wearing: &Wearing, trousers: &Trousers) {
    let torso = wearing.skeleton.torso;
    let fabric = wearing.design.fabric;
    let dark = fabric.base.darker(0.5);
    let denim = fabric.weave == Weave::Denim;
    let thread = if denim { Rgb(208, 150, 84) } else { dark };
    let y = trousers.waist;
    let band = curve(&[pt(-30.0, y + 3.8), pt(0.0, y + 4.2), pt(30.0, y + 3.8)]);
    if trousers.drawstring {
        layer.tint(&rect(-30.0, y - 1.0, 30.0, y + 4.0), torso, fabric.base.darker(0.12), 0.8);
        for k in -14..=14 {
            let x = k as f32 * 1.3;
            layer.fold(&curve(&[pt(x, y + 0.3), pt(x, y + 4.4)]), torso, 0.4, 0.35);
        }
        for s in [-1.0, 1.0] {
            layer.line(
                &curve(&[pt(1.0 * s, y + 2.4), pt(2.4 * s, y + 8.0), pt(1.8 * s, y + 14.0)]),
                torso,
                0.6,
                fabric.base.lighter(0.6),
                1.0,
            );
        }
    } else {
        layer.fold(&band, torso, 0.6, 0.35);
        layer.line(&band, torso, 0.28, dark, 0.6);
        for x in [-10.0, -4.5, 4.5, 10.0] {
            layer.tint(&rect(x - 0.5, y - 0.2, x + 0.5, y + 4.2), torso, fabric.base.darker(0.25), 0.7);
        }
        let fly = curve(&[pt(0.0, y + 4.0), pt(0.0, 62.0)]);
        layer.line(&fly, torso, 0.3, dark, 0.6);
        let curved = curve(&[pt(3.0, y + 4.0), pt(2.9, y + 12.0), pt(0.2, y + 19.0)]);
        if denim {
            layer.stitch(&curved, torso, thread, 0.9)
        } else {
            layer.line(&curved, torso, 0.2, dark, 0.45)
        }
        let metal = if denim { Rgb(190, 140, 90) } else { fabric.base.darker(0.45) };
        details::button(layer, torso, pt(0.0, y + 2.0), 0.85, metal);
    }
    for s in [-1.0, 1.0] {
        let hip = wearing.skeleton.build.half_width(56.0);
        let pocket = curve(&[pt(7.6 * s, y + 4.0), pt((hip * 0.62) * s, y + 10.0), pt((hip + 1.0) * s, y + 14.0)]);
        layer.fold(&pocket, torso, 0.7, 0.42);
        layer.line(&pocket, torso, 0.25, dark, 0.55);
        if denim {
            let second =
                curve(&[pt(7.0 * s, y + 4.0), pt((hip * 0.62 - 0.8) * s, y + 10.8), pt((hip + 1.0) * s, y + 15.0)]);
            layer.stitch(&second, torso, thread, 0.85);
        }
    }
    if denim {
        layer.stitch(&curve(&[pt(-30.0, y + 0.6), pt(0.0, y + 0.9), pt(30.0, y + 0.6)]), torso, thread, 0.8);
    }
    // A shadow under the belly, and light on it.
    layer.tint(&mirrored(&[soft(3.0, y), hard(40.0, y), hard(40.0, y + 1.6), soft(3.0, y + 1.8)]), torso, dark, 0.1);
}

fn leg_details(
    layer: &mut Layer,
    wearing: &Wearing,
    trousers: &Trousers,
    leg: &Limb,
    side: f32,
    hw: &dyn Fn(f32) -> f32,
) {
    let still = Transform::identity();
    let fabric = wearing.design.fabric;
    let dark = fabric.base.darker(0.5);
    let mut rng = wearing.rng(if side > 0.0 { "right leg" } else { "left leg" });
    let end = trousers.length;
    let across = |t: f32, from: f32, to: f32, sag: f32| {
        curve(&[
            leg.beside(t, side * from * hw(t)),
            leg.beside(t + sag, side * (from + to) * 0.5 * hw(t)),
            leg.beside(t, side * to * hw(t)),
        ])
    };
    // Rays from the crotch, bends at the knee, breaks above the shoe.
    for k in 0..3 {
        let t = 0.09 + 0.05 * k as f32 + rng.range(0.0, 0.02);
        let path = curve(&[
            leg.beside(t, -side * 0.9 * hw(t)),
            leg.beside(t + 0.005, -side * 0.3 * hw(t)),
            leg.beside(t - 0.02, side * rng.range(0.0, 0.5) * hw(t)),
        ]);
        layer.fold(&path, still, rng.range(0.6, 1.2), rng.range(0.2, 0.36));
    }
    let spots: &[f32] = if end > 0.6 { &[0.44, 0.49, 0.54, 0.8, 0.88, 0.94] } else { &[0.25] };
    for &t in spots.iter().filter(|t| **t < end - 0.02) {
        let t = t + rng.range(-0.015, 0.015);
        let (from, to) = if rng.chance(0.5) { (-1.0, rng.range(-0.2, 0.5)) } else { (1.0, rng.range(-0.5, 0.2)) };
        layer.fold(&across(t, from, to, rng.range(0.0, 0.025)), still, rng.range(0.6, 1.2), rng.range(0.16, 0.32));
    }
    let along = |offset: f32, from: f32| -> Vec<Pt> {
        (0..=6).map(|k| from + (end - from) * k as f32 / 6.0).map(|t| leg.beside(t, side * offset * hw(t))).collect()
    };
    layer.fold(&curve(&along(-0.05, 0.15)), still, 3.0, -0.16);
    if trousers.crease {
        layer.line(&curve(&along(0.0, 0.08)), still, 0.3, dark, 0.45);
        layer.fold(&curve(&along(0.08, 0.08)), still, 1.0, -0.35);
    }
    if fabric.weave == Weave::Denim {
        layer.fold(&curve(&along(0.1, 0.12)), still, 5.5, -0.24);
        layer.stitch(&curve(&along(0.9, 0.12)), still, Rgb(208, 150, 84), 0.5);
        layer.stitch(&across(end - 0.015, -1.1, 1.1, 0.0), still, Rgb(208, 150, 84), 0.9);
    }
    if trousers.cuffs || trousers.drawstring && end > 0.6 {
        let band = leg.outline(end - 0.055, end + 0.02, false, |_| 16.0);
        layer.tint(
            &band,
            still,
            if trousers.drawstring { fabric.base.darker(0.15) } else { fabric.base.lighter(0.2) },
            0.6,
        );
        layer.fold(&across(end - 0.055, -1.1, 1.1, 0.0), still, 0.7, 0.5);
    } else {
        layer.line(&across(end - 0.022, -1.1, 1.1, 0.0), still, 0.22, dark, 0.5);
    }
}
