//! The garment that each pixel of a cutout belongs to. In: a PNG of class indices. Out: a [`ClassMap`] that fits the cutout.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use stl_types::limits::MAX_REGIONS_BYTES;
use stl_types::{ClassMap, ClassMapError, Size};

/// Why a file of regions is refused.
#[derive(Debug, thiserror::Error)]
pub enum RegionsError {
    /// More bytes than the limit.
    #[error("the regions have {received} bytes: at most {MAX_REGIONS_BYTES} are accepted")]
    TooManyBytes {
        /// The file's size.
        received: usize,
    },
    /// Not a PNG, or a broken one.
    #[error("the regions are no PNG that can be read")]
    Png(#[source] png::DecodingError),
    /// A PNG of another colour type or bit depth.
    #[error("the regions are no 8-bit PNG in grey or with a palette: got {color:?} of {depth} bits")]
    Kind {
        /// The colour type.
        color: ColorType,
        /// Bits for each channel.
        depth: u8,
    },
    /// More pixels than the cutout, or another shape.
    #[error(
        "the regions do not fit the cutout: expected at most {}×{} pixels of the same shape, got {}×{}",
        cutout.width, cutout.height, received.width, received.height
    )]
    Size {
        /// The cutout's size.
        cutout: Size,
        /// The regions' size.
        received: Size,
    },
    /// A pixel has a value that is no class.
    #[error("the regions contain a value that is no class")]
    Classes(#[from] ClassMapError),
}

/// Reads an 8-bit PNG, grey or with a palette, whose values are class indices `0..=12`. It must be at most as large as the
/// `cutout` and have the same aspect ratio, within a pixel on each side. Checks everything before decoding pixels.
///
/// # Errors
/// See [`RegionsError`].
pub fn regions(file: &[u8], cutout: Size) -> Result<ClassMap, RegionsError> {
    if file.len() > MAX_REGIONS_BYTES {
        return Err(RegionsError::TooManyBytes { received: file.len() });
    }
    // One byte for each pixel, and as much again for the decoder's own buffers.
    let limits = Limits { bytes: MAX_REGIONS_BYTES + 2 * cutout.area() as usize };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(RegionsError::Png)?;
    let info = reader.info();
    let (size, color, depth) = (Size { width: info.width, height: info.height }, info.color_type, info.bit_depth);
    if !matches!((color, depth), (ColorType::Grayscale | ColorType::Indexed, BitDepth::Eight)) {
        return Err(RegionsError::Kind { color, depth: depth as u8 });
    }
    if !fits(size, cutout) {
        return Err(RegionsError::Size { cutout, received: size });
    }
    let mut indices = vec![0; size.area() as usize];
    reader.next_frame(&mut indices).map_err(RegionsError::Png)?;
    Ok(ClassMap::from_indices(size, &indices)?)
}

/// Whether `regions` is `cutout` scaled down, both sides within a pixel.
fn fits(regions: Size, cutout: Size) -> bool {
    let crossed = (u64::from(regions.width) * u64::from(cutout.height))
        .abs_diff(u64::from(regions.height) * u64::from(cutout.width));
    regions.width <= cutout.width
        && regions.height <= cutout.height
        && crossed <= u64::from(cutout.width) + u64::from(cutout.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUTOUT: Size = Size { width: 480, height: 640 };

    #[test]
    fn the_same_shape_within_a_pixel_fits() {
        let size = |width, height| Size { width, height };
        for fitting in [CUTOUT, size(96, 128), size(97, 128), size(96, 127), size(1, 1)] {
            assert!(fits(fitting, CUTOUT), "{fitting:?}");
        }
        for other in [size(481, 641), size(128, 96), size(96, 131), size(480, 600)] {
            assert!(!fits(other, CUTOUT), "{other:?}");
        }
        assert!(fits(size(96, 1), size(640, 3)));
    }

    #[test]
    fn grey_and_palette_are_read_as_indices_and_other_kinds_are_refused() {
        for color in [ColorType::Grayscale, ColorType::Indexed, ColorType::Rgb] {
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, 3, 4);
            encoder.set_color(color);
            encoder.set_depth(BitDepth::Eight);
            encoder.set_palette([7; 39].as_slice());
            let indices: Vec<u8> = (0..12 * color.samples() as u8).map(|index| index % 13).collect();
            let mut writer = encoder.write_header().expect("a header");
            writer.write_image_data(&indices).expect("pixels");
            writer.finish().expect("an end");
            match regions(&file, CUTOUT) {
                Ok(map) => assert!(map.classes().iter().zip(&indices).all(|(class, index)| *class as u8 == *index)),
                Err(error) => assert!(color == ColorType::Rgb && matches!(error, RegionsError::Kind { depth: 8, .. })),
            }
        }
    }
}
