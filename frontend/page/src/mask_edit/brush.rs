//! A round brush. In: a line of it on a mask. Out: which part of the mask has changed.

use stl_types::{Rect, Size};

/// Diameters to choose from, in thousandths of the picture's longer side: from a strand of hair to a wall.
const DIAMETERS: [u32; 7] = [10, 16, 26, 42, 68, 110, 180];

/// How many sizes there are; they are counted from 1.
pub(crate) const SIZES: u32 = DIAMETERS.len() as u32;

/// The size to begin with: about a fingertip's on a phone.
pub(crate) const USUAL_SIZE: u32 = 5;

/// What the brush does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brush {
    /// What it touches is kept.
    Add,
    /// What it touches is removed.
    Erase,
}

/// A position in a mask's pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// From the left.
    pub(crate) x: f64,
    /// From above.
    pub(crate) y: f64,
}

/// A size's radius in a mask's pixels.
pub(crate) fn radius(chosen: u32, mask: Size) -> f64 {
    let diameter = DIAMETERS[(chosen.clamp(1, SIZES) - 1) as usize];
    // So large that a brush always holds the centre of a pixel.
    (f64::from(diameter * mask.width.max(mask.height)) / 2000.0).max(0.75)
}

/// Paints all pixels whose centres are within `radius` of the line between two positions; a line of no length is a dab.
/// Returns the least area that holds all that has changed.
pub(crate) fn paint(kept: &mut [u8], mask: Size, brush: Brush, radius: f64, from: Point, to: Point) -> Option<Rect> {
    let value = match brush {
        Brush::Add => u8::MAX,
        Brush::Erase => 0,
    };
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    let (columns, rows) = (reach(from.x, to.x, radius, mask.width), reach(from.y, to.y, radius, mask.height));
    for y in rows {
        for x in columns.clone() {
            let pixel = &mut kept[y as usize * mask.width as usize + x as usize];
            let centre = Point { x: f64::from(x) + 0.5, y: f64::from(y) + 0.5 };
            if *pixel != value && squared_distance(centre, from, to) <= radius * radius {
                *pixel = value;
                (left, right) = (left.min(x), right.max(x));
                (top, bottom) = (top.min(y), bottom.max(y));
            }
        }
    }
    (left <= right).then(|| Rect { left, top, width: right - left + 1, height: bottom - top + 1 })
}

/// The pixels along one side that a line may touch.
fn reach(a: f64, b: f64, radius: f64, side: u32) -> std::ops::Range<u32> {
    // A cast of what lies below 0 is 0.
    ((a.min(b) - radius) as u32)..((a.max(b) + radius).ceil() as u32).min(side)
}

/// From a position to the nearest one on a line, squared.
fn squared_distance(at: Point, from: Point, to: Point) -> f64 {
    let (line_x, line_y) = (to.x - from.x, to.y - from.y);
    let (x, y) = (at.x - from.x, at.y - from.y);
    let length = line_x * line_x + line_y * line_y;
    let along = if length > 0.0 { ((x * line_x + y * line_y) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - along * line_x).powi(2) + (y - along * line_y).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 20, height: 10 };

    fn painted(radius: f64, from: (f64, f64), to: (f64, f64)) -> (Vec<String>, Option<Rect>) {
        let mut mask = vec![255; 200];
        let at = |(x, y)| Point { x, y };
        let area = paint(&mut mask, SIZE, Brush::Erase, radius, at(from), at(to));
        let rows = mask.chunks(20).map(|row| row.iter().map(|&kept| if kept == 0 { '#' } else { '.' }).collect());
        (rows.collect(), area)
    }

    #[test]
    fn a_dab_is_a_disc_around_its_position() {
        let (rows, area) = painted(2.0, (5.5, 3.5), (5.5, 3.5));
        assert_eq!(rows[1], ".....#..............");
        assert_eq!(rows[2], "....###.............");
        assert_eq!(rows[3], "...#####............");
        assert_eq!(rows[5], ".....#..............");
        assert_eq!(area, Some(Rect { left: 3, top: 1, width: 5, height: 5 }));
    }

    #[test]
    fn a_dab_at_a_corner_is_cut_and_one_beside_the_picture_paints_nothing() {
        let (rows, area) = painted(1.6, (0.0, 0.0), (0.0, 0.0));
        assert_eq!((rows[0].as_str(), rows[1].as_str()), ("##..................", "#..................."));
        assert_eq!(area, Some(Rect { left: 0, top: 0, width: 2, height: 2 }));
        for beside in [(-3.0, 4.0), (23.0, 4.0), (4.0, -9.0), (4.0, 13.0)] {
            assert_eq!(painted(2.0, beside, beside).1, None, "{beside:?}");
        }
    }

    #[test]
    fn a_line_is_as_broad_as_the_brush_in_any_direction() {
        let (rows, _) = painted(1.1, (2.5, 5.5), (16.5, 5.5));
        assert_eq!(rows[5], ".#################..");
        assert_eq!(rows[4], "..###############...");
        assert_eq!(painted(1.1, (16.5, 5.5), (2.5, 5.5)).0, rows, "there and back");
        let (rows, _) = painted(0.75, (1.5, 0.5), (9.5, 8.5));
        for (y, row) in rows.iter().enumerate().take(9) {
            assert_eq!(row.as_bytes()[y + 1], b'#', "the diagonal has no gap in row {y}");
        }
    }

    #[test]
    fn adding_makes_soft_edges_whole_and_counts_only_what_changes() {
        let mut mask = vec![255; 200];
        mask[3 * 20 + 5] = 128;
        let at = Point { x: 5.5, y: 3.5 };
        let area = paint(&mut mask, SIZE, Brush::Add, 3.0, at, at);
        assert_eq!(area, Some(Rect { left: 5, top: 3, width: 1, height: 1 }));
        assert_eq!(mask, [255; 200]);
        assert_eq!(paint(&mut mask, SIZE, Brush::Add, 3.0, at, at), None);
    }

    #[test]
    fn sizes_grow_with_the_picture_and_never_miss_a_pixel() {
        let photo = Size { width: 480, height: 640 };
        let radii: Vec<f64> = (1..=SIZES).map(|chosen| radius(chosen, photo)).collect();
        assert!(radii.is_sorted_by(|a, b| a < b), "{radii:?}");
        assert_eq!((radius(0, photo), radius(99, photo)), (radii[0], radii[6]));
        let tiny = radius(1, SIZE);
        assert!(painted(tiny, (7.0, 7.0), (7.0, 7.0)).1.is_some(), "between four pixels");
    }
}
