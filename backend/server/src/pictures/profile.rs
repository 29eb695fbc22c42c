//! Colour profiles. In: a picture, and the ICC profile of its file. Out: the picture in sRGB, in which it is searched and shown.

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Bytes of a profile that is read: those of cameras and displays have some kilobytes, those of printers, which are not for RGB,
/// megabytes.
const MAX_PROFILE_BYTES: usize = 4 << 20;

/// Levels of each channel at which a profile is compared with sRGB.
const COMPARED_LEVELS: [u8; 9] = [0, 32, 64, 96, 128, 160, 192, 224, 255];

/// Largest difference, of 255, at which a profile is sRGB: its makers round differently.
const TOLERANCE: u8 = 2;

/// Converts a picture from the colours of its profile to sRGB. A profile that cannot be read, or is not for RGB, changes nothing, as in
/// browsers; neither does one that is sRGB.
pub(super) fn to_srgb(picture: &mut RgbImage, profile: &[u8]) {
    if profile.len() > MAX_PROFILE_BYTES {
        return;
    }
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options) else { return };
    let cube: Vec<u8> = COMPARED_LEVELS
        .into_iter()
        .flat_map(|red| {
            COMPARED_LEVELS.into_iter().flat_map(move |green| COMPARED_LEVELS.map(|blue| [red, green, blue]))
        })
        .flatten()
        .collect();
    let mut converted = cube.clone();
    let is_converted = transform.transform(&cube, &mut converted).is_ok();
    if !is_converted || cube.iter().zip(&converted).all(|(from, to)| from.abs_diff(*to) <= TOLERANCE) {
        return;
    }
    let row_bytes = picture.width() as usize * 3;
    let mut row = vec![0; row_bytes];
    for pixels in picture.chunks_exact_mut(row_bytes.max(1)) {
        row.copy_from_slice(pixels);
        // The same transform has just succeeded; a row that fails keeps its colours.
        let _ = transform.transform(&row, pixels);
    }
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder as _, Rgb};

    use super::*;
    use crate::pictures::decode::{Bounds, decode};

    fn encoded(profile: &ColorProfile, colour: [u8; 3]) -> Vec<u8> {
        let picture = RgbImage::from_pixel(4, 2, Rgb(colour));
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        encoder.set_icc_profile(profile.encode().expect("a profile")).expect("accepted");
        encoder.write_image(&picture, 4, 2, ExtendedColorType::Rgb8).expect("written to memory");
        file
    }

    #[test]
    fn colours_of_another_profile_become_srgb() {
        // Display P3's (200, 60, 60) as CSS Color 4 converts it: srgb(217, 42, 52).
        let file = encoded(&ColorProfile::new_display_p3(), [200, 60, 60]);
        let decoded = decode(&file, Bounds::PRODUCT).expect("a PNG");
        for pixel in decoded.pixels() {
            for (channel, expected) in pixel.0.into_iter().zip([217, 42, 52]) {
                assert!(channel.abs_diff(expected) <= 3, "{pixel:?}");
            }
        }
        let white = decode(&encoded(&ColorProfile::new_display_p3(), [255; 3]), Bounds::PRODUCT).expect("a PNG");
        assert_eq!(white.get_pixel(3, 1).0, [255; 3]);
    }

    #[test]
    fn srgb_and_what_is_no_profile_change_nothing() {
        let file = encoded(&ColorProfile::new_srgb(), [200, 60, 60]);
        assert_eq!(decode(&file, Bounds::PRODUCT).expect("a PNG").get_pixel(0, 0).0, [200, 60, 60]);
        let mut picture = RgbImage::from_pixel(1, 1, Rgb([1, 2, 3]));
        to_srgb(&mut picture, b"no profile");
        assert_eq!(picture.get_pixel(0, 0).0, [1, 2, 3]);
    }
}
