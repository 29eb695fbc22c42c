//! Pictures at a network's input size. In: an [`RgbImage`]. Out: bytes `(H, W, 3)`, and numbers `(3, H, W)`.

use image::RgbImage;
use stl_types::Letterbox;
use stl_types::manifest::NetworkSpec;
use stl_vision::{InputError, resized};

use crate::pictures::scale::{pixels_of, size_of};

/// The bytes of a network's padding; none if they are not whole.
#[must_use]
pub(super) fn padding(network: &NetworkSpec) -> Option<[u8; 3]> {
    let bytes = network.pad.map(|value| value as u8);
    bytes.iter().zip(network.pad).all(|(&byte, value)| f32::from(byte) == value).then_some(bytes)
}

/// Letterboxes a picture into a network's frame: `(H, W, 3) → (H', W', 3)`, row-major bytes.
///
/// # Errors
/// When the picture has no pixels.
pub(super) fn letterboxed(picture: &RgbImage, network: &NetworkSpec, padding: [u8; 3]) -> Result<Vec<u8>, InputError> {
    let frame = network.input_size();
    let letterbox = Letterbox::fit(size_of(picture), frame);
    let scaled = resized(pixels_of(picture)?, letterbox.inner)?;
    let mut bytes = padding.repeat(frame.area() as usize);
    let (stride, inner) = (3 * frame.width as usize, 3 * letterbox.inner.width as usize);
    let left = 3 * letterbox.left as usize;
    let rows = bytes.chunks_exact_mut(stride).skip(letterbox.top as usize);
    for (row, scaled) in rows.zip(scaled.chunks_exact(inner)) {
        row[left..left + inner].copy_from_slice(scaled);
    }
    Ok(bytes)
}

/// Normalises pictures: `(count, H, W, 3) → (count, 3, H, W)`, row-major.
pub(super) fn normalised(pictures: &[u8], network: &NetworkSpec) -> Vec<f32> {
    let area = network.input_size().area() as usize;
    let mut numbers = Vec::with_capacity(pictures.len());
    for picture in pictures.chunks_exact(3 * area) {
        for channel in 0..3 {
            let bytes = picture.iter().skip(channel).step_by(3);
            numbers.extend(bytes.map(|&byte| network.normalise(channel, f32::from(byte))));
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use stl_vision::network_input;

    use super::*;

    #[test]
    fn bytes_become_the_numbers_that_the_browser_computes() {
        let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/manifest.toml");
        let manifest =
            stl_types::Manifest::parse(&std::fs::read_to_string(manifest).expect("read")).expect("a manifest");
        let spec = manifest.fashion2shop.query;
        for (width, height) in [(90, 200), (300, 100), (7, 7)] {
            let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, (3 * y) as u8, 77]));
            let bytes = letterboxed(&picture, &spec, padding(&spec).expect("whole bytes")).expect("pixels");
            let expected = network_input(pixels_of(&picture).expect("pixels"), &spec).expect("pixels").0;
            assert_eq!(normalised(&bytes, &spec), expected, "{width}×{height}");
        }
        assert_eq!(padding(&manifest.street2fashion), None, "127.5 is no byte");
    }
}
