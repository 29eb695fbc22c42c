//! How well two masks agree. In: two masks of one size. Out: intersection over union, and the F-measure of their outlines.

use stl_types::Size;

/// Distance in pixels up to which outlines agree. The longer side of a test photo is at most 512 pixels.
pub const TOLERANCE: i32 = 2;

/// Intersection over union; 1 when both are empty.
#[must_use]
pub fn intersection_over_union(a: &[bool], b: &[bool]) -> f64 {
    let (mut both, mut either) = (0_u64, 0_u64);
    for (&a, &b) in a.iter().zip(b) {
        both += u64::from(a && b);
        either += u64::from(a || b);
    }
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

/// F-measure of two masks' outlines within [`TOLERANCE`] pixels, both `(H, W)` row-major: the harmonic mean of the
/// share of `found`'s outline that is near `truth`'s, and of the share of `truth`'s that is near `found`'s.
///
/// As `boundary_f` in `models/training/train/segmentation.py`: an outline is a mask without its erosion by a cross, pixels
/// outside the picture count as inside the mask. Near means within a disc of radius `TOLERANCE + 0.5`. 1 when neither
/// mask has an outline, 0 when only one has.
#[must_use]
pub fn boundary_f(size: Size, found: &[bool], truth: &[bool]) -> f64 {
    let (a, b) = (outline(size, found), outline(size, truth));
    let (any_a, any_b) = (a.contains(&true), b.contains(&true));
    if !any_a || !any_b {
        return if any_a == any_b { 1.0 } else { 0.0 };
    }
    let (precision, recall) = (share_inside(&a, &dilated(size, &b)), share_inside(&b, &dilated(size, &a)));
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

fn outline(size: Size, mask: &[bool]) -> Vec<bool> {
    let (width, height) = (size.width as usize, size.height as usize);
    let is_edge = |index: usize| {
        let (x, y) = (index % width, index / width);
        x > 0 && !mask[index - 1]
            || x + 1 < width && !mask[index + 1]
            || y > 0 && !mask[index - width]
            || y + 1 < height && !mask[index + width]
    };
    mask.iter().enumerate().map(|(index, &inside)| inside && is_edge(index)).collect()
}

/// `mask` widened by a disc of radius `TOLERANCE + 0.5`.
fn dilated(size: Size, mask: &[bool]) -> Vec<bool> {
    let (width, height) = (size.width as i32, size.height as i32);
    let reach = -TOLERANCE..=TOLERANCE;
    let disc: Vec<(i32, i32)> = reach
        .clone()
        .flat_map(|y| reach.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| f64::from(x).hypot(f64::from(y)) <= f64::from(TOLERANCE) + 0.5)
        .collect();
    let mut wide = vec![false; mask.len()];
    for (index, _) in mask.iter().enumerate().filter(|&(_, &inside)| inside) {
        let (x, y) = (index as i32 % width, index as i32 / width);
        for (right, down) in &disc {
            let (x, y) = (x + right, y + down);
            if (0..width).contains(&x) && (0..height).contains(&y) {
                wide[(y * width + x) as usize] = true;
            }
        }
    }
    wide
}

fn share_inside(outline: &[bool], area: &[bool]) -> f64 {
    let all = outline.iter().filter(|&&on| on).count();
    let inside = outline.iter().zip(area).filter(|&(&on, &inside)| on && inside).count();
    inside as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 30, height: 20 };

    /// A rectangle of 10 × 8 pixels whose left upper corner is (x, y).
    fn rectangle(x: usize, y: usize) -> Vec<bool> {
        (0..600).map(|at| (x..x + 10).contains(&(at % 30)) && (y..y + 8).contains(&(at / 30))).collect()
    }

    #[test]
    fn an_outline_is_the_rim_but_not_at_the_pictures_border() {
        let rim = outline(SIZE, &rectangle(5, 5));
        assert_eq!(rim.iter().filter(|&&on| on).count(), 2 * 10 + 2 * 6);
        // In the corner only the right and the lower side are an outline.
        assert_eq!(outline(SIZE, &rectangle(0, 0)).iter().filter(|&&on| on).count(), 10 + 7);
        assert!(!outline(SIZE, &[true; 600]).contains(&true));
    }

    #[test]
    fn a_shift_of_two_pixels_is_within_the_tolerance_and_one_of_six_is_not() {
        let truth = rectangle(5, 5);
        assert_eq!(boundary_f(SIZE, &rectangle(7, 5), &truth), 1.0);
        // Six to the right: of the shifted rim's 32 pixels, those of its upper and lower sides within 2 of the truth's
        // right end (columns 11 to 16 of 11 to 20) are near, 6 each, and the left side's other six lie inside, near
        // only where they are within 2 rows of the rim (rows 6, 7, 10, 11 of 6 to 11).
        let shifted = boundary_f(SIZE, &rectangle(11, 5), &truth);
        assert!((shifted - 16.0 / 32.0).abs() < 1e-9, "{shifted}");
        assert_eq!(boundary_f(SIZE, &rectangle(19, 12), &rectangle(0, 0)), 0.0);
        assert_eq!(boundary_f(SIZE, &[false; 600], &truth), 0.0);
        assert_eq!(boundary_f(SIZE, &[false; 600], &[false; 600]), 1.0);
    }

    #[test]
    fn iou_counts_pixels() {
        let iou = intersection_over_union(&rectangle(5, 5), &rectangle(10, 5));
        assert!((iou - 40.0 / 120.0).abs() < 1e-12);
        assert_eq!(intersection_over_union(&[false; 4], &[false; 4]), 1.0);
    }
}
