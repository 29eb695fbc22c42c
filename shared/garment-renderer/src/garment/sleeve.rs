//! Sleeves. In: an [`Upper`] and an arm. Out: one layer over that arm.

use tiny_skia::Transform;

use super::wearing::Wearing;
use crate::canvas::{Canvas, Finish};
use crate::design::{Neck, Sleeve, Upper};
use crate::geometry::{curve, pt};

/// End of the sleeve on the arm; 0.5 is the elbow.
pub(super) const fn end(sleeve: Sleeve) -> f32 {
    match sleeve {
        Sleeve::None | Sleeve::Straps => 0.0,
        Sleeve::Short => 0.36,
        Sleeve::Puff => 0.34,
        Sleeve::ThreeQuarter => 0.76,
        Sleeve::Long => 1.0,
    }
}

pub(super) fn draw(canvas: &mut Canvas, wearing: &Wearing, upper: &Upper, side: usize) {
    let end = end(upper.sleeve);
    if end <= 0.0 {
        return;
    }
    let arm = wearing.skeleton.arms[side];
    let sign = [-1.0, 1.0][side];
    let limbs = wearing.skeleton.build.limbs;
    let ease = upper.ease;
    let (root, joint, tip) = (6.3 * limbs + ease * 0.3, 4.8 * limbs + ease * 0.36, 3.6 * limbs + ease * 0.28);
    let half_width = move |t: f32| {
        let plain = if t < 0.2 {
            5.2 * limbs + (root - 5.2 * limbs) * (t / 0.2)
        } else if t < 0.5 {
            root + (joint - root) * (t - 0.2) / 0.3
        } else {
            joint + (tip - joint) * (t - 0.5) / 0.5
        };
        match upper.sleeve {
            Sleeve::Puff => {
                let s = (t / end).clamp(0.0, 1.0);
                5.4 * limbs + 5.2 * (s * std::f32::consts::PI).sin().max(0.0).powf(0.7)
            }
            Sleeve::Short => plain + t * 2.0,
            _ if upper.ribbed && t > 0.93 => 3.5 * limbs + 0.4,
            _ if upper.ribbed && t > 0.75 => plain + (t - 0.75) * 4.0,
            _ => plain,
        }
    };
    let cloth = wearing.design.fabric.cloth(canvas.scale(), 0.0);
    let fabric = cloth.fabric;
    let [upper_frame, lower_frame] = arm.frames();
    let still = Transform::identity();
    let mut rng = wearing.rng(["left sleeve", "right sleeve"][side]);
    canvas.layer(Finish { round_cm: 2.8, ..Finish::cloth(wearing.class) }, |layer| {
        layer.cloth(&arm.outline(0.0, end.min(0.53), true, half_width), still, &cloth, upper_frame);
        if end > 0.5 {
            layer.cloth(&arm.outline(0.49, end, false, half_width), still, &cloth, lower_frame);
        }
        // The shoulder continues into the body.
        let towards = arm.root + pt(-7.0 * sign, 4.0);
        layer.phantom(&crate::geometry::ellipse(towards, 9.0, 10.0), still);
        let across = |t: f32, from: f32, to: f32, sag: f32| {
            curve(&[
                arm.beside(t, from * half_width(t)),
                arm.beside(t + sag, (from + to) * 0.5 * half_width(t)),
                arm.beside(t, to * half_width(t)),
            ])
        };
        // Folds gather at the elbow and above the cuff.
        let bends: &[f32] = if end > 0.9 { &[0.25, 0.44, 0.5, 0.56, 0.72, 0.86] } else { &[0.22, 0.3] };
        for &t in bends.iter().filter(|t| **t < end - 0.03) {
            let t = t + rng.range(-0.02, 0.02);
            let (from, to) = if rng.chance(0.5) { (-0.95, rng.range(-0.1, 0.4)) } else { (rng.range(-0.4, 0.1), 0.95) };
            layer.fold(&across(t, from, to, rng.range(-0.03, 0.04)), still, rng.range(0.5, 1.1), rng.range(0.18, 0.36));
        }
        let shine: Vec<_> = (1..6).map(|k| arm.beside(end * k as f32 / 6.5, -0.25 * half_width(0.3))).collect();
        layer.fold(&curve(&shine), still, 1.6, -0.16);
        let hem = |at: f32| across(at, -1.05, 1.05, 0.0);
        if upper.sleeve == Sleeve::Puff {
            for k in -2..=2 {
                let x = k as f32 * 0.32;
                layer.fold(
                    &curve(&[arm.beside(end, x * 4.0), arm.beside(end - 0.1, x * half_width(end - 0.1))]),
                    still,
                    0.6,
                    0.4,
                );
            }
            layer.line(&hem(end - 0.01), still, 1.0, fabric.base.darker(0.12), 0.9);
        } else if upper.ribbed {
            let band = arm.outline(0.925, 1.02, false, |_| 6.0);
            layer.tint(&band, still, if upper.contrast { fabric.accent } else { fabric.base.darker(0.12) }, 0.85);
            layer.fold(&hem(0.925), still, 0.5, 0.4);
        } else if matches!(upper.neck, Neck::Collar) && upper.sleeve == Sleeve::Long {
            if upper.contrast {
                layer.tint(&arm.outline(0.9, 1.02, false, |_| 8.0), still, fabric.accent, 1.0);
            }
            layer.fold(&hem(0.9), still, 0.4, 0.45);
        } else if upper.neck == Neck::Lapels {
            for k in 0..3 {
                let button = crate::geometry::ellipse(arm.beside(0.9 + k as f32 * 0.03, -sign * 3.0), 0.5, 0.5);
                layer.tint(&button, still, fabric.base.darker(0.45), 1.0);
            }
        } else if upper.contrast {
            layer.line(&hem(end - 0.01), still, 2.2, fabric.accent, 1.0);
        } else {
            layer.line(&hem(end - 0.035), still, 0.25, fabric.base.darker(0.4), 0.5);
        }
    });
}
