//! What an encoder sees of a cutout. In: the [`Pixels`] of a person or garment on white. Out: one garment alone, and the part that is
//! not white.

use stl_types::manifest::NetworkSpec;
use stl_types::{Rect, Size, WHITE};

use crate::input::Pixels;

/// Margin around a garment's region, as a share of the cutout's long side: about the size of the blocks that regions consist of, so
/// that a garment keeps its edge. The query encoder was trained with the same margin.
const MARGIN: f64 = 0.01;

/// A pixel with a channel below this value is not white; used if the manifest has no threshold.
const WHITE_FROM: u8 = 250;

/// Makes every pixel white that is further than [`MARGIN`] from `region`, `(H, W)` row-major. `pixels` are `(H, W, channels)`, of which
/// the first three become white.
///
/// # Panics
/// When `region` or `pixels` do not fit the size.
pub fn keep_garment(size: Size, pixels: &mut [u8], region: &[bool]) {
    assert_eq!(region.len() as u64, size.area(), "a region of the cutout's size");
    let channels = pixels.len() / region.len().max(1);
    assert_eq!(pixels.len(), region.len() * channels, "whole pixels");
    let radius = ((f64::from(size.width.max(size.height)) * MARGIN).round() as usize).max(1);
    let kept = dilated(region, size.width as usize, radius);
    for (pixel, kept) in pixels.chunks_exact_mut(channels.max(1)).zip(kept) {
        if !kept {
            pixel[..3].fill(WHITE);
        }
    }
}

/// The part of a cutout that a network sees: the bounding box of what is not white with the manifest's margin, or all of it if the
/// manifest has none. `None` for an entirely white cutout.
#[must_use]
pub fn content_part(cutout: Pixels<'_>, network: &NetworkSpec) -> Option<Rect> {
    let content = content_box(cutout, network.crop_threshold.unwrap_or(WHITE_FROM))?;
    let Size { width, height } = cutout.size();
    Some(match network.crop_margin {
        Some(margin) => widened(content, margin, cutout.size()),
        None => Rect { left: 0, top: 0, width, height },
    })
}

/// The bounding box of the pixels with a channel below `white_from`; none if there are none.
fn content_box(picture: Pixels<'_>, white_from: u8) -> Option<Rect> {
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    let stride = picture.size().width as usize * picture.channels();
    for (y, row) in (0..).zip(picture.bytes().chunks_exact(stride)) {
        for (x, pixel) in (0..).zip(row.chunks_exact(picture.channels())) {
            if pixel[..3].iter().any(|&value| value < white_from) {
                (left, right) = (left.min(x), right.max(x));
                (top, bottom) = (top.min(y), y);
            }
        }
    }
    (left <= right).then(|| Rect { left, top, width: right - left + 1, height: bottom - top + 1 })
}

/// Adds a share of the box's width and height on each side, rounded to nearest, and clips to the picture, as in the training
/// code (`crop_to_content` in `models/training/data/geometry.py`).
fn widened(content: Rect, share: f32, picture: Size) -> Rect {
    // f64 as in the training code: with f32, 0.04 would round halves differently.
    let share = (f64::from(share) * 1e6).round() / 1e6;
    let margin = |side: u32| (f64::from(side) * share + 0.5) as u32;
    let (across, down) = (margin(content.width), margin(content.height));
    let (left, top) = (content.left.saturating_sub(across), content.top.saturating_sub(down));
    let right = (content.left + content.width + across).min(picture.width);
    let bottom = (content.top + content.height + down).min(picture.height);
    Rect { left, top, width: right - left, height: bottom - top }
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
        let size = Size { width: 250, height: 300 };
        let before: Vec<u8> = (0..size.area()).flat_map(|at| [(at % 250) as u8, (at / 250) as u8, 7, 9]).collect();
        let mut region = vec![false; 250 * 300];
        for (x, y) in [(0, 0), (100, 150), (249, 299)] {
            region[y * 250 + x] = true;
        }
        let mut garment = before.clone();
        keep_garment(size, &mut garment, &region);
        for (at, (pixel, before)) in garment.chunks_exact(4).zip(before.chunks_exact(4)).enumerate() {
            let (x, y) = (at % 250, at / 250);
            // 1 % of 300.
            let near = [(0, 0), (100, 150), (249, 299)]
                .iter()
                .any(|&(a, b): &(usize, usize)| x.abs_diff(a) <= 3 && y.abs_diff(b) <= 3);
            assert_eq!(pixel[..3], if near { [before[0], before[1], before[2]] } else { [255; 3] }, "{x}, {y}");
        }
    }

    #[test]
    fn the_smallest_picture_has_a_pixel_of_room() {
        let mut pixels = vec![9; 9];
        keep_garment(Size { width: 3, height: 1 }, &mut pixels, &[true, false, false]);
        assert_eq!(pixels, [9, 9, 9, 9, 9, 9, 255, 255, 255]);
    }

    #[test]
    fn the_part_is_the_content_with_its_margin_clipped_to_the_picture() {
        let size = Size { width: 200, height: 300 };
        let mut bytes = vec![255; 200 * 300 * 3];
        for (x, y) in [(10, 2), (109, 201)] {
            bytes[(y * 200 + x) * 3 + 1] = 249;
        }
        bytes[(299 * 200 + 199) * 3..][..3].fill(250);
        let content =
            content_box(Pixels::new(size, &bytes).expect("sizes fit"), 250).expect("two pixels are not white");
        assert_eq!(content, Rect { left: 10, top: 2, width: 100, height: 200 });
        assert_eq!(widened(content, 0.04, size), Rect { left: 6, top: 0, width: 108, height: 210 });
    }

    #[test]
    fn a_white_picture_has_no_content() {
        let white = vec![252; 9 * 9 * 3];
        let white = Pixels::new(Size { width: 9, height: 9 }, &white).expect("sizes fit");
        assert_eq!(content_box(white, 250), None);
    }
}
