//! A drawn look as a visitor's file or camera. Out: pixels, an encoded picture, or a video.

use std::io::Cursor;

use anyhow::{Context as _, Result};
use image::{DynamicImage, ImageFormat, RgbImage};

/// The first look of the demo. The person wears products of the demo's catalogue.
#[must_use]
pub fn look() -> RgbImage {
    garment_renderer::DrawnLook::new(1, 0, &garment_renderer::Catalogue::new(1, 480)).render().image
}

/// Two looks side by side on one wall.
#[must_use]
pub fn pair() -> RgbImage {
    let catalogue = garment_renderer::Catalogue::new(1, 480);
    let looks = [0, 1].map(|index| garment_renderer::DrawnLook::new(1, index, &catalogue).render().image);
    let (width, height) = (looks[0].width(), looks[0].height());
    let mut pair = RgbImage::new(2 * width, height);
    for (x, look) in [0, i64::from(width)].into_iter().zip(&looks) {
        image::imageops::replace(&mut pair, look, x, 0);
    }
    pair
}

/// A shop's picture of a product, without a person, and its category.
#[must_use]
pub fn product() -> (RgbImage, stl_types::Category) {
    let product = garment_renderer::Catalogue::new(1, 480).product(0);
    (garment_renderer::render_product(&product), product.category)
}

/// Encodes a picture in a file format.
///
/// # Errors
/// When the format does not support it.
pub fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Result<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format)?;
    Ok(file.into_inner())
}

/// The picture as a JPEG that is stored rotated, with EXIF orientation 6: "rotate clockwise by 90° to show".
///
/// # Errors
/// When it cannot be encoded.
pub fn turned_by_exif(upright: &RgbImage) -> Result<Vec<u8>> {
    let stored = image::imageops::rotate270(upright);
    let jpeg = encoded(stored, ImageFormat::Jpeg)?;
    // Exif header, TIFF header (big endian, first directory at 8), one entry: 0x0112 (orientation), SHORT, 1 value, 6.
    let exif: &[u8] = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).context("an EXIF segment is short")?;
    let mut file = jpeg[..2].to_vec();
    file.extend([0xFF, 0xE1]);
    file.extend(length.to_be_bytes());
    file.extend(exif);
    file.extend(&jpeg[2..]);
    Ok(file)
}

/// The picture as a still video for an emulated camera: YUV4MPEG2, 4:2:0, two equal frames. Both sides must be even.
#[must_use]
pub fn y4m(picture: &RgbImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    // ITU-R BT.601 in video range, the format of cameras.
    let yuv = |[r, g, b]: [f32; 3]| {
        [
            16.0 + 0.257 * r + 0.504 * g + 0.098 * b,
            128.0 - 0.148 * r - 0.291 * g + 0.439 * b,
            128.0 + 0.439 * r - 0.368 * g - 0.071 * b,
        ]
    };
    let mut frame = b"FRAME\n".to_vec();
    frame.extend(picture.pixels().map(|pixel| yuv(pixel.0.map(f32::from))[0].round() as u8));
    for plane in [1, 2] {
        for y in (0..height).step_by(2) {
            for x in (0..width).step_by(2) {
                let sum: f32 = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]
                    .into_iter()
                    .map(|(x, y)| yuv(picture.get_pixel(x, y).0.map(f32::from))[plane])
                    .sum();
                frame.push((sum / 4.0).round() as u8);
            }
        }
    }
    let mut video = format!("YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n").into_bytes();
    for _ in 0..2 {
        video.extend(&frame);
    }
    video
}
