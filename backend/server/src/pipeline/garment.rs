//! One garment's cutout. In: a person's cutout and the garment's region. Out: the garment on white.

use image::{Rgb, RgbImage};
use stl_types::WHITE;

use crate::pictures::scale::size_of;

/// Margin around a region, as a share of the cutout's long side: about the size of the blocks that regions consist of, so
/// that a garment keeps its edge. The query encoder was trained with the same margin.
const MARGIN: f64 = 0.01;

/// Makes everything white that is further than [`MARGIN`] from `region`, `(H, W)` row-major, of the cutout's size.
///
/// # Panics
/// When `region` has another number of pixels than the cutout.
#[must_use]
pub fn garment_cutout(cutout: &RgbImage, region: &[bool]) -> RgbImage {
    assert_eq!(region.len() as u64, size_of(cutout).area(), "a region of the cutout's size");
    let long_side = f64::from(cutout.width().max(cutout.height()));
    let radius = ((long_side * MARGIN).round() as usize).max(1);
    let kept = dilated(region, cutout.width() as usize, radius);
    let mut garment = cutout.clone();
    for (pixel, kept) in garment.pixels_mut().zip(kept) {
        if !kept {
            *pixel = Rgb([WHITE; 3]);
        }
    }
    garment
}

/// Every pixel within `radius` of the region along both axes: dilation by a square, one axis after the other.
fn dilated(region: &[bool], width: usize, radius: usize) -> Vec<bool> {
    let mut wider = vec![false; region.len()];
    for (from, to) in region.chunks_exact(width.max(1)).zip(wider.chunks_exact_mut(width.max(1))) {
        for (x, _) in from.iter().enumerate().filter(|(_, inside)| **inside) {
            to[x.saturating_sub(radius)..(x + radius + 1).min(width)].fill(true);
        }
    }
    let mut taller = wider.clone();
    for down in 1..=radius {
        let Some(rest) = wider.len().checked_sub(down * width) else { break };
        for at in 0..rest {
            taller[at] |= wider[at + down * width];
            taller[at + down * width] |= wider[at];
        }
    }
    taller
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_from_the_garment_is_white_and_the_rest_untouched() {
        let cutout = RgbImage::from_fn(250, 300, |x, y| Rgb([x as u8, y as u8, 7]));
        let mut region = vec![false; 250 * 300];
        for (x, y) in [(0, 0), (100, 150), (249, 299)] {
            region[y * 250 + x] = true;
        }
        let garment = garment_cutout(&cutout, &region);
        for (x, y, pixel) in garment.enumerate_pixels() {
            // 1 % of 300.
            let near = [(0, 0), (100, 150), (249, 299)].iter().any(|&(a, b)| x.abs_diff(a) <= 3 && y.abs_diff(b) <= 3);
            let expected = if near { *cutout.get_pixel(x, y) } else { Rgb([255; 3]) };
            assert_eq!(*pixel, expected, "{x}, {y}");
        }
    }

    #[test]
    fn the_smallest_picture_has_a_pixel_of_room() {
        let cutout = RgbImage::from_pixel(3, 1, Rgb([9; 3]));
        let garment = garment_cutout(&cutout, &[true, false, false]);
        assert_eq!(garment.into_raw(), [9, 9, 9, 9, 9, 9, 255, 255, 255]);
    }
}
