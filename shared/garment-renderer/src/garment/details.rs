//! Buttons, zips, pockets, hems and logos. In: a layer with cloth. Out: the same layer with its details.

use tiny_skia::Transform;

use super::neck::closure_span;
use super::wearing::Wearing;
use crate::canvas::Layer;
use crate::colour::Rgb;
use crate::design::{Closure, Neck, Upper};
use crate::fabric::Print;
use crate::geometry::{Pt, curve, ellipse, polygon, pt, rect};
use crate::rng::Rng;

/// Draws a button with its shadow.
pub(super) fn button(layer: &mut Layer, at: Transform, centre: Pt, radius: f32, rgb: Rgb) {
    layer.tint(&ellipse(centre + pt(0.12, 0.22), radius * 1.15, radius * 1.15), at, Rgb(0, 0, 0), 0.25);
    layer.tint(&ellipse(centre, radius, radius), at, rgb, 1.0);
    layer.tint(&ellipse(centre, radius * 0.35, radius * 0.35), at, rgb.darker(0.5), 0.7);
}

/// Draws a patch pocket with the given corner and size.
fn pocket(layer: &mut Layer, at: Transform, wearing: &Wearing, x: f32, y: f32, w: f32, h: f32) {
    let fabric = wearing.design.fabric;
    let shape = polygon(&[pt(x, y), pt(x + w, y), pt(x + w, y + h * 0.8), pt(x + w * 0.5, y + h), pt(x, y + h * 0.8)]);
    layer.tint(&shape, at, fabric.base.lighter(0.2), 0.14);
    layer.line(&shape, at, 0.35, fabric.base.darker(0.5), 0.6);
    layer.line(&curve(&[pt(x, y + 1.6), pt(x + w, y + 1.6)]), at, 0.2, fabric.base.darker(0.45), 0.45);
}

/// Draws the details of a front in one piece.
pub(super) fn front(layer: &mut Layer, wearing: &Wearing, upper: &Upper, hem: f32) {
    let at = wearing.skeleton.torso;
    let fabric = wearing.design.fabric;
    let dark = fabric.base.darker(0.4);
    let pale = if fabric.base.luma() > 0.8 { Rgb(214, 208, 198) } else { Rgb(240, 236, 228) };
    let (top, low) = closure_span(upper, hem);
    match (upper.neck, upper.closure) {
        (Neck::Polo, _) | (Neck::Collar, Closure::Buttons) | (_, Closure::Buttons) => {
            let low = if upper.neck == Neck::Polo { top + 13.0 } else { low };
            for x in [-1.5, 1.5] {
                layer.line(&curve(&[pt(x, top - 1.0), pt(x, low)]), at, 0.25, dark, 0.45);
            }
            layer.fold(&curve(&[pt(1.6, top), pt(1.6, low)]), at, 0.5, 0.22);
            let (mut y, step) = (top + 2.2, if upper.ribbed { 8.5 } else { 7.2 });
            let step = if upper.neck == Neck::Polo { 4.2 } else { step };
            while y < low - 2.0 {
                button(
                    layer,
                    at,
                    pt(0.0, y),
                    if upper.ribbed { 0.9 } else { 0.62 },
                    if upper.contrast { fabric.accent } else { pale },
                );
                y += step;
            }
        }
        (_, Closure::Zip) => {
            layer.line(&curve(&[pt(0.0, top - 1.0), pt(0.0, low + 2.0)]), at, 1.5, dark, 0.9);
            layer.stitch(&curve(&[pt(0.0, top - 1.0), pt(0.0, low + 2.0)]), at, Rgb(210, 212, 216), 1.0);
            layer.tint(&rect(-0.5, top + 2.0, 0.5, top + 5.5), at, Rgb(196, 200, 206), 1.0);
        }
        _ => {}
    }
    if upper.chest_pocket {
        pocket(layer, at, wearing, 3.6, 18.0, 8.4, 9.6);
    }
    if upper.hip_pockets {
        // The kangaroo pocket of a hoodie.
        let shape =
            polygon(&[pt(-7.5, 41.0), pt(7.5, 41.0), pt(12.5, 51.0), pt(12.5, 56.0), pt(-12.5, 56.0), pt(-12.5, 51.0)]);
        layer.tint(&shape, at, fabric.base.darker(0.3), 0.1);
        layer.line(&shape, at, 0.4, dark, 0.55);
        for side in [-1.0, 1.0] {
            layer.fold(&curve(&[pt(7.5 * side, 41.0), pt(12.5 * side, 51.0)]), at, 0.9, 0.4);
        }
    }
    if upper.ribbed {
        let band = rect(-60.0, upper.hem - 5.0, 60.0, upper.hem + 6.0);
        layer.tint(&band, at, if upper.contrast { fabric.accent } else { fabric.base.darker(0.12) }, 0.85);
        layer.fold(
            &curve(&[pt(-40.0, upper.hem - 5.0), pt(0.0, upper.hem - 4.4), pt(40.0, upper.hem - 5.0)]),
            at,
            0.6,
            0.35,
        );
        for k in -26..=26 {
            let x = k as f32 * 1.1;
            layer.line(&curve(&[pt(x, upper.hem - 4.4), pt(x, upper.hem + 2.0)]), at, 0.3, dark, 0.22);
        }
    } else if hem == upper.hem && upper.neck != Neck::Collar {
        let w = 40.0;
        let seam = curve(&[pt(-w, upper.hem - 1.7), pt(0.0, upper.hem - 0.8), pt(w, upper.hem - 1.7)]);
        layer.line(&seam, at, 0.22, dark, 0.4);
    }
    if fabric.print == Print::Logo {
        logo(layer, wearing, at);
    }
}

