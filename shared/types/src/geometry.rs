//! Sizes and rectangles in pixels.

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

    /// This size scaled down, aspect kept, so that no side exceeds `max_side`. Never scaled up, never below 1 pixel.
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
    /// The part inside a picture of `size`; `None` if there is none.
    #[must_use]
    pub fn within(self, size: Size) -> Option<Self> {
        let side = |from: u32, length: u32, max: u32| max.min(from.saturating_add(length)).saturating_sub(from);
        let (width, height) = (side(self.left, self.width, size.width), side(self.top, self.height, size.height));
        (width > 0 && height > 0).then_some(Self { width, height, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounding_keeps_small_pictures_and_the_aspect_of_large_ones() {
        let small = Size { width: 512, height: 341 };
        assert_eq!(small.bounded(640), small);
        assert_eq!(Size { width: 4000, height: 3000 }.bounded(1600), Size { width: 1600, height: 1200 });
        assert_eq!(Size { width: 100_000, height: 1 }.bounded(1600), Size { width: 1600, height: 1 });
    }
}
