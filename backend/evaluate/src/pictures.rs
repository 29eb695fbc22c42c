//! A test set's picture files. In: paths. Out: pixels and label maps.

use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbImage};
use stl_server::pictures::decode::{Bounds, decode};
use stl_types::{Class, Size};

use crate::error::PictureProblem;

/// Reads a photo or a product's picture.
///
/// # Errors
/// When the file cannot be read or decoded.
pub fn read(path: &Path) -> Result<RgbImage, PictureProblem> {
    Ok(decode(&std::fs::read(path)?, Bounds::PRODUCT)?)
}

/// Reads a label map of a photo's size: 8-bit grey, the index of a [`Class`] for each pixel, row-major.
///
/// # Errors
/// When the file has another format, size or value.
pub fn read_labels(path: &Path, size: Size) -> Result<Vec<u8>, PictureProblem> {
    let file = std::fs::read(path)?;
    let picture = image::load_from_memory_with_format(&file, ImageFormat::Png).map_err(PictureProblem::LabelFile)?;
    let refused = |expected: &str, received: String| PictureProblem::Labels { expected: expected.to_owned(), received };
    let DynamicImage::ImageLuma8(map) = picture else {
        return Err(refused("8-bit grey", format!("{:?}", picture.color())));
    };
    if (map.width(), map.height()) != (size.width, size.height) {
        let expected = format!("{}×{} pixels, as the photo has", size.width, size.height);
        return Err(refused(&expected, format!("{}×{}", map.width(), map.height())));
    }
    if let Some(&value) = map.iter().find(|&&value| Class::try_from(value).is_err()) {
        return Err(refused("classes 0 to 12", value.to_string()));
    }
    Ok(map.into_raw())
}