/// Draws the details of one panel of an open or tailored front. `at` is mirrored for the left panel.
pub(super) fn panel(layer: &mut Layer, wearing: &Wearing, upper: &Upper, at: Transform, right: bool, edge: [f32; 3]) {
    let fabric = wearing.design.fabric;
    let dark = fabric.base.darker(0.5);
    let w = wearing.skeleton.build.chest;
    if upper.hip_pockets {
        let (y, x) = (upper.hem.min(72.0) - 18.0, w * 0.92);
        let flap = polygon(&[pt(x - 11.0, y), pt(x, y - 0.8), pt(x, y + 3.4), pt(x - 11.0, y + 4.2)]);
        layer.tint(&flap, at, fabric.base.lighter(0.3), 0.12);
        layer.line(&flap, at, 0.35, dark, 0.6);
        layer.fold(&curve(&[pt(x - 11.0, y + 4.6), pt(x, y + 3.8)]), at, 0.7, 0.35);
    }
    if upper.chest_pocket && right {
        let welt = polygon(&[pt(6.8, 19.8), pt(w * 0.82, 18.8), pt(w * 0.82, 20.6), pt(6.8, 21.6)]);
        layer.tint(&welt, at, fabric.base.darker(0.4), 0.35);
        layer.line(&welt, at, 0.25, dark, 0.5);
    }
    // Darts shape the waist.
    layer.fold(&curve(&[pt(w * 0.6, 24.0), pt(w * 0.54, 38.0), pt(w * 0.6, 52.0)]), at, 0.45, 0.3);
    if upper.ribbed {
        layer.line(
            &curve(&[
                pt(edge[0], -2.0),
                pt((edge[0] + edge[1]) / 2.0, 12.0),
                pt(edge[1], 37.0),
                pt(edge[2], upper.hem),
            ]),
            at,
            4.0,
            fabric.base.darker(0.12),
            0.8,
        );
    }
    let buttons: &[f32] = if upper.hem > 80.0 { &[36.0, 50.0, 64.0] } else { &[36.0, 46.0] };
    // On a closed front only the panel on top shows them.
    if upper.closure == Closure::Buttons && (right == (wearing.open > 0.0) || (wearing.open <= 0.0 && !right)) {
        for &y in buttons {
            button(
                layer,
                at,
                pt(edge[1] + 1.6, y),
                0.95,
                if upper.contrast { fabric.accent } else { fabric.base.darker(0.42) },
            );
        }
    }
}

/// Draws one of five geometric logos on the chest.
fn logo(layer: &mut Layer, wearing: &Wearing, at: Transform) {
    let fabric = wearing.design.fabric;
    let (rgb, spark) = (fabric.accent, fabric.spark);
    let mut rng = Rng::new(fabric.seed, "logo", 0);
    let c = pt(0.0, 22.0);
    let r = rng.range(5.0, 7.5);
    match rng.index(5) {
        0 => {
            layer.tint(&ellipse(c, r, r), at, rgb, 1.0);
            for k in 0..4 {
                let y = c.y + k as f32 * r * 0.28;
                layer.tint(&rect(-r, y, r, y + r * (0.06 + 0.03 * k as f32)), at, fabric.base, 1.0);
            }
        }
        1 => {
            layer.tint(&polygon(&[pt(-r * 1.3, c.y + r), pt(-r * 0.2, c.y - r), pt(r * 0.6, c.y + r)]), at, rgb, 1.0);
            layer.tint(
                &polygon(&[pt(-r * 0.2, c.y + r), pt(r * 0.6, c.y - r * 0.3), pt(r * 1.4, c.y + r)]),
                at,
                spark,
                1.0,
            );
        }
        2 => {
            for (k, tone) in [rgb, spark, rgb].into_iter().enumerate() {
                let y = c.y - r * 0.7 + k as f32 * r * 0.5;
                layer.tint(&rect(-r * 1.4, y, r * 1.4, y + r * 0.3), at, tone, 1.0);
            }
        }
        3 => {
            let star: Vec<_> = (0..10)
                .map(|k| {
                    let angle = k as f32 * std::f32::consts::PI / 5.0 - std::f32::consts::FRAC_PI_2;
                    c + pt(angle.cos(), angle.sin()) * if k % 2 == 0 { r } else { r * 0.45 }
                })
                .collect();
            layer.tint(&polygon(&star), at, rgb, 1.0);
        }
        _ => {
            for k in 0..5 {
                let (x, h) = (-r * 1.4 + k as f32 * r * 0.58, rng.range(0.5, 1.0) * r);
                layer.tint(
                    &rect(x, c.y - h / 2.0, x + r * 0.4, c.y + h / 2.0),
                    at,
                    if k == 2 { spark } else { rgb },
                    1.0,
                );
            }
        }
    }
}
