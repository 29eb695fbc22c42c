//! Collars, lapels and hoods. In: an [`Upper`]. Out: layers behind and before the neck.

use super::wearing::Wearing;
use crate::canvas::{Canvas, Finish};
use crate::design::{Neck, Upper};
use crate::geometry::{curve, ellipse, hard, mirrored, polygon, pt, soft, spline};

/// Draws the part behind the neck.
pub(super) fn back(canvas: &mut Canvas, wearing: &Wearing, upper: &Upper) {
    let torso = wearing.skeleton.torso;
    let finish = Finish::cloth(wearing.class);
    let fabric = wearing.design.fabric;
    match upper.neck {
        Neck::Collar | Neck::Polo | Neck::Lapels => {
            let rgb = if upper.contrast { fabric.accent } else { fabric.base };
            canvas.layer(finish, |layer| {
                layer.fill(
                    &mirrored(&[soft(3.0, -5.6), soft(6.4, -4.9), hard(6.9, -1.0), soft(3.0, 0.6)]),
                    torso,
                    rgb.darker(0.22),
                );
            });
        }
        Neck::Hood => {
            let cloth = fabric.cloth(canvas.scale(), 0.06);
            canvas.layer(finish, |layer| {
                if wearing.flat {
                    let hood =
                        [soft(3.0, -25.5), soft(9.0, -22.0), soft(11.5, -13.0), soft(10.5, -4.0), soft(8.0, 1.5)];
                    layer.cloth(&mirrored(&hood), torso, &cloth, torso);
                    let inside = [soft(2.6, -21.5), soft(6.4, -18.0), soft(7.4, -9.0), soft(5.0, 0.0), soft(1.6, 3.4)];
                    layer.tint(&mirrored(&inside), torso, fabric.base.darker(0.5), 1.0);
                } else {
                    let hood = [soft(5.0, -6.0), soft(11.0, -4.4), soft(13.0, 0.0), soft(10.0, 4.0), soft(4.0, 5.0)];
                    layer.cloth(&mirrored(&hood), torso, &cloth, torso);
                    layer.fold(&curve(&[pt(-11.0, -1.0), pt(0.0, 2.0), pt(11.0, -1.0)]), torso, 1.2, 0.35);
                }
            });
        }
        _ => {}
    }
}

/// Draws the part on the chest.
pub(super) fn front(canvas: &mut Canvas, wearing: &Wearing, upper: &Upper) {
    let torso = wearing.skeleton.torso;
    let fabric = wearing.design.fabric;
    let cloth = fabric.cloth(canvas.scale(), 0.0);
    let finish = Finish { round_cm: 1.0, depth: 0.5, shadow: 0.5, class: wearing.class };
    match upper.neck {
        Neck::Collar | Neck::Polo => {
            for flip in [1.0, -1.0] {
                let at = torso.pre_scale(flip, 1.0);
                let leaf = spline(
                    &[
                        hard(5.9, -5.0),
                        soft(8.4, -2.2),
                        hard(7.4, 6.8),
                        soft(3.4, 5.2),
                        hard(0.2, 3.0),
                        soft(3.6, -0.6),
                    ],
                    true,
                );
                canvas.layer(finish, |layer| {
                    if upper.contrast {
                        layer.fill(&leaf, at, fabric.accent);
                    } else {
                        layer.cloth(&leaf, at, &cloth, at);
                    }
                    let seam = curve(&[pt(8.0, -2.0), pt(7.0, 6.0), pt(0.6, 2.6)]);
                    layer.line(&seam, at, 0.2, fabric.base.darker(0.5), 0.35);
                });
            }
        }
        Neck::Lapels => {
            let o = wearing.open;
            let low = pt(-0.2 + o * 7.5, 33.5);
            for flip in [-1.0, 1.0] {
                let at = torso.pre_scale(flip, 1.0);
                let lapel =
                    polygon(&[pt(5.8 + o * 0.8, -3.0), pt(8.8 + o, 4.4), pt(12.6 + o, 7.6), low + pt(1.2, 0.0), low]);
                let collar = polygon(&[
                    pt(5.4 + o * 0.5, -5.2),
                    pt(8.0 + o, -2.6),
                    pt(11.2 + o, 4.6),
                    pt(8.2 + o, 6.2),
                    pt(5.2 + o * 0.8, -0.4),
                ]);
                canvas.layer(finish, |layer| {
                    layer.cloth(&lapel, at, &cloth, at);
                    layer.tint(&lapel, at, fabric.base.lighter(0.25), 0.16);
                    layer.fold(&curve(&[pt(5.8 + o * 0.8, 0.0), low.lerp(pt(6.0, 0.0), 0.5), low]), at, 0.8, 0.3);
                });
                canvas.layer(finish, |layer| {
                    if upper.contrast {
                        layer.fill(&collar, at, fabric.accent);
                    } else {
                        layer.cloth(&collar, at, &cloth, at);
                    }
                });
            }
        }
        Neck::Hood => {
            canvas.layer(finish, |layer| {
                for side in [-1.0, 1.0] {
                    let rgb = if upper.contrast { fabric.accent } else { fabric.base.lighter(0.55) };
                    layer.strand(
                        &curve(&[pt(4.0 * side, 3.0), pt(4.8 * side, 10.0), pt(4.2 * side, 17.0)]),
                        torso,
                        0.6,
                        rgb,
                    );
                    layer.fill(&ellipse(pt(4.2 * side, 17.5), 0.5, 1.0), torso, rgb.darker(0.3));
                }
            });
        }
        _ => {}
    }
}
