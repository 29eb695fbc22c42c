//! Points and outlines. In: points in centimetres. Out: `tiny_skia` paths and frames.

use std::ops::{Add, Mul, Sub};

use tiny_skia::{Path, PathBuilder, Transform};

/// A point or a vector in centimetres, y downwards.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Pt {
    /// To the viewer's right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// Short for a [`Pt`].
#[must_use]
pub const fn pt(x: f32, y: f32) -> Pt {
    Pt { x, y }
}

impl Pt {
    /// Euclidean length.
    #[must_use]
    pub fn len(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// The same direction with length 1; the zero vector points down.
    #[must_use]
    pub fn unit(self) -> Self {
        let len = self.len();
        if len < 1e-6 { pt(0.0, 1.0) } else { self * (1.0 / len) }
    }

    /// The vector turned so that down becomes right.
    #[must_use]
    pub const fn across(self) -> Self {
        pt(self.y, -self.x)
    }

    /// Mixed with `other`.
    #[must_use]
    pub fn lerp(self, other: Self, share: f32) -> Self {
        self + (other - self) * share
    }

    /// Mapped by a frame.
    #[must_use]
    pub fn through(self, frame: Transform) -> Self {
        let mut point = tiny_skia::Point::from_xy(self.x, self.y);
        frame.map_point(&mut point);
        pt(point.x, point.y)
    }

    /// Mirrored at the y axis when `side` is negative.
    #[must_use]
    pub const fn on(self, side: f32) -> Self {
        pt(self.x * side, self.y)
    }
}

impl Add for Pt {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        pt(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Pt {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        pt(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Pt {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        pt(self.x * factor, self.y * factor)
    }
}

/// A point of an outline: the curve passes smoothly, or turns a corner.
#[derive(Clone, Copy, Debug)]
pub struct Knot {
    /// Where.
    pub at: Pt,
    /// Whether the outline has a corner here.
    pub corner: bool,
}

/// A smooth knot.
#[must_use]
pub const fn soft(x: f32, y: f32) -> Knot {
    Knot { at: pt(x, y), corner: false }
}

/// A corner.
#[must_use]
pub const fn hard(x: f32, y: f32) -> Knot {
    Knot { at: pt(x, y), corner: true }
}

/// A curve through all knots. It never overshoots: control points stay within a third of their segment.
#[must_use]
pub fn spline(knots: &[Knot], closed: bool) -> Path {
    let count = knots.len();
    let tangent = |i: usize| {
        let knot = knots[i];
        if knot.corner {
            return None;
        }
        let (before, after) = if closed {
            (knots[(i + count - 1) % count].at, knots[(i + 1) % count].at)
        } else {
            (knots[i.saturating_sub(1)].at, knots[(i + 1).min(count - 1)].at)
        };
        Some((after - before).unit())
    };
    let mut builder = PathBuilder::new();
    if count > 0 {
        builder.move_to(knots[0].at.x, knots[0].at.y);
        for i in 0..if closed { count } else { count - 1 } {
            let (from, to) = (knots[i].at, knots[(i + 1) % count].at);
            let third = (to - from).len() / 3.0;
            let a = tangent(i).map_or(from.lerp(to, 1.0 / 3.0), |t| from + t * third);
            let b = tangent((i + 1) % count).map_or(to.lerp(from, 1.0 / 3.0), |t| to - t * third);
            builder.cubic_to(a.x, a.y, b.x, b.y, to.x, to.y);
        }
        if closed {
            builder.close();
        }
    }
    finish(builder)
}

/// A closed smooth outline whose right half is given from top to bottom; the left half is its mirror image.
#[must_use]
pub fn mirrored(right: &[Knot]) -> Path {
    let mut knots = right.to_vec();
    knots.extend(right.iter().rev().map(|knot| Knot { at: knot.at.on(-1.0), ..*knot }));
    spline(&knots, true)
}

/// A closed polygon.
#[must_use]
pub fn polygon(points: &[Pt]) -> Path {
    let knots: Vec<_> = points.iter().map(|&at| Knot { at, corner: true }).collect();
    spline(&knots, true)
}

/// An open curve through points.
#[must_use]
pub fn curve(points: &[Pt]) -> Path {
    let knots: Vec<_> = points.iter().map(|&at| Knot { at, corner: false }).collect();
    spline(&knots, false)
}

/// An ellipse.
#[must_use]
pub fn ellipse(centre: Pt, rx: f32, ry: f32) -> Path {
    let mut builder = PathBuilder::new();
    if let Some(rect) = tiny_skia::Rect::from_ltrb(centre.x - rx, centre.y - ry, centre.x + rx, centre.y + ry) {
        builder.push_oval(rect);
    }
    finish(builder)
}

/// An axis-parallel rectangle by its corners.
#[must_use]
pub fn rect(x0: f32, y0: f32, x1: f32, y1: f32) -> Path {
    polygon(&[pt(x0, y0), pt(x1, y0), pt(x1, y1), pt(x0, y1)])
}

/// The frame whose origin is `from` and whose y axis points to `to`; unit length is kept.
#[must_use]
pub fn frame_along(from: Pt, to: Pt) -> Transform {
    let y = (to - from).unit();
    let x = y.across();
    Transform::from_row(x.x, x.y, y.x, y.y, from.x, from.y)
}

/// The builder's path, or a path of one far-away speck when it is empty, so that drawing never fails.
fn finish(builder: PathBuilder) -> Path {
    builder.finish().unwrap_or_else(|| {
        let mut speck = PathBuilder::new();
        speck.move_to(-1e4, -1e4);
        speck.line_to(-1e4 + 1.0, -1e4);
        speck.line_to(-1e4, -1e4 + 1.0);
        speck.close();
        speck.finish().expect("three finite points make a path")
    })
}
