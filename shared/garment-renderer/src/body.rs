//! Bodies and poses. In: a random generator. Out: a [`Skeleton`]: the position of torso, arms and legs, in centimetres.
//!
//! The origin is the pit of the neck, y points down; a body of 172 cm reaches from -30 (crown) to 142 (soles).
//! Index 0 is the viewer's left limb, index 1 the right one.

use tiny_skia::{Path, Transform};

use crate::geometry::{Knot, Pt, frame_along, pt, spline};
use crate::rng::Rng;

/// Half widths of a torso and thickness of its limbs.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Half the distance between the shoulder joints.
    pub shoulder: f32,
    /// Half width at the chest, y = 22.
    pub chest: f32,
    /// Half width at the waist, y = 38.
    pub waist: f32,
    /// Half width at the hips, y = 56.
    pub hip: f32,
    /// Factor on the thickness of arms and legs.
    pub limbs: f32,
}

impl Build {
    /// The build in flat product pictures.
    pub const FLAT: Self = Self { shoulder: 16.2, chest: 15.6, waist: 14.0, hip: 17.0, limbs: 1.0 };

    /// A person's build.
    pub fn sample(rng: &mut Rng, feminine: bool) -> Self {
        let girth = rng.weighted(&[(0.92, 1.0), (1.0, 2.5), (1.08, 1.5), (1.2, 0.7)]) * rng.range(0.97, 1.04);
        let bones = 1.0 + (girth - 1.0) * 0.45;
        if feminine {
            Self {
                shoulder: 15.0 * bones,
                chest: 14.4 * girth,
                waist: 11.8 * girth,
                hip: 16.6 * girth,
                limbs: 0.95 * bones,
            }
        } else {
            Self {
                shoulder: 17.4 * bones,
                chest: 16.2 * girth,
                waist: 14.4 * girth,
                hip: 15.8 * girth,
                limbs: 1.08 * bones,
            }
        }
    }

    /// The body's half width at height `y` of the torso.
    #[must_use]
    pub fn half_width(&self, y: f32) -> f32 {
        let stops = [
            (0.0, self.shoulder * 0.9),
            (14.0, self.chest),
            (22.0, self.chest),
            (38.0, self.waist),
            (56.0, self.hip),
            (64.0, self.hip * 0.98),
        ];
        let mut before = stops[0];
        for stop in stops {
            if y < stop.0 {
                let t = (y - before.0) / (stop.0 - before.0).max(1e-3);
                let eased = t * t * (3.0 - 2.0 * t);
                return before.1 + (stop.1 - before.1) * eased.max(0.0);
            }
            before = stop;
        }
        before.1
    }
}

/// An arm or a leg: two bones.
#[derive(Clone, Copy, Debug)]
pub struct Limb {
    /// Shoulder or hip.
    pub root: Pt,
    /// Elbow or knee.
    pub joint: Pt,
    /// Wrist or ankle.
    pub tip: Pt,
}

impl Limb {
    /// The centre line at `t`: 0 root, 0.5 joint, 1 tip. It is rounded at the joint and continues beyond the tip.
    #[must_use]
    pub fn at(&self, t: f32) -> Pt {
        const ROUND: f32 = 0.09;
        if t < 0.5 - ROUND {
            self.root.lerp(self.joint, t * 2.0)
        } else if t > 0.5 + ROUND {
            self.joint.lerp(self.tip, t * 2.0 - 1.0)
        } else {
            let s = (t - 0.5 + ROUND) / (2.0 * ROUND);
            let from = self.root.lerp(self.joint, 1.0 - 2.0 * ROUND);
            let to = self.joint.lerp(self.tip, 2.0 * ROUND);
            from.lerp(self.joint, s).lerp(self.joint.lerp(to, s), s)
        }
    }

    /// The unit vector across the limb at `t`, to the viewer's right for a hanging limb.
    #[must_use]
    pub fn across(&self, t: f32) -> Pt {
        (self.at(t + 0.02) - self.at(t - 0.02)).unit().across()
    }

    /// The point beside the centre line; `offset` in centimetres, positive to the right of a hanging limb.
    #[must_use]
    pub fn beside(&self, t: f32, offset: f32) -> Pt {
        self.at(t) + self.across(t) * offset
    }

