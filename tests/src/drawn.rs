//! A drawn look as a visitor's file. Out: pixels, or an encoded picture.

use std::io::Cursor;

use anyhow::Result;
use image::{DynamicImage, ImageFormat, RgbImage};

/// The first look of the demo's seed, who wears products of the demo's catalogue.
#[must_use]
pub fn look() -> RgbImage {
    atelier::Look::new(1, 0, &atelier::Catalogue::new(1, 480)).render().image
}

/// A picture as a file of some format.
///
/// # Errors
/// When the format cannot hold it.
pub fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Result<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format)?;
    Ok(file.into_inner())
}
