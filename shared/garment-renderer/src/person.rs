//! People. In: a random generator. Out: skin, face and shoes as layers that are drawn between garments.

use stl_types::Class;
use tiny_skia::Transform;

use crate::body::{Build, Skeleton};
use crate::canvas::{Canvas, Finish};
use crate::colour::Rgb;
use crate::geometry::{curve, ellipse, hard, mirrored, pt, soft, spline};
use crate::rng::Rng;

/// The hair style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HairStyle {
    Bald,
    Buzz,
    Short,
    SidePart,
    Bob,
    Long,
    Wavy,
    Bun,
    Ponytail,
    Afro,
}

/// The kind of shoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shoes {
    Sneakers,
    Boots,
    Flats,
    Loafers,
}

/// The looks of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) feminine: bool,
    pub(crate) build: Build,
    pub(crate) skin: Rgb,
    pub(crate) hair: Rgb,
    pub(crate) style: HairStyle,
    pub(crate) beard: bool,
    pub(crate) smile: f32,
    pub(crate) shoes: Shoes,
    pub(crate) shoe: Rgb,
}

const SKIN: [Rgb; 9] = [
    Rgb(250, 222, 202),
    Rgb(242, 206, 178),
    Rgb(234, 190, 158),
    Rgb(222, 172, 134),
    Rgb(204, 150, 110),
    Rgb(176, 120, 84),
    Rgb(146, 96, 66),
    Rgb(112, 72, 50),
    Rgb(84, 54, 40),
];

const HAIR: [Rgb; 10] = [
    Rgb(30, 26, 26),
    Rgb(48, 36, 32),
    Rgb(76, 52, 38),
    Rgb(110, 74, 48),
    Rgb(146, 104, 64),
    Rgb(194, 150, 92),
    Rgb(228, 196, 140),
    Rgb(158, 72, 40),
    Rgb(150, 148, 150),
    Rgb(216, 214, 212),
];

impl Person {
    pub(crate) fn sample(rng: &mut Rng, feminine: bool) -> Self {
        use HairStyle::{Afro, Bald, Bob, Bun, Buzz, Long, Ponytail, Short, SidePart, Wavy};
        let tone = rng.index(SKIN.len());
        let hair = if tone >= 5 { rng.pick(&HAIR[..3]) } else { rng.pick(&HAIR) };
        let style = if feminine {
            rng.weighted(&[
                (Bob, 2.0),
                (Long, 3.0),
                (Wavy, 2.5),
                (Bun, 1.6),
                (Ponytail, 1.6),
                (Short, 0.7),
                (Afro, if tone >= 4 { 2.5 } else { 0.2 }),
            ])
        } else {
            rng.weighted(&[
                (Short, 3.0),
                (SidePart, 3.0),
                (Buzz, 1.2),
                (Bald, 0.7),
                (Bun, 0.3),
                (Long, 0.3),
                (Afro, if tone >= 4 { 1.5 } else { 0.2 }),
            ])
        };
        Self {
            feminine,
            build: Build::sample(rng, feminine),
            skin: SKIN[tone].jitter(rng, 5.0),
            hair: hair.jitter(rng, 6.0),
            style,
            beard: !feminine && rng.chance(0.4),
            smile: rng.range(0.2, 1.2),
            shoes: if feminine {
                rng.pick(&[Shoes::Sneakers, Shoes::Boots, Shoes::Flats, Shoes::Flats, Shoes::Loafers])
            } else {
                rng.pick(&[Shoes::Sneakers, Shoes::Sneakers, Shoes::Boots, Shoes::Loafers])
            },
            shoe: rng.pick(&[
                Rgb(240, 240, 240),
                Rgb(36, 36, 40),
                Rgb(84, 50, 34),
                Rgb(92, 98, 106),
                Rgb(140, 40, 44),
                Rgb(52, 66, 104),
            ]),
        }
    }

    fn skin_finish() -> Finish {
        Finish::firm(Class::Skin)
    }

