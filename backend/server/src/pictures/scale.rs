//! Pictures at other sizes, by the resampler that browser and server share. In and out: an [`RgbImage`].

use image::RgbImage;
use stl_types::Size;
use stl_vision::{InputError, Pixels, resized};

/// The size of a picture in pixels.
#[must_use]
pub fn size_of(picture: &RgbImage) -> Size {
    Size { width: picture.width(), height: picture.height() }
}

/// Borrows a picture as [`Pixels`], for the networks' code.
///
/// # Errors
/// When the picture has no pixels.
pub fn pixels_of(picture: &RgbImage) -> Result<Pixels<'_>, InputError> {
    Pixels::new(size_of(picture), picture.as_raw())
}

/// Scales a picture down so that neither side exceeds `max_side`; keeps the aspect ratio and never scales up.
///
/// # Errors
/// When the picture has no pixels.
pub fn bounded(picture: RgbImage, max_side: u32) -> Result<RgbImage, InputError> {
    let size = size_of(&picture).bounded(max_side);
    if size == size_of(&picture) {
        return Ok(picture);
    }
    let scaled = resized(pixels_of(&picture)?, size)?;
    RgbImage::from_raw(size.width, size.height, scaled)
        .ok_or_else(|| InputError::Resample(format!("expected {}×{} pixels", size.width, size.height)))
}
