//! A photo's pixels become the picture that is shown and sent. In: a [`Frame`], its mask and regions.
//! Out: a [`Cutout`], two PNGs.

use stl_shared::{ClassMap, Mask, Size, SizeMismatch};
use stl_vision::{InputError, Pixels, SegmentError, Segmenter, resized};

/// Share of the pixels that a person must cover: 0.5 %, a standing figure of a tenth of the photo's height.
pub const MIN_COVERAGE: f64 = 0.005;

/// A photo as pixels: 8-bit RGBA, `(H, W, 4)` row-major.
#[derive(Clone, Debug)]
pub struct Frame {
    size: Size,
    rgba: Vec<u8>,
}

/// The person on white.
#[derive(Clone, Debug)]
pub struct Cutout {
    /// A PNG file, 8-bit RGB.
    pub png: Vec<u8>,
    /// Which of its pixels are which garment: a smaller PNG file, 8-bit grey, of class indices.
    pub regions: Vec<u8>,
    /// Columns and rows.
    pub size: Size,
    /// Share of the pixels that belong to the person, in `0..=1`.
    pub coverage: f64,
}

/// Why there is no cut-out.
#[derive(Debug, thiserror::Error)]
pub enum CutoutError {
    /// The network sees nobody, or hardly anybody.
    #[error("a person covers {:.2} % of the photo: expected at least {:.1} %", coverage * 100.0, MIN_COVERAGE * 100.0)]
    NoPerson {
        /// Share of the pixels, in `0..=1`.
        coverage: f64,
    },
    /// The photo cannot be resampled.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network failed.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Frame and mask are of different sizes.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
    /// The PNG cannot be written.
    #[error("the cut-out cannot be written as PNG: {0}")]
    Png(#[from] png::EncodingError),
}

impl Cutout {
    /// Makes everything outside the mask white and packs the result as PNG, and the garments of `regions` as another.
    ///
    /// Why every pixel outside the mask is exactly (255, 255, 255) in the file: [`Mask::cut_out`] sets it, nothing
    /// resamples afterwards, PNG is lossless, and the file is written here and not by a canvas, from which
    /// browsers that resist fingerprinting return slightly altered pixels.
    ///
    /// # Errors
    /// When the mask keeps less than [`MIN_COVERAGE`], or has another size than the frame.
    pub fn new(frame: Frame, mask: &Mask, regions: &ClassMap) -> Result<Self, CutoutError> {
        let coverage = mask.coverage();
        if coverage < MIN_COVERAGE {
            return Err(CutoutError::NoPerson { coverage });
        }
        let Frame { size, mut rgba } = frame;
        mask.cut_out(&mut rgba)?;
        let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let indices: Vec<u8> = regions.garments_alone().classes().iter().map(|&class| class as u8).collect();
        Ok(Self {
            png: png_of(size, png::ColorType::Rgb, &rgb)?,
            regions: png_of(regions.size(), png::ColorType::Grayscale, &indices)?,
            size,
            coverage,
        })
    }
}

impl Frame {
    /// Wraps pixels.
    ///
    /// # Errors
    /// When a side is zero, or `rgba` has not four bytes for each pixel.
    pub fn new(size: Size, rgba: Vec<u8>) -> Result<Self, CutoutError> {
        if size.area() * 4 != rgba.len() as u64 {
            return Err(InputError::Bytes { width: size.width, height: size.height, received: rgba.len() }.into());
        }
        Pixels::new(size, &rgba)?;
        Ok(Self { size, rgba })
    }

    /// The photo with no side longer than `max_side`.
    ///
    /// # Errors
    /// When the resampler refuses the picture.
    pub fn bounded(self, max_side: u32) -> Result<Self, CutoutError> {
        let size = self.size.bounded(max_side);
        if size == self.size {
            return Ok(self);
        }
        Ok(Self { rgba: resized(Pixels::new(self.size, &self.rgba)?, size)?, size })
    }

    /// The person's mask, of this frame's size, and what is worn where in it.
    ///
    /// # Errors
    /// When the network fails.
    pub fn segment(&self, segmenter: &Segmenter) -> Result<(Mask, ClassMap), CutoutError> {
        let segmentation = segmenter.segment(Pixels::new(self.size, &self.rgba)?)?;
        let mask = segmentation.mask()?;
        let regions = segmentation.regions(&mask);
        Ok((mask, regions))
    }
}

/// Packs 8-bit pixels, `(H, W, 3)` or `(H, W)`, as PNG.
fn png_of(size: Size, color: png::ColorType, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::with_capacity(pixels.len() / 2);
    let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels without two alike neighbours, a little transparent, as a photo never is but a PNG may be.
    fn noise(size: Size) -> Vec<u8> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..size.area() * 4).map(next).collect()
    }

    fn bytes_of(png: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a small picture")];
        reader.next_frame(&mut bytes).expect("whole");
        bytes
    }

    fn regions() -> ClassMap {
        ClassMap::from_indices(Size { width: 4, height: 1 }, &[0, 1, 2, 9]).expect("classes")
    }

    #[test]
    fn outside_the_mask_the_file_is_exactly_white_and_surely_inside_it_is_the_photo() {
        let size = Size { width: 61, height: 43 };
        let probabilities: Vec<f32> = (0..size.area()).map(|pixel| (pixel % 101) as f32 / 100.0).collect();
        let mask = Mask::from_probabilities(size, &probabilities).expect("sizes fit");
        let photo = noise(size);
        let cutout = Cutout::new(Frame::new(size, photo.clone()).expect("sizes fit"), &mask, &regions());
        let cutout = cutout.expect("covered");
        assert_eq!(cutout.size, size);
        assert_eq!(bytes_of(&cutout.regions), [0, 12, 12, 9], "hair and skin are not told apart");
        let pixels = bytes_of(&cutout.png);
        for ((cut, original), &alpha) in pixels.chunks(3).zip(photo.chunks(4)).zip(mask.as_slice()) {
            match alpha {
                0 => assert_eq!(cut, [255; 3]),
                255 => assert_eq!(cut, &original[..3]),
                _ => assert!(cut.iter().zip(original).all(|(cut, original)| cut >= original), "towards white"),
            }
        }
    }

    #[test]
    fn a_photo_of_nobody_has_no_cutout() {
        let size = Size { width: 100, height: 10 };
        let mut probabilities = vec![0.0; 1000];
        probabilities[..4].fill(1.0);
        let mask = Mask::from_probabilities(size, &probabilities).expect("sizes fit");
        let frame = Frame::new(size, noise(size)).expect("sizes fit");
        let error = Cutout::new(frame, &mask, &regions()).expect_err("4 of 1000");
        assert!(matches!(error, CutoutError::NoPerson { coverage } if (coverage - 0.004).abs() < 1e-9));
        assert_eq!(error.to_string(), "a person covers 0.40 % of the photo: expected at least 0.5 %");
    }

    #[test]
    fn large_photos_are_scaled_to_the_side_that_is_sent() {
        let size = Size { width: 90, height: 120 };
        let frame = Frame::new(size, noise(size)).expect("sizes fit").bounded(64).expect("resampled");
        assert_eq!(frame.size, Size { width: 48, height: 64 });
        assert_eq!(frame.rgba.len(), 48 * 64 * 4);
        assert!(Frame::new(size, vec![0; 7]).is_err());
        assert!(Frame::new(Size { width: 0, height: 0 }, Vec::new()).is_err());
    }
}
