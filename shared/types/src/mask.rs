//! Foreground masks. In: a photo and a [`Mask`] of its size. Out: the person on white.

use crate::{Rect, Size};

/// White, the colour of every removed pixel.
pub const WHITE: u8 = 255;

/// The opacity of each pixel: `(H, W)` row-major, 0 = background, 128..=255 = person. 1..=127 do not occur.
///
/// The gap is deliberate. A pixel is either removed completely or belongs to the person; only pixels of the person are blended towards
/// white at the silhouette. Therefore `mask == 0` is exactly the set of pixels that never leave the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: Size,
    alpha: Vec<u8>,
}

/// A number of bytes that does not fit a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {width}×{height} pixels takes {expected} bytes, got {received}")]
pub struct SizeMismatch {
    /// The kind of data, e.g. `a mask`.
    pub what: &'static str,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes of this size.
    pub expected: u64,
    /// Bytes received.
    pub received: u64,
}

impl Mask {
    /// Least probability of a pixel of the person.
    pub const THRESHOLD: f32 = 0.5;

    /// Least probability of an opaque pixel.
    const OPAQUE_FROM: f32 = 0.8;

    /// Turns foreground probabilities, `(H, W)` row-major in `0..=1`, into a mask. `NaN` counts as background.
    ///
    /// # Errors
    /// When `probabilities` holds another number of pixels than `size`.
    pub fn from_probabilities(size: Size, probabilities: &[f32]) -> Result<Self, SizeMismatch> {
        expect_bytes("a probability map", size, 1, probabilities.len())?;
        // Without calls and branches, so that the compiler computes several at a time: what a pixel would have, and whether it has that.
        let alpha = probabilities.iter().map(|&probability| {
            let ramp = (probability - Self::THRESHOLD) / (Self::OPAQUE_FROM - Self::THRESHOLD);
            let ramp = if ramp < 1.0 { ramp } else { 1.0 };
            let rounded = (128.0 + 127.0 * ramp + 0.5) as u32 as u8;
            if probability >= Self::THRESHOLD { rounded } else { 0 }
        });
        let alpha = alpha.collect();
        Ok(Self { size, alpha })
    }

    /// Columns and rows.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The values, `(H, W)` row-major.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.alpha
    }

    /// The mask after a visitor has edited it. `kept` is `(H, W)` row-major, 0 = removed.
    ///
    /// Added pixels become opaque. Pixels of the old mask keep their value, so that soft edges stay, unless `kept` is larger: a soft edge
    /// in the middle of an added area would show as a pale line.
    ///
    /// # Errors
    /// When `kept` holds another number of pixels.
    pub fn mended(&self, kept: &[u8]) -> Result<Self, SizeMismatch> {
        expect_bytes("a mended mask", self.size, 1, kept.len())?;
        let mended = |(&alpha, &kept): (&u8, &u8)| match (kept, alpha) {
            (0, _) => 0,
            (_, 0) => u8::MAX,
            _ => alpha.max(kept),
        };
        Ok(Self { size: self.size, alpha: self.alpha.iter().zip(kept).map(mended).collect() })
    }

    /// The mask without the pixels at the positions for which `is_removed` is true.
    #[must_use]
    pub fn without(&self, is_removed: impl Fn(usize) -> bool) -> Self {
        let alpha = self.alpha.iter().enumerate();
        Self { size: self.size, alpha: alpha.map(|(at, &alpha)| if is_removed(at) { 0 } else { alpha }).collect() }
    }

    /// Share of the pixels that belong to the person, in `0..=1`.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        let kept = self.alpha.iter().filter(|&&alpha| alpha > 0).count();
        kept as f64 / self.alpha.len().max(1) as f64
    }

    /// Makes everything outside the mask white, in place. `pixels` are 8-bit, `(H, W, channels)` row-major with 3
    /// (RGB) or 4 (RGBA) channels; a fourth channel becomes opaque.
    ///
    /// # Errors
    /// When `pixels` has neither 3 nor 4 bytes for each pixel of the mask.
    pub fn cut_out(&self, pixels: &mut [u8]) -> Result<(), SizeMismatch> {
        let channels = if pixels.len() as u64 == self.size.area() * 4 { 4 } else { 3 };
        expect_bytes("an RGB or RGBA picture", self.size, channels, pixels.len())?;
        for (pixel, &alpha) in pixels.chunks_exact_mut(channels).zip(&self.alpha) {
            let (colour, opacity) = pixel.split_at_mut(3);
            for value in colour {
                *value = over_white(*value, alpha);
            }
            opacity.fill(255);
        }
        Ok(())
    }

    /// The person on white: a part of a photo as [`Self::cut_out`] makes it, 8-bit RGB, `(H, W, 3)` row-major, and the number of its pixels that belong
    /// to the person. `rgba` is the photo, `(H, W, 4)`.
    ///
    /// # Errors
    /// When `rgba` has not four bytes for each pixel of the mask.
    ///
    /// # Panics
    /// When the part is not inside the photo.
    pub fn on_white(&self, rgba: &[u8], part: Rect) -> Result<(Vec<u8>, u64), SizeMismatch> {
        expect_bytes("an RGBA picture", self.size, 4, rgba.len())?;
        assert!(part.within(self.size) == Some(part), "a part of the photo");
        let (columns, width) = (part.width as usize, self.size.width as usize);
        let mut rgb = vec![WHITE; columns * part.height as usize * 3];
        let mut kept = 0;
        for (y, row) in rgb.chunks_exact_mut(columns * 3).enumerate() {
            let start = (part.top as usize + y) * width + part.left as usize;
            let alpha = &self.alpha[start..start + columns];
            let pixels = rgba[start * 4..(start + columns) * 4].as_chunks::<4>().0;
            for ((to, from), &alpha) in row.as_chunks_mut::<3>().0.iter_mut().zip(pixels).zip(alpha) {
                if alpha > 0 {
                    *to = [from[0], from[1], from[2]].map(|value| over_white(value, alpha));
                    kept += 1;
                }
            }
        }
        Ok((rgb, kept))
    }
}

