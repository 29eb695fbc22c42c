//! Where a picture of any shape lies inside a network's fixed input. In: two sizes. Out: a [`Letterbox`].

use serde::{Deserialize, Serialize};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// Number of pixels.
    #[must_use]
    pub const fn area(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// This size scaled down, aspect kept, so that neither side exceeds `max_side`; never scaled up, never below 1 pixel.
    #[must_use]
    pub fn bounded(self, max_side: u32) -> Self {
        let long = self.width.max(self.height);
        if long <= max_side {
            return self;
        }
        let shrink = |side: u32| {
            // Rounded to nearest in integers, so that browser and server agree to the pixel.
            let scaled = (u64::from(side) * u64::from(max_side) * 2 + u64::from(long)) / (2 * u64::from(long));
            u32::try_from(scaled).unwrap_or(max_side).max(1)
        };
        Self { width: shrink(self.width), height: shrink(self.height) }
    }
}

/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// Columns left of it.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
}

impl Rect {
    /// What of it lies in a picture of `size`; none if nothing does.
    #[must_use]
    pub fn within(self, size: Size) -> Option<Self> {
        let side = |from: u32, length: u32, most: u32| most.min(from.saturating_add(length)).saturating_sub(from);
        let (width, height) = (side(self.left, self.width, size.width), side(self.top, self.height, size.height));
        (width > 0 && height > 0).then_some(Self { width, height, ..self })
    }
}

/// A picture scaled to fit a frame with its aspect kept, centred; the rest of the frame is padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letterbox {
    /// Size of the scaled picture.
    pub inner: Size,
    /// Columns of padding on its left.
    pub left: u32,
    /// Rows of padding above it.
    pub top: u32,
}

impl Letterbox {
    /// Fits a picture of `source` pixels, both sides at least 1, into `frame`, exactly as the training code does:
    /// `scale = min(W/w, H/h)`, sides rounded to nearest, offsets rounded down.
    #[must_use]
    pub fn fit(source: Size, frame: Size) -> Self {
        let scale = f64::min(
            f64::from(frame.width) / f64::from(source.width.max(1)),
            f64::from(frame.height) / f64::from(source.height.max(1)),
        );
        // The product of two u32 within frame bounds: the cast cannot truncate after the clamp.
        let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most);
        let inner = Size { width: side(source.width, frame.width), height: side(source.height, frame.height) };
        Self { inner, left: (frame.width - inner.width) / 2, top: (frame.height - inner.height) / 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Size = Size { width: 192, height: 256 };

    #[test]
    fn a_portrait_fills_the_height_and_a_panorama_the_width() {
        let portrait = Letterbox::fit(Size { width: 300, height: 600 }, FRAME);
        assert_eq!(portrait, Letterbox { inner: Size { width: 128, height: 256 }, left: 32, top: 0 });
        let panorama = Letterbox::fit(Size { width: 5000, height: 3 }, FRAME);
        assert_eq!(panorama.inner, Size { width: 192, height: 1 });
        assert_eq!(panorama.top, 127);
    }

    #[test]
    fn bounding_keeps_small_pictures_and_the_aspect_of_large_ones() {
        let small = Size { width: 512, height: 341 };
        assert_eq!(small.bounded(640), small);
        assert_eq!(Size { width: 4000, height: 3000 }.bounded(1600), Size { width: 1600, height: 1200 });
        assert_eq!(Size { width: 100_000, height: 1 }.bounded(1600), Size { width: 1600, height: 1 });
    }
}
