//! A product's picture file becomes pixels. In: the bytes that a shop's host sent. Out: a picture of something, or why it is none.

use image::{ImageFormat, RgbImage};
use stl_types::picture::PictureError;

use super::decode::{Bounds, DecodeError, decode_scaled, pixels};
use super::tiff::tags_fit;

/// Shortest side in pixels of a product's picture. Counters and placeholders have 1; shops' smallest thumbnails have 50.
const MIN_SIDE: u32 = 16;

/// The longest side over the shortest: a ruler between two paragraphs is no product.
const MAX_RATIO: u32 = 20;

/// Largest difference, of 255, between the pixels of a picture of one colour, after a JPEG's losses.
const ONE_COLOUR: u8 = 3;

/// Why a file is no picture of a product.
#[derive(Debug, thiserror::Error)]
pub enum ProductPictureError {
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is of another format.
    #[error("expected a JPEG, PNG, WebP, GIF, BMP or TIFF picture, got {received}")]
    Format {
        /// What it is.
        received: &'static str,
    },
    /// It is too small or too thin to show anything.
    #[error(
        "expected a picture of at least {MIN_SIDE}×{MIN_SIDE} pixels and at most {MAX_RATIO} times as long as wide, got \
         {width}×{height}: a placeholder"
    )]
    Size {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// All of its pixels are alike.
    #[error("expected a picture of a product, got one colour: a placeholder")]
    OneColour,
}

/// Decodes a product's picture as [`decode_scaled`] does; also the first frame of a GIF, BMP and TIFF. Refuses placeholders.
///
/// # Errors
/// See [`ProductPictureError`].
pub fn decode_product(file: &[u8], least_side: u32) -> Result<RgbImage, ProductPictureError> {
    Bounds::PRODUCT.admit(file.len() as u64)?;
    let pixels = |format| pixels(file, format, Bounds::PRODUCT, None);
    let picture = match file {
        [b'G', b'I', b'F', b'8', ..] => pixels(ImageFormat::Gif)?,
        [b'B', b'M', ..] => pixels(ImageFormat::Bmp)?,
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] if !tags_fit(file) => {
            return Err(DecodeError::Picture(PictureError::Damaged).into());
        }
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => pixels(ImageFormat::Tiff)?,
        _ => decode_scaled(file, Bounds::PRODUCT, least_side).map_err(|error| match error {
            DecodeError::Picture(PictureError::NotAPicture) => {
                ProductPictureError::Format { received: kind_of(file) }
            }
            DecodeError::Picture(PictureError::Heif) => ProductPictureError::Format {
                received: "AVIF or HEIC: many picture hosts send JPEG instead at another address, such as with `?format=jpg`",
            },
            error => error.into(),
        })?,
    };
    let (width, height) = picture.dimensions();
    let (short, long) = (width.min(height), width.max(height));
    if short < MIN_SIDE || long > short.saturating_mul(MAX_RATIO) {
        return Err(ProductPictureError::Size { width, height });
    }
    if is_of_one_colour(&picture) {
        return Err(ProductPictureError::OneColour);
    }
    Ok(picture)
}

fn is_of_one_colour(picture: &RgbImage) -> bool {
    let (mut lowest, mut highest) = ([u8::MAX; 3], [0; 3]);
    for pixel in picture.pixels() {
        for channel in 0..3 {
            lowest[channel] = lowest[channel].min(pixel.0[channel]);
            highest[channel] = highest[channel].max(pixel.0[channel]);
            if highest[channel] - lowest[channel] > ONE_COLOUR {
                return false;
            }
        }
    }
    true
}

/// What a file that is no picture is.
fn kind_of(file: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(&file[..file.len().min(500)]).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.contains("<svg") {
        "an SVG drawing"
    } else if start.starts_with("<!doctype html") || start.starts_with("<html") {
        "a web page"
    } else if file.starts_with(b"\xFF\x0A") || file.starts_with(b"\0\0\0\x0CJXL ") {
        "JPEG XL"
    } else {
        "another file"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, Rgb};

    use super::*;

    fn file(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(picture.clone()).write_to(&mut file, format).expect("written to memory");
        file.into_inner()
    }

    fn halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| Rgb(if x * 2 < width { [200, 20, 30] } else { [255; 3] }))
    }

    #[test]
    fn every_format_that_shops_send_has_its_pixels() {
        let picture = halves(40, 30);
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
            let decoded = decode_product(&file(&picture, format), 800).expect("a picture");
            for (decoded, expected) in decoded.pixels().zip(picture.pixels()) {
                let distance = decoded.0.iter().zip(expected.0).map(|(a, b)| a.abs_diff(b)).max();
                assert!(distance <= Some(8), "{format:?}: {decoded:?} for {expected:?}");
            }
        }
    }

    #[test]
    fn a_tiff_that_asks_for_much_memory_is_refused_before_it_is_decoded() {
        let whole = file(&halves(64, 48), ImageFormat::Tiff);
        assert!(decode_product(&whole, 224).is_ok());
        // The first tag has a quarter of a gigabyte of letters.
        let first = u32::from_le_bytes([whole[4], whole[5], whole[6], whole[7]]) as usize;
        let mut large = whole;
        large[first + 4..first + 6].copy_from_slice(&2_u16.to_le_bytes());
        large[first + 6..first + 10].copy_from_slice(&0x1000_0000_u32.to_le_bytes());
        let refused = decode_product(&large, 224).expect_err("refused");
        assert!(
            matches!(refused, ProductPictureError::Decode(DecodeError::Picture(PictureError::Damaged))),
            "{refused}"
        );
    }

    #[test]
    fn an_animations_first_frame_counts() {
        let mut animation = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut animation);
        for colour in [[200, 20, 30], [20, 30, 200]] {
            let mut picture = RgbImage::from_pixel(20, 20, Rgb([255; 3]));
            picture.put_pixel(9, 9, Rgb(colour));
            encoder.encode_frame(image::Frame::new(DynamicImage::from(picture).into_rgba8())).expect("a frame");
        }
        drop(encoder);
        let decoded = decode_product(&animation, 800).expect("a GIF");
        assert!(decoded.get_pixel(9, 9).0[0] > 150 && decoded.get_pixel(9, 9).0[2] < 90);
    }

    #[test]
    fn placeholders_are_told_from_products() {
        for (width, height) in [(1, 1), (1, 20_000), (20, 2000)] {
            let error =
                decode_product(&file(&halves(width, height), ImageFormat::Png), 800).expect_err("a placeholder");
            assert!(matches!(error, ProductPictureError::Size { .. }), "{error}");
        }
        let white = RgbImage::from_pixel(300, 400, Rgb([255; 3]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let error = decode_product(&file(&white, format), 800).expect_err("a placeholder");
            assert!(matches!(error, ProductPictureError::OneColour), "{error}");
        }
    }

    #[test]
    fn what_is_no_picture_is_named() {
        for (file, expected) in [
            (&b"<!DOCTYPE html><html>"[..], "a web page"),
            (b"<?xml version=\"1.0\"?><svg>", "an SVG drawing"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
            (b"GIF89a", "damaged"),
            (b"", "empty"),
        ] {
            let error = decode_product(file, 800).expect_err("no picture").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
