//! A photo as pixels. In: bytes and a size. Out: a [`Frame`], bounded and upright.

use stl_types::Size;
use stl_vision::{InputError, Pixels, resized, resized_part};

/// Bytes of a pixel.
const CHANNELS: usize = 4;

/// A photo as pixels: 8-bit RGBA, `(H, W, 4)` row-major.
#[derive(Clone, Debug)]
pub struct Frame {
    size: Size,
    rgba: Vec<u8>,
}

/// How a stored picture is to be shown: the values of EXIF's tag `Orientation`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// As it is stored.
    #[default]
    Upright = 1,
    /// Its columns in reverse order.
    Mirrored,
    /// Turned by a half.
    TurnedTwice,
    /// Its rows in reverse order.
    Flipped,
    /// Rows become columns.
    Transposed,
    /// Turned by a quarter, clockwise.
    TurnedOnce,
    /// Turned by a half, then rows become columns.
    Transversed,
    /// Turned by three quarters, clockwise.
    TurnedThrice,
}

impl Orientation {
    /// The orientation of a value of the tag; `None` if EXIF does not define it.
    #[must_use]
    pub const fn of_tag(value: u16) -> Option<Self> {
        Some(match value {
            1 => Self::Upright,
            2 => Self::Mirrored,
            3 => Self::TurnedTwice,
            4 => Self::Flipped,
            5 => Self::Transposed,
            6 => Self::TurnedOnce,
            7 => Self::Transversed,
            8 => Self::TurnedThrice,
            _ => return None,
        })
    }

    /// Whether rows become columns.
    const fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::TurnedOnce | Self::Transversed | Self::TurnedThrice)
    }

    /// Whether the shown picture's first pixel is in the stored one's last column, and in its last row.
    const fn starts_at_last(self) -> (bool, bool) {
        match self {
            Self::Upright | Self::Transposed => (false, false),
            Self::Mirrored | Self::TurnedThrice => (true, false),
            Self::TurnedTwice | Self::Transversed => (true, true),
            Self::Flipped | Self::TurnedOnce => (false, true),
        }
    }

    /// The size as it is shown, of a picture that is stored with `size`.
    #[must_use]
    pub const fn shown(self, size: Size) -> Size {
        if self.swaps_sides() { Size { width: size.height, height: size.width } } else { size }
    }
}

impl Frame {
    /// Wraps pixels.
    ///
    /// # Errors
    /// When a side is zero, or `rgba` has not four bytes for each pixel.
    pub fn new(size: Size, rgba: Vec<u8>) -> Result<Self, InputError> {
        if size.area() * CHANNELS as u64 != rgba.len() as u64 {
            return Err(InputError::Bytes { width: size.width, height: size.height, received: rgba.len() });
        }
        Pixels::new(size, &rgba)?;
        Ok(Self { size, rgba })
    }

    /// Columns and rows.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The bytes, `(H, W, 4)` row-major.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// Its pixels for the network.
    ///
    /// # Errors
    /// Never for a frame by [`Self::new`].
    pub fn pixels(&self) -> Result<Pixels<'_>, InputError> {
        Pixels::new(self.size, &self.rgba)
    }

    /// The photo with no side longer than `max_side`.
    ///
    /// # Errors
    /// When the resampler refuses the picture.
    pub fn bounded(self, max_side: u32) -> Result<Self, InputError> {
        let size = self.size.bounded(max_side);
        if size == self.size {
            return Ok(self);
        }
        Ok(Self { rgba: resized(self.pixels()?, size)?, size })
    }

    /// The upper left part of the photo, whose columns and rows need not be whole, resampled to `size`.
    ///
    /// # Errors
    /// When the resampler refuses the picture, or the part is not inside it.
    pub fn scaled_from(&self, part: [f64; 2], size: Size) -> Result<Self, InputError> {
        Ok(Self { rgba: resized_part(self.pixels()?, part, size)?, size })
    }

    /// The photo as it is to be shown, of pixels as they are stored.
    #[must_use]
    pub fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::Upright {
            return self;
        }
        let (stored, size) = (self.size, orientation.shown(self.size));
        let (width, height) = (stored.width as usize, stored.height as usize);
        let (last_column, last_row) = orientation.starts_at_last();
        let along = |length: usize, is_last: bool, at: usize| if is_last { length - 1 - at } else { at };
        let pixels = self.rgba.as_chunks::<CHANNELS>().0;
        let mut rgba = Vec::with_capacity(self.rgba.len());
        for y in 0..size.height as usize {
            for x in 0..size.width as usize {
                let (column, row) = if orientation.swaps_sides() { (y, x) } else { (x, y) };
                let at = along(height, last_row, row) * width + along(width, last_column, column);
                rgba.extend_from_slice(&pixels[at]);
            }
        }
        Self { size, rgba }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three columns and two rows, whose red is 1 to 6.
    fn numbered() -> Frame {
        let rgba = (1..=6).flat_map(|red| [red, 0, 0, 255]).collect();
        Frame::new(Size { width: 3, height: 2 }, rgba).expect("sizes fit")
    }

    #[test]
    fn each_orientation_shows_what_exif_defines() {
        // Of the tag: where the stored picture's first row and first column are shown.
        for (tag, shown) in [
            (1, [1, 2, 3, 4, 5, 6]),
            (2, [3, 2, 1, 6, 5, 4]),
            (3, [6, 5, 4, 3, 2, 1]),
            (4, [4, 5, 6, 1, 2, 3]),
            (5, [1, 4, 2, 5, 3, 6]),
            (6, [4, 1, 5, 2, 6, 3]),
            (7, [6, 3, 5, 2, 4, 1]),
            (8, [3, 6, 2, 5, 1, 4]),
        ] {
            let orientation = Orientation::of_tag(tag).expect("a value of EXIF");
            assert_eq!(orientation as u16, tag);
            let upright = numbered().upright(orientation);
            let red: Vec<u8> = upright.rgba().chunks_exact(4).map(|pixel| pixel[0]).collect();
            assert_eq!(red, shown, "orientation {tag}");
            let (width, height) = if tag < 5 { (3, 2) } else { (2, 3) };
            assert_eq!(upright.size(), Size { width, height }, "orientation {tag}");
        }
        assert_eq!((Orientation::of_tag(0), Orientation::of_tag(9)), (None, None));
    }

    #[test]
    fn large_photos_are_scaled_to_the_side_that_is_sent() {
        let size = Size { width: 90, height: 120 };
        let bytes = size.area() as usize * 4;
        let frame = Frame::new(size, vec![90; bytes]).expect("sizes fit").bounded(64).expect("resampled");
        assert_eq!(frame.size(), Size { width: 48, height: 64 });
        assert_eq!(frame.rgba().len(), 48 * 64 * 4);
        assert!(Frame::new(size, vec![0; 7]).is_err());
        assert!(Frame::new(Size { width: 0, height: 0 }, Vec::new()).is_err());
    }
}