/// `value·α + white·(1 − α)` with α = `alpha / 255`, rounded to nearest; exactly white for α = 0.
const fn over_white(value: u8, alpha: u8) -> u8 {
    let removed = (WHITE - value) as u32 * (255 - alpha) as u32;
    value + ((removed + 127) / 255) as u8
}

fn expect_bytes(what: &'static str, size: Size, channels: usize, received: usize) -> Result<(), SizeMismatch> {
    let (expected, received) = (size.area() * channels as u64, received as u64);
    if expected == received {
        return Ok(());
    }
    Err(SizeMismatch { what, width: size.width, height: size.height, expected, received })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 4, height: 1 };

    #[test]
    fn pixels_below_the_threshold_are_exactly_white_and_sure_ones_untouched() {
        let mask = Mask::from_probabilities(SIZE, &[0.0, 0.499, 0.5, 0.9]).expect("four pixels");
        assert_eq!(mask.as_slice(), [0, 0, 128, 255]);
        assert!((mask.coverage() - 0.5).abs() < 1e-9);
        let mut rgb = vec![10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30];
        mask.cut_out(&mut rgb).expect("same size");
        assert_eq!(rgb[..6], [255; 6]);
        assert_eq!(rgb[9..], [10, 20, 30]);
        assert!(rgb[6] > 10 && rgb[6] < 255, "the edge is blended towards white");
    }

    #[test]
    fn a_part_on_white_is_that_of_the_whole_photo() {
        let size = Size { width: 31, height: 17 };
        let probabilities: Vec<f32> = (0..size.area()).map(|pixel| (pixel * 7 % 101) as f32 / 100.0).collect();
        let mask = Mask::from_probabilities(size, &probabilities).expect("sizes fit");
        let photo: Vec<u8> = (0..size.area() * 4).map(|at| (at * 37 % 256) as u8).collect();
        let mut whole = photo.clone();
        mask.cut_out(&mut whole).expect("same size");
        for part in [Rect { left: 0, top: 0, width: 31, height: 17 }, Rect { left: 5, top: 9, width: 11, height: 8 }] {
            let (rgb, kept) = mask.on_white(&photo, part).expect("same size");
            let (mut expected, mut count) = (Vec::<u8>::new(), 0);
            for y in part.top..part.top + part.height {
                for at in (y * 31 + part.left..).take(part.width as usize).map(|at| at as usize) {
                    expected.extend(&whole[at * 4..at * 4 + 3]);
                    count += u64::from(mask.as_slice()[at] > 0);
                }
            }
            assert!(rgb == expected && kept == count && kept > 0, "{part:?}");
        }
        let all = Rect { left: 0, top: 0, width: 31, height: 17 };
        assert!(mask.on_white(&[0; 9], all).is_err());
    }

    #[test]
    fn transparency_of_the_photo_is_dropped() {
        let mask = Mask::from_probabilities(SIZE, &[1.0, 1.0, 0.0, f32::NAN]).expect("four pixels");
        let mut rgba = vec![7; 16];
        mask.cut_out(&mut rgba).expect("same size");
        assert_eq!(rgba, [7, 7, 7, 255, 7, 7, 7, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn a_mended_mask_keeps_its_soft_edges_but_where_more_is_asked_for() {
        let mask = Mask::from_probabilities(SIZE, &[0.5, 0.5, 0.0, 1.0]).expect("four pixels");
        assert_eq!(mask.mended(&[1, 255, 1, 0]).expect("same size").as_slice(), [128, 255, 255, 0]);
        assert_eq!(mask.mended(mask.as_slice()), Ok(mask), "nothing was mended");
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        let mask = Mask::from_probabilities(SIZE, &[1.0; 4]).expect("four pixels");
        let error = mask.cut_out(&mut [0; 9]).expect_err("nine bytes are not four pixels");
        assert_eq!(error.received, 9);
        assert!(Mask::from_probabilities(SIZE, &[1.0; 3]).is_err());
    }
}
