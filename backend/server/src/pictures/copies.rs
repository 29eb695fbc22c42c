//! Small copies of pictures for pages. In: an [`RgbImage`]. Out: a JPEG of a given width.
//!
//! JPEG and not WebP: the encoder of `image` writes WebP without loss only, the maintained one with loss is a C library, and the one in
//! Rust has a licence that servers cannot use.

use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};
use stl_types::Size;
use stl_vision::{InputError, resized};

use super::scale::{pixels_of, size_of};

/// JPEG quality of a copy: on a card, a difference from more is hard to see.
const QUALITY: u8 = 72;

/// JPEG quality of a stored picture: above it, files grow faster than anybody sees a difference in a card.
const STORED_QUALITY: u8 = 88;

/// Why a picture cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It cannot be scaled.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It cannot be encoded.
    #[error(transparent)]
    Encoder(#[from] EncodingError),
}

/// The picture as a JPEG with all of its colours: shops' texts and seams are thin.
///
/// # Errors
/// When it cannot be encoded.
pub fn stored_jpeg(picture: &RgbImage) -> Result<Vec<u8>, EncodingError> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, STORED_QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    // JPEG's own limit; stored pictures are far smaller.
    let [columns, rows] = [picture.width(), picture.height()].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    encoder.encode(picture.as_raw(), columns, rows, ColorType::Rgb)?;
    Ok(jpeg)
}

/// The picture as a JPEG, `width` columns wide, or as wide as it is if it is narrower; keeps the aspect ratio.
///
/// Half the colours' resolution, in one scan with the standard tables: progressive scans with optimised tables take longer, and save
/// nothing at this size (240 columns: 7.9 kB both ways).
///
/// # Errors
/// See [`CopyError`].
pub fn narrowed(picture: &RgbImage, width: u32) -> Result<Vec<u8>, CopyError> {
    let size = of_width(size_of(picture), width);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    // JPEG's own limit; `resized` has no larger ones.
    let [columns, rows] = [size.width, size.height].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    if size == size_of(picture) {
        encoder.encode(picture.as_raw(), columns, rows, ColorType::Rgb)?;
    } else {
        encoder.encode(&resized(pixels_of(picture)?, size)?, columns, rows, ColorType::Rgb)?;
    }
    Ok(jpeg)
}

fn of_width(size: Size, width: u32) -> Size {
    if size.width <= width {
        return size;
    }
    // Rounded; a strip keeps a row.
    let height = (u64::from(size.height) * u64::from(width) + u64::from(size.width) / 2) / u64::from(size.width);
    Size { width, height: height.max(1) as u32 }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_copy_has_the_width_the_ratio_and_the_colours() {
        let picture = RgbImage::from_fn(600, 801, |x, _| Rgb(if x < 300 { [200, 20, 30] } else { [255; 3] }));
        let file = narrowed(&picture, 240).expect("encoded");
        let copy = image::load_from_memory(&file).expect("a JPEG").to_rgb8();
        assert_eq!(copy.dimensions(), (240, 320));
        for (x, expected) in [(60, [200, 20, 30]), (200, [255; 3])] {
            let near =
                copy.get_pixel(x, 160).0.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) < 8);
            assert!(near, "{:?}", copy.get_pixel(x, 160));
        }
        let small = image::load_from_memory(&narrowed(&picture, 10_000).expect("encoded")).expect("a JPEG");
        assert_eq!((small.width(), small.height()), (600, 801), "it is never scaled up");
        assert_eq!(of_width(Size { width: 4000, height: 1 }, 240), Size { width: 240, height: 1 });
    }
}
