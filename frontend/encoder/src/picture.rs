//! PNG files of the segmenter's worker as pixels. In: a file. Out: a [`Picture`], or a [`ClassMap`].

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits};
use stl_types::limits::MAX_CUTOUT_SIDE;
use stl_types::{ClassMap, Rect, Size};
use stl_vision::{InputError, Pixels};

/// Bytes of a pixel: in browsers the resampler knows pictures of four channels only.
const CHANNELS: usize = 4;

/// A PNG of another kind than the segmenter's worker writes, or a broken one, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PNG cannot be read: {0}")]
pub struct PictureError(String);

/// Pixels, `(H, W, 4)` row-major, of which the fourth counts for nothing.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    size: Size,
    rgba: Vec<u8>,
}

impl Picture {
    /// Reads an 8-bit RGB PNG of at most [`MAX_CUTOUT_SIDE`] on each side.
    pub(crate) fn read(file: &[u8]) -> Result<Self, PictureError> {
        let (size, rgb) = decoded(file, ColorType::Rgb)?;
        let rgba = rgb.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], u8::MAX]).collect();
        Ok(Self { size, rgba })
    }

    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    pub(crate) fn pixels(&self) -> Result<Pixels<'_>, InputError> {
        Pixels::new(self.size, &self.rgba)
    }

    /// A copy whose pixels `change` changes.
    pub(crate) fn changed(&self, change: impl FnOnce(Size, &mut [u8])) -> Self {
        let mut copy = self.clone();
        change(copy.size, &mut copy.rgba);
        copy
    }

    /// A part inside the picture.
    pub(crate) fn part(&self, part: Rect) -> Result<Self, InputError> {
        let size = Size { width: part.width, height: part.height };
        Ok(Self { size, rgba: self.pixels()?.cropped(part) })
    }
}

/// Reads an 8-bit grey PNG of class indices.
pub(crate) fn read_classes(file: &[u8]) -> Result<ClassMap, PictureError> {
    let (size, indices) = decoded(file, ColorType::Grayscale)?;
    ClassMap::from_indices(size, &indices).map_err(|error| PictureError(error.to_string()))
}

fn decoded(file: &[u8], color: ColorType) -> Result<(Size, Vec<u8>), PictureError> {
    let refused = |error: png::DecodingError| PictureError(error.to_string());
    let most = MAX_CUTOUT_SIDE as usize * MAX_CUTOUT_SIDE as usize * CHANNELS;
    let mut reader =
        Decoder::new_with_limits(Cursor::new(file), Limits { bytes: 2 * most }).read_info().map_err(refused)?;
    let info = reader.info();
    let size = Size { width: info.width, height: info.height };
    let is_expected = (info.color_type, info.bit_depth) == (color, BitDepth::Eight);
    if !is_expected || size.width.max(size.height) > MAX_CUTOUT_SIDE {
        let (color_type, depth) = (info.color_type, info.bit_depth);
        return Err(PictureError(format!(
            "expected {color:?} of 8 bits and sides of at most {MAX_CUTOUT_SIDE}, got {color_type:?} of {depth:?}, {}×{}",
            size.width, size.height
        )));
    }
    let mut bytes = vec![0; size.area() as usize * color.samples()];
    reader.next_frame(&mut bytes).map_err(refused)?;
    Ok((size, bytes))
}