    /// The outline between `from` and `to` with the given half width; the root end is rounded when `cap` is set.
    #[must_use]
    pub fn outline(&self, from: f32, to: f32, cap: bool, half_width: impl Fn(f32) -> f32) -> Path {
        const STEPS: usize = 12;
        let t = |i: usize| from + (to - from) * i as f32 / STEPS as f32;
        let mut knots = Vec::with_capacity(2 * STEPS + 4);
        if cap {
            knots.push(Knot { at: self.at(from) - self.across(from).across() * -half_width(from), corner: false });
        }
        for i in 0..=STEPS {
            let corner = i == STEPS || (i == 0 && !cap);
            knots.push(Knot { at: self.beside(t(i), half_width(t(i))), corner });
        }
        for i in (0..=STEPS).rev() {
            let corner = i == STEPS || (i == 0 && !cap);
            knots.push(Knot { at: self.beside(t(i), -half_width(t(i))), corner });
        }
        spline(&knots, true)
    }

    /// The frames of both bones, for prints that follow the limb.
    #[must_use]
    pub fn frames(&self) -> [Transform; 2] {
        let upper = frame_along(self.root, self.joint);
        // The print of the lower bone also starts at the root, so that a straight limb has no seam.
        let length = (self.joint - self.root).len();
        [upper, frame_along(self.joint, self.tip).pre_translate(0.0, -length)]
    }
}

/// A body in a pose.
#[derive(Clone, Copy, Debug)]
pub struct Skeleton {
    /// Widths.
    pub build: Build,
    /// From upright torso coordinates to the posed ones.
    pub torso: Transform,
    /// Shoulder, elbow, wrist.
    pub arms: [Limb; 2],
    /// Hip, knee, ankle.
    pub legs: [Limb; 2],
}

/// How a limb is held: angles in degrees from hanging straight, outwards positive.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// The upper bone.
    pub upper: f32,
    /// The lower bone.
    pub lower: f32,
}

impl Skeleton {
    /// A body with leaning torso (degrees, to the right) and limbs held as given.
    #[must_use]
    pub fn new(build: Build, lean: f32, arms: [Hold; 2], legs: [Hold; 2]) -> Self {
        let torso = Transform::from_rotate_at(lean, 0.0, 60.0);
        let limb = |root: Pt, hold: Hold, side: f32, lengths: [f32; 2]| {
            let root = root.on(side).through(torso);
            let step = |angle: f32, length: f32| {
                let radians = angle.to_radians();
                pt(radians.sin() * side, radians.cos()) * length
            };
            let joint = root + step(hold.upper, lengths[0]);
            Limb { root, joint, tip: joint + step(hold.lower, lengths[1]) }
        };
        let shoulder = pt(build.shoulder, 7.5);
        let hip = pt(build.hip * 0.53, 60.0);
        Self {
            build,
            torso,
            arms: [limb(shoulder, arms[0], -1.0, [28.0, 25.0]), limb(shoulder, arms[1], 1.0, [28.0, 25.0])],
            legs: [limb(hip, legs[0], -1.0, [38.0, 37.0]), limb(hip, legs[1], 1.0, [38.0, 37.0])],
        }
    }

    /// The invisible body of a flat product picture; `spread` is the sleeves' angle.
    #[must_use]
    pub fn flat(spread: f32) -> Self {
        let arm = Hold { upper: spread, lower: spread * 0.62 };
        let leg = Hold { upper: 2.5, lower: 1.8 };
        Self::new(Build::FLAT, 0.0, [arm; 2], [leg; 2])
    }

    /// A standing or walking person.
    pub fn sample(rng: &mut Rng, build: Build) -> Self {
        let arm = |rng: &mut Rng| match rng.index(10) {
            0 | 1 => Hold { upper: rng.range(38.0, 50.0), lower: rng.range(-58.0, -44.0) }, // hand on the hip
            2 => Hold { upper: rng.range(10.0, 20.0), lower: rng.range(-40.0, -15.0) },
            3 => Hold { upper: rng.range(18.0, 34.0), lower: rng.range(20.0, 48.0) },
            _ => Hold { upper: rng.range(7.0, 18.0), lower: rng.range(-4.0, 12.0) },
        };
        let arms = [arm(rng), arm(rng)];
        let stride = rng.weighted(&[(1.0, 2.0), (4.0, 2.0), (9.0, 1.0)]);
        let leg = |rng: &mut Rng| {
            let upper = rng.range(-0.5, 2.0) + stride * rng.range(0.5, 1.0);
            Hold { upper, lower: upper * rng.range(0.1, 0.9) - rng.range(0.0, 1.5) }
        };
        let legs = [leg(rng), leg(rng)];
        Self::new(build, rng.range(-3.5, 3.5), arms, legs)
    }
}
