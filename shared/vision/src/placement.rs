//! The position of a photo in the network's input and output. In: pixels or planes of one. Out: those of the other.

use stl_types::{Letterbox, Size};

use crate::bilinear::{Tap, bilinear};

/// The position of a photo in the network's input, whose sides are twice the output's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    pub(crate) photo: Size,
    pub(crate) input: Size,
    pub(crate) letterbox: Letterbox,
}

impl Placement {
    /// Size of the network's output.
    pub(crate) const fn output(&self) -> Size {
        Size { width: self.input.width / 2, height: self.input.height / 2 }
    }

    /// Row-major positions of the input's pixels that the photo covers.
    pub(crate) fn inner_pixels(&self) -> impl Iterator<Item = usize> + use<> {
        let Letterbox { inner, left, top } = self.letterbox;
        let width = self.input.width;
        (top..top + inner.height).flat_map(move |y| (left..left + inner.width).map(move |x| (y * width + x) as usize))
    }

    /// Row-major position of the output's pixel under pixel `[x, y]` of the photo.
    pub(crate) fn output_pixel(&self, [x, y]: [u32; 2]) -> usize {
        let (Self { photo, letterbox, .. }, output) = (*self, self.output());
        let along = |at: u32, photo: u32, inner: u32, offset: u32, length: u32| {
            let input = (u64::from(2 * at + 1) * u64::from(inner) / u64::from(2 * photo)) as u32 + offset;
            (input / 2).min(length - 1)
        };
        let column = along(x, photo.width, letterbox.inner.width, letterbox.left, output.width);
        let row = along(y, photo.height, letterbox.inner.height, letterbox.top, output.height);
        (row * output.width + column) as usize
    }

    /// Resamples a plane of the network's output to the photo's pixels: `(h, w) → (H, W)`, row-major.
    pub(crate) fn at_photo(&self, plane: &[f32]) -> Vec<f32> {
        let (Self { photo, letterbox, .. }, output) = (*self, self.output());
        let columns = taps(photo.width, letterbox.inner.width, letterbox.left, 2.0, output.width);
        let rows = taps(photo.height, letterbox.inner.height, letterbox.top, 2.0, output.height);
        bilinear(plane, output.width, &columns, &rows)
    }
}

/// For each of the photo's pixels along one axis, the two pixels around it in a plane of `length` (pixel centres at ½). The photo
/// covers `inner` pixels of the network's input from `offset` on; a pixel of the plane covers `stride` pixels of the input.
pub(crate) fn taps(photo: u32, inner: u32, offset: u32, stride: f32, length: u32) -> Vec<Tap> {
    let scale = inner as f32 / photo as f32;
    (0..photo).map(|pixel| Tap::at(((pixel as f32 + 0.5) * scale + offset as f32) / stride - 0.5, length)).collect()
}
