//! Hair and beards. In: a [`Person`]. Out: layers behind the neck and on the head.

use stl_types::Class;

use crate::body::Skeleton;
use crate::canvas::{Canvas, Finish};
use crate::geometry::{curve, ellipse, hard, mirrored, pt, soft, spline};
use crate::person::{HairStyle, Person};

impl Person {
    /// Draws the hair behind neck and shoulders.
    pub(crate) fn draw_hair_back(&self, canvas: &mut Canvas, skeleton: &Skeleton) {
        let at = skeleton.torso;
        let path = match self.style {
            HairStyle::Long => mirrored(&[
                soft(5.0, -31.0),
                soft(9.6, -24.0),
                soft(10.4, -8.0),
                soft(11.0, 8.0),
                hard(8.6, 17.0),
                soft(3.0, 18.0),
            ]),
            HairStyle::Wavy => mirrored(&[
                soft(5.0, -31.4),
                soft(10.4, -25.0),
                soft(10.2, -16.0),
                soft(12.6, -8.0),
                soft(11.4, 0.0),
                soft(13.4, 7.0),
                soft(9.0, 13.0),
                soft(3.0, 13.0),
            ]),
            HairStyle::Bob => {
                mirrored(&[soft(5.0, -31.0), soft(10.0, -24.0), soft(10.6, -12.0), hard(10.2, -5.6), soft(4.0, -5.0)])
            }
            HairStyle::Afro => ellipse(pt(0.0, -22.5), 14.0, 14.0),
            HairStyle::Ponytail => spline(
                &[
                    soft(4.0, -28.0),
                    soft(11.0, -24.0),
                    soft(13.5, -12.0),
                    soft(11.5, 2.0),
                    hard(9.5, 6.0),
                    soft(8.0, -8.0),
                    soft(5.0, -18.0),
                ],
                true,
            ),
            HairStyle::Bun => ellipse(pt(0.0, -33.5), 5.4, 5.0),
            _ => return,
        };
        canvas.layer(Finish { depth: 0.6, ..Finish::firm(Class::Hair) }, |layer| {
            layer.fill(&path, at, self.hair.darker(0.16));
            for x in [-8.0, -5.0, 5.0, 8.0, 10.0] {
                layer.fold(&curve(&[pt(x * 0.8, -26.0), pt(x * 1.06, -10.0), pt(x, 14.0)]), at, 0.6, 0.4);
            }
        });
    }

    /// Draws the beard, and the hair on and in front of the head.
    pub(crate) fn draw_hair_front(&self, canvas: &mut Canvas, skeleton: &Skeleton) {
        let at = skeleton.torso;
        let finish = Finish { depth: 0.6, shadow: 0.22, ..Finish::firm(Class::Hair) };
        if self.beard {
            canvas.layer(Finish { depth: 0.35, shadow: 0.1, ..finish }, |layer| {
                layer.fill(
                    &mirrored(&[
                        soft(2.4, -14.2),
                        soft(5.2, -14.2),
                        hard(7.9, -18.6),
                        soft(7.6, -12.6),
                        soft(4.8, -8.2),
                        soft(1.5, -6.4),
                    ]),
                    at,
                    self.hair,
                );
                layer.cut(&ellipse(pt(0.0, -12.3), 2.2, 0.95), at);
            });
        }
        let cap = match self.style {
            HairStyle::Bald => return,
            HairStyle::Buzz => spline(
                &[
                    hard(-8.1, -20.0),
                    soft(-7.6, -27.0),
                    soft(0.0, -31.0),
                    soft(7.6, -27.0),
                    hard(8.1, -20.0),
                    soft(6.6, -24.6),
                    soft(0.0, -26.4),
                    soft(-6.6, -24.6),
                ],
                true,
            ),
            HairStyle::Short => spline(
                &[
                    hard(-8.4, -18.5),
                    soft(-8.8, -26.0),
                    soft(-4.0, -32.4),
                    soft(3.0, -33.0),
                    soft(8.4, -28.0),
                    hard(8.4, -18.5),
                    soft(7.0, -23.5),
                    soft(3.0, -26.0),
                    soft(-2.0, -25.0),
                    soft(-6.6, -24.0),
                ],
                true,
            ),
            HairStyle::SidePart => spline(
                &[
                    hard(-8.2, -18.8),
                    soft(-8.8, -26.0),
                    soft(-5.6, -31.0),
                    soft(1.0, -33.6),
                    soft(8.0, -29.6),
                    hard(8.4, -18.8),
                    soft(7.2, -24.0),
                    soft(2.0, -27.0),
                    hard(-4.6, -27.6),
                    soft(-7.0, -24.0),
                ],
                true,
            ),
            HairStyle::Afro => spline(
                &[
                    hard(-8.4, -17.5),
                    soft(-11.0, -26.0),
                    soft(-6.0, -34.0),
                    soft(0.0, -36.0),
                    soft(6.0, -34.0),
                    soft(11.0, -26.0),
                    hard(8.4, -17.5),
                    soft(6.6, -23.4),
                    soft(0.0, -25.4),
                    soft(-6.6, -23.4),
                ],
                true,
            ),
            HairStyle::Bun | HairStyle::Ponytail => spline(
                &[
                    hard(-8.3, -18.0),
                    soft(-8.5, -25.0),
                    soft(-5.0, -30.6),
                    soft(0.0, -32.0),
                    soft(5.0, -30.6),
                    soft(8.5, -25.0),
                    hard(8.3, -18.0),
                    soft(6.4, -24.0),
                    soft(0.0, -26.6),
                    soft(-6.4, -24.0),
                ],
                true,
            ),
            HairStyle::Bob | HairStyle::Long | HairStyle::Wavy => {
                let low = if self.style == HairStyle::Bob { -6.5 } else { -1.0 };
                spline(
                    &[
                        soft(-9.6, low - 4.0),
                        soft(-10.0, -22.0),
                        soft(-6.0, -30.6),
                        soft(-1.0, -32.6),
                        soft(6.0, -30.6),
                        soft(10.0, -22.0),
                        soft(9.6, low - 4.0),
                        hard(8.6, low),
                        soft(7.6, -14.0),
                        soft(6.8, -22.0),
                        hard(-1.4, -27.6),
                        soft(-6.6, -22.4),
                        soft(-7.6, -14.0),
                        hard(-8.6, low),
                    ],
                    true,
                )
            }
        };
        canvas.layer(finish, |layer| {
            layer.fill(&cap, at, self.hair);
            for (x, tone) in [(-6.0, 0.4), (-2.6, -0.3), (1.8, 0.35), (4.6, -0.35), (7.0, 0.4)] {
                layer.fold(
                    &curve(&[pt(x * 0.3, -31.5), pt(x, -28.0), pt(x * 1.32, -20.0), pt(x * 1.36, -9.0)]),
                    at,
                    0.8,
                    tone,
                );
            }
        });
    }
}
