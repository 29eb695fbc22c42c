//! The position of a picture in a network's fixed input. In: two sizes. Out: a [`Letterbox`].

use crate::Size;

/// A picture scaled to fit a frame, aspect kept, centred. The rest of the frame is padding.
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
    /// Fits a picture of size `source`, both sides at least 1, into `frame`. Computes exactly what the training code does:
    /// `scale = min(W/w, H/h)`, sides rounded to nearest, offsets rounded down.
    #[must_use]
    pub fn fit(source: Size, frame: Size) -> Self {
        let scale = f64::min(
            f64::from(frame.width) / f64::from(source.width.max(1)),
            f64::from(frame.height) / f64::from(source.height.max(1)),
        );
        // The product of two u32 within frame bounds: the cast cannot truncate after the clamp.
        let side = |length: u32, max: u32| ((f64::from(length) * scale).round() as u32).clamp(1, max);
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
}