    /// Draws legs, torso and neck.
    pub(crate) fn draw_body(&self, canvas: &mut Canvas, skeleton: &Skeleton) {
        let still = Transform::identity();
        let b = skeleton.build;
        let thigh = b.hip * 0.5;
        for leg in &skeleton.legs {
            canvas.layer(Self::skin_finish(), |layer| {
                let path = leg.outline(0.0, 1.03, true, |t| match t {
                    t if t < 0.5 => thigh + (5.1 * b.limbs - thigh) * (t / 0.5),
                    t if t < 0.68 => (5.1 + (t - 0.5) * 3.4) * b.limbs,
                    t => (5.7 - (t - 0.68) * 8.4).max(2.9) * b.limbs,
                });
                layer.fill(&path, still, self.skin);
                layer.fold(
                    &curve(&[leg.beside(0.47, -3.0), leg.beside(0.5, 0.0), leg.beside(0.47, 3.0)]),
                    still,
                    1.2,
                    0.22,
                );
            });
        }
        let neck = if self.feminine { 4.5 } else { 5.6 };
        canvas.layer(Self::skin_finish(), |layer| {
            let torso = [
                soft(neck * 0.5, -13.0),
                hard(neck, -12.0),
                soft(neck, -4.0),
                soft(neck + 2.6, -1.4),
                soft(b.shoulder - 0.4, 3.4),
                soft(b.shoulder + 0.6, 10.0),
                soft(b.chest - 0.6, 20.0),
                soft(b.waist - 0.6, 38.0),
                soft(b.hip - 0.5, 56.0),
                hard(b.hip * 0.9, 64.0),
                soft(3.0, 66.0),
            ];
            layer.fill(&mirrored(&torso), skeleton.torso, self.skin);
            for (arm, side) in skeleton.arms.iter().zip([-1.0, 1.0]) {
                layer.phantom(&ellipse(arm.root + pt(2.0 * side, 3.0), 8.0, 9.0), still);
                // Collar bones.
                let bone = curve(&[pt(1.8 * side, 3.2), pt(6.0 * side, 2.2), pt(11.0 * side, 2.8)]);
                layer.fold(&bone, skeleton.torso, 0.6, 0.3);
            }
            // The chin's shadow.
            layer.fold(&curve(&[pt(-5.0, -8.4), pt(0.0, -6.4), pt(5.0, -8.4)]), skeleton.torso, 2.4, 0.2);
        });
    }

    /// Draws one arm with its hand.
    pub(crate) fn draw_arm(&self, canvas: &mut Canvas, skeleton: &Skeleton, side: usize) {
        let arm = skeleton.arms[side];
        let still = Transform::identity();
        let sign = [-1.0, 1.0][side];
        let k = skeleton.build.limbs;
        canvas.layer(Self::skin_finish(), |layer| {
            let path = arm.outline(0.0, 1.02, true, |t| match t {
                t if t < 0.2 => (4.0 + t * 1.5) * k,
                t if t < 0.5 => (4.3 - (t - 0.2) * 2.6) * k,
                t if t < 0.62 => (3.52 + (t - 0.5) * 1.5) * k,
                t => (3.7 - (t - 0.62) * 2.9) * k,
            });
            layer.fill(&path, still, self.skin);
            let hand = |along: f32, off: f32| arm.beside(1.0 + along / 50.0, off * sign);
            let palm = [
                hand(-1.5, 2.3),
                hand(2.0, 3.2),
                hand(6.0, 3.3),
                hand(10.0, 2.0),
                hand(10.6, 0.0),
                hand(9.0, -1.9),
                hand(5.0, -2.8),
                hand(-1.5, -2.3),
            ];
            let knots: Vec<_> = palm.iter().map(|p| soft(p.x, p.y)).collect();
            layer.fill(&spline(&knots, true), still, self.skin);
            // The thumb points to the body.
            layer.strand(&curve(&[hand(1.5, -2.0), hand(3.6, -3.5), hand(6.0, -3.4)]), still, 1.9, self.skin);
            for off in [-0.7, 0.6, 1.8] {
                layer.line(&curve(&[hand(6.6, off), hand(10.4, off * 0.8)]), still, 0.25, self.skin.darker(0.4), 0.4);
            }
            layer.phantom(&ellipse(arm.root + pt(-6.0 * sign, 3.0), 8.0, 9.0), still);
        });
    }

