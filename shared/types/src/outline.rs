//! Outlines. In: a [`Region`]. Out: SVG path data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Region, Size};

/// A corner between pixels: columns and rows from the upper left.
type Corner = (u32, u32);

impl Region {
    /// A smooth closed path around each part and each hole, for `fill-rule: evenodd`, in the pixels of a picture of `size`.
    ///
    /// The path connects the middles of the pixels' outer sides, so that steps of one pixel become diagonals. Its corners are cut once
    /// (Chaikin, 1974).
    #[must_use]
    pub fn outline(&self, size: Size) -> String {
        let own = self.size();
        let (across, down) =
            (f64::from(size.width) / f64::from(own.width), f64::from(size.height) / f64::from(own.height));
        let mut path = String::new();
        for corners in loops(self) {
            let points = rounded(&straightened(&middles(&corners)));
            for (number, (x, y)) in points.iter().enumerate() {
                let command = if number == 0 { 'M' } else { 'L' };
                // Writing into a String cannot fail.
                let _ = write!(path, "{command}{:.1} {:.1}", x * across, y * down);
            }
            path.push('Z');
        }
        path
    }
}

/// The closed lines between inside and outside, as corners of pixels.
fn loops(region: &Region) -> Vec<Vec<Corner>> {
    let Size { width, height } = region.size();
    let is_inside = |x: i64, y: i64| {
        (0..i64::from(width)).contains(&x)
            && (0..i64::from(height)).contains(&y)
            && region.as_slice()[(y * i64::from(width) + x) as usize]
    };
    // The sides between an inside and an outside pixel, directed so that the inside is on the right.
    let mut sides = BTreeMap::<Corner, Vec<Corner>>::new();
    for y in 0..height {
        for x in 0..width {
            let (column, row) = (i64::from(x), i64::from(y));
            if !is_inside(column, row) {
                continue;
            }
            for (neighbour, from, to) in [
                ((column, row - 1), (x, y), (x + 1, y)),
                ((column + 1, row), (x + 1, y), (x + 1, y + 1)),
                ((column, row + 1), (x + 1, y + 1), (x, y + 1)),
                ((column - 1, row), (x, y + 1), (x, y)),
            ] {
                if !is_inside(neighbour.0, neighbour.1) {
                    sides.entry(from).or_default().push(to);
                }
            }
        }
    }
    let mut loops = Vec::new();
    while let Some((&start, _)) = sides.first_key_value() {
        let (mut line, mut at) = (Vec::new(), start);
        // Each corner has as many incoming as outgoing sides, so a walk ends at its start.
        while let Some(next) = sides.get_mut(&at).and_then(Vec::pop) {
            line.push(at);
            if sides.get(&at).is_some_and(Vec::is_empty) {
                sides.remove(&at);
            }
            at = next;
        }
        loops.push(line);
    }
    loops
}

fn middles(corners: &[Corner]) -> Vec<(f64, f64)> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| (f64::from(a.0 + b.0) / 2.0, f64::from(a.1 + b.1) / 2.0)).collect()
}

/// The points without those on a straight line between their neighbours.
fn straightened(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let count = points.len();
    let is_corner = |at: &usize| {
        let (a, b, c) = (points[(at + count - 1) % count], points[*at], points[(at + 1) % count]);
        ((b.0 - a.0) * (c.1 - b.1) - (b.1 - a.1) * (c.0 - b.0)).abs() > 1e-9
    };
    (0..count).filter(is_corner).map(|at| points[at]).collect()
}

/// Each corner replaced by two points at a quarter of the way to its neighbours.
fn rounded(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let towards = |a: (f64, f64), b: (f64, f64)| (a.0 * 0.75 + b.0 * 0.25, a.1 * 0.75 + b.1 * 0.25);
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).flat_map(|(&a, &b)| [towards(a, b), towards(b, a)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(rows: &[&str]) -> Region {
        let size = Size { width: rows[0].len() as u32, height: rows.len() as u32 };
        let letters = rows.concat();
        let inside = letters.chars().enumerate().filter(|(_, letter)| *letter == 'x').map(|(at, _)| at);
        Region::of(size, &[inside.collect()]).expect("a pixel")
    }

    #[test]
    fn each_part_and_hole_is_one_line() {
        let ring = region(&["xxxx.", "x..x.", "xxxx.", ".....", "..x.x"]);
        let lines: Vec<usize> = loops(&ring).iter().map(Vec::len).collect();
        assert_eq!(lines.iter().sum::<usize>(), 14 + 6 + 4 + 4);
        assert_eq!(lines.len(), 4, "a ring, its hole, two pixels");
        assert_eq!(ring.outline(Size { width: 50, height: 50 }).matches('Z').count(), 4);
    }

    #[test]
    fn pixels_that_touch_by_a_corner_do_not_tangle() {
        let lines = loops(&region(&["x.", ".x"]));
        assert_eq!(lines.iter().map(Vec::len).sum::<usize>(), 8);
    }

    #[test]
    fn an_outline_is_drawn_at_the_pictures_size() {
        let path = region(&["....", ".xx.", ".xx.", "...."]).outline(Size { width: 400, height: 200 });
        let numbers: Vec<f64> =
            path.split(|letter: char| "MLZ ".contains(letter)).filter_map(|number| number.parse().ok()).collect();
        let (xs, ys): (Vec<f64>, Vec<f64>) = numbers.chunks(2).map(|point| (point[0], point[1])).unzip();
        let span = |numbers: &[f64]| {
            numbers.iter().fold((f64::MAX, f64::MIN), |(least, most), &number| (least.min(number), most.max(number)))
        };
        assert_eq!((span(&xs), span(&ys)), ((100.0, 300.0), (50.0, 150.0)));
    }
}
