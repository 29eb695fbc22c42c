//! Turns a picture into a network's input: letterbox, then normalise. In: [`Pixels`]. Out: NCHW float32.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use stl_types::manifest::NetworkSpec;
use stl_types::{Letterbox, Rect, Size};

/// A borrowed 8-bit picture, `(H, W, channels)` row-major, with 3 channels (RGB) or 4 (RGBA; the fourth is ignored).
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    size: Size,
    channels: usize,
    bytes: &'a [u8],
}

/// Why a picture cannot become an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The picture has no pixels.
    #[error("the picture has no pixels: {width}×{height}")]
    Empty {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The bytes do not fit the size.
    #[error("a {width}×{height} picture takes {width}·{height}·3 or ·4 bytes, got {received}")]
    Bytes {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes received.
        received: usize,
    },
    /// The resampler refused the picture.
    #[error("the picture cannot be resampled: {0}")]
    Resample(String),
}

impl<'a> Pixels<'a> {
    /// Wraps `bytes`. Their length decides the number of channels.
    ///
    /// # Errors
    /// When a side is zero, or `bytes` has neither 3 nor 4 bytes for each pixel.
    pub fn new(size: Size, bytes: &'a [u8]) -> Result<Self, InputError> {
        let Size { width, height } = size;
        if size.area() == 0 {
            return Err(InputError::Empty { width, height });
        }
        let channels = [3, 4]
            .into_iter()
            .find(|&channels| size.area() * channels as u64 == bytes.len() as u64)
            .ok_or(InputError::Bytes { width, height, received: bytes.len() })?;
        Ok(Self { size, channels, bytes })
    }

    /// Columns and rows.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Bytes of a pixel: 3 or 4.
    pub(crate) const fn channels(&self) -> usize {
        self.channels
    }

    /// The bytes of a part inside the picture, row-major, with the same channels.
    #[must_use]
    pub fn cropped(&self, part: Rect) -> Vec<u8> {
        let (stride, width) = (self.size.width as usize * self.channels, part.width as usize * self.channels);
        let start = part.left as usize * self.channels;
        let rows = self.bytes.chunks_exact(stride).skip(part.top as usize).take(part.height as usize);
        rows.flat_map(|row| &row[start..start + width]).copied().collect()
    }

    /// The bytes, row-major.
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Resamples `picture` to `size`, with the same channels, by a triangle filter that widens when shrinking: PIL's antialiased
/// `BILINEAR`, with which the networks were trained.
///
/// # Errors
/// When the resampler refuses the picture.
pub fn resized(picture: Pixels<'_>, size: Size) -> Result<Vec<u8>, InputError> {
    resized_part(picture, [picture.size.width, picture.size.height].map(f64::from), size)
}

/// [`resized`] of the upper left part of a picture; its sides, columns and rows, need not be whole pixels.
///
/// # Errors
/// When the resampler refuses the picture, or the part is not inside it.
pub fn resized_part(picture: Pixels<'_>, part: [f64; 2], size: Size) -> Result<Vec<u8>, InputError> {
    if cfg!(target_arch = "wasm32") && picture.channels == 3 {
        let four: Vec<u8> = picture.bytes.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], u8::MAX]).collect();
        let four = resized_part(Pixels { channels: 4, bytes: &four, ..picture }, part, size)?;
        return Ok(four.chunks_exact(4).flat_map(|rgba| [rgba[0], rgba[1], rgba[2]]).collect());
    }
    let refused = |error: &dyn std::fmt::Display| InputError::Resample(error.to_string());
    let pixel_type = if picture.channels == 4 { PixelType::U8x4 } else { PixelType::U8x3 };
    let source = ImageRef::new(picture.size.width, picture.size.height, picture.bytes, pixel_type)
        .map_err(|error| refused(&error))?;
    let mut scaled = Image::new(size.width, size.height, pixel_type);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .use_alpha(false)
        .crop(0.0, 0.0, part[0], part[1]);
    Resizer::new().resize(&source, &mut scaled, &options).map_err(|error| refused(&error))?;
    Ok(scaled.into_vec())
}

/// Letterboxes a picture into a network's frame and normalises it: `(H, W, 3 or 4) → (1, 3, H', W')`.
///
/// Returns the input and the picture's position in it.
///
/// # Errors
/// When the resampler refuses the picture.
pub fn network_input(picture: Pixels<'_>, network: &NetworkSpec) -> Result<(Vec<f32>, Letterbox), InputError> {
    let frame = network.input_size();
    let letterbox = Letterbox::fit(picture.size, frame);
    let scaled = resized(picture, letterbox.inner)?;
    let (width, plane) = (frame.width as usize, frame.area() as usize);
    let mut input = Vec::with_capacity(3 * plane);
    for channel in 0..3 {
        input.resize((channel + 1) * plane, network.normalise(channel, network.pad[channel]));
    }
    let rows = scaled.chunks_exact(letterbox.inner.width as usize * picture.channels);
    for (y, row) in rows.enumerate() {
        let start = (letterbox.top as usize + y) * width + letterbox.left as usize;
        for (x, pixel) in row.chunks_exact(picture.channels).enumerate() {
            for channel in 0..3 {
                input[channel * plane + start + x] = network.normalise(channel, f32::from(pixel[channel]));
            }
        }
    }
    Ok((input, letterbox))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_ends_within_a_pixel_takes_a_share_of_it() {
        // Six columns of 0, 0, 100, 100, 200, 200, of which the first five make two.
        let bytes: Vec<u8> = [0, 0, 100, 100, 200, 200].into_iter().flat_map(|value| [value; 4]).collect();
        let picture = Pixels::new(Size { width: 6, height: 1 }, &bytes).expect("sizes fit");
        let red = |part: f64, width: u32| -> Vec<u8> {
            let scaled = resized_part(picture, [part, 1.0], Size { width, height: 1 }).expect("resampled");
            scaled.chunks_exact(4).map(|pixel| pixel[0]).collect()
        };
        assert_eq!(red(6.0, 6), [0, 0, 100, 100, 200, 200]);
        let (whole, five, more) = (red(6.0, 2), red(5.0, 2), red(5.5, 2));
        assert_eq!(
            Ok(whole.clone()),
            resized(picture, Size { width: 2, height: 1 }).map(|scaled| vec![scaled[0], scaled[4]])
        );
        assert!(five[1] < more[1] && more[1] < whole[1], "{five:?}, {more:?}, {whole:?}");
        assert!(resized_part(picture, [6.5, 1.0], Size { width: 2, height: 1 }).is_err());
    }
}