    /// Draws the shoes.
    pub(crate) fn draw_shoes(&self, canvas: &mut Canvas, skeleton: &Skeleton) {
        for (leg, side) in skeleton.legs.iter().zip([-1.0, 1.0]) {
            let at = Transform::from_translate(leg.tip.x, leg.tip.y).pre_scale(side, 1.0);
            let sole = self.shoe.mix(Rgb(250, 250, 250), if self.shoes == Shoes::Sneakers { 0.85 } else { 0.0 });
            canvas.layer(Finish { round_cm: 1.6, ..Finish::firm(Class::OtherWorn) }, |layer| {
                let low =
                    spline(&[soft(-3.4, 1.5), hard(-3.6, 7.0), hard(7.4, 7.0), soft(7.2, 4.4), soft(3.6, 1.6)], true);
                if self.shoes == Shoes::Flats {
                    layer.fill(
                        &spline(
                            &[
                                soft(-3.2, 3.0),
                                hard(-3.2, 7.0),
                                hard(6.8, 7.0),
                                soft(6.4, 4.8),
                                soft(3.4, 4.4),
                                soft(0.0, 5.2),
                            ],
                            true,
                        ),
                        at,
                        self.shoe,
                    );
                    return;
                }
                layer.fill(&low, at, self.shoe);
                if self.shoes == Shoes::Boots {
                    layer.fill(
                        &spline(
                            &[
                                hard(-4.2, -9.0),
                                hard(4.2, -9.0),
                                soft(4.0, 0.0),
                                soft(3.6, 4.0),
                                soft(-3.6, 4.0),
                                soft(-3.8, 0.0),
                            ],
                            true,
                        ),
                        at,
                        self.shoe,
                    );
                    layer.fold(&curve(&[pt(-4.0, 0.0), pt(0.0, 1.0), pt(4.0, 0.0)]), at, 0.8, 0.4);
                }
                layer.line(
                    &curve(&[pt(-5.0, 6.6), pt(9.0, 6.6)]),
                    at,
                    1.6,
                    if self.shoes == Shoes::Sneakers { sole } else { self.shoe.darker(0.45) },
                    1.0,
                );
                if self.shoes == Shoes::Sneakers {
                    for y in [2.0, 3.1, 4.2] {
                        layer.line(
                            &curve(&[pt(0.4, y), pt(3.4, y + 0.6)]),
                            at,
                            0.4,
                            self.shoe.mix(Rgb(255, 255, 255), 0.7).darker(0.1),
                            1.0,
                        );
                    }
                }
            });
        }
    }

    /// Draws head and face.
    pub(crate) fn draw_head(&self, canvas: &mut Canvas, skeleton: &Skeleton) {
        let at = skeleton.torso;
        let dark = self.skin.darker(0.45);
        let jaw = if self.feminine { 5.2 } else { 6.0 };
        canvas.layer(Finish { shadow: 0.22, ..Self::skin_finish() }, |layer| {
            for side in [-1.0, 1.0] {
                layer.fill(&ellipse(pt(7.8 * side, -18.4), 1.5, 2.5), at, self.skin.darker(0.08));
            }
            layer.fill(
                &mirrored(&[
                    soft(3.0, -30.0),
                    soft(7.0, -26.5),
                    soft(7.9, -20.0),
                    soft(jaw + 1.5, -13.0),
                    soft(jaw - 1.6, -9.4),
                    soft(1.4, -7.8),
                ]),
                at,
                self.skin,
            );
            for side in [-1.0, 1.0] {
                layer.tint(&ellipse(pt(4.6 * side, -14.8), 1.9, 1.3), at, Rgb(226, 96, 84), 0.13);
                layer.tint(&ellipse(pt(3.2 * side, -19.2), 1.45, 0.85), at, Rgb(250, 249, 246), 0.95);
                layer.tint(
                    &ellipse(pt(3.2 * side, -19.2), 0.82, 0.85),
                    at,
                    self.hair.darker(0.5).mix(Rgb(60, 44, 30), 0.5),
                    1.0,
                );
                let lid = curve(&[pt(1.7 * side, -19.2), pt(3.2 * side, -20.3), pt(4.8 * side, -19.5)]);
                layer.line(&lid, at, if self.feminine { 0.5 } else { 0.34 }, Rgb(30, 22, 22), 0.9);
                let brow = curve(&[pt(1.5 * side, -21.6), pt(3.2 * side, -22.5), pt(5.2 * side, -21.6)]);
                layer.line(
                    &brow,
                    at,
                    if self.feminine { 0.55 } else { 0.85 },
                    self.hair.mix(dark, 0.35).darker(0.2),
                    0.95,
                );
            }
            layer.line(&curve(&[pt(0.5, -19.0), pt(1.1, -16.4), pt(-0.4, -15.7)]), at, 0.42, dark, 0.5);
            let s = self.smile;
            let lips = if self.feminine { Rgb(190, 72, 78) } else { dark };
            layer.line(
                &curve(&[pt(-2.3, -12.6 - 0.4 * s), pt(0.0, -12.1 + 0.5 * s), pt(2.3, -12.6 - 0.4 * s)]),
                at,
                if self.feminine { 0.85 } else { 0.55 },
                lips.mix(self.skin, 0.15),
                0.95,
            );
        });
    }
}
