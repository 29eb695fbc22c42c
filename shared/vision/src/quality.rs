//! What is wrong with a photo in which nobody is seen. In: [`Pixels`]. Out: whether it is blurred or dark.

use stl_types::Size;

use crate::input::{InputError, Pixels, resized};

/// Long side at which a photo is judged, so that the numbers do not depend on its size.
const SIDE: u32 = 320;

/// The variance of the Laplacian over that of the brightness (Pech-Pacheco et al., 2000; relative, so that a dark photo is not taken for a
/// blurred one). Of 340 photos of people 1 % have less.
const LEAST_SHARPNESS: f64 = 0.014;

/// A picture whose brightness has a lower variance shows nothing that could be blurred.
const FLAT: f64 = 4.0;

/// Median brightness, in `0..=255`. Of 340 photos of people 4 % have less.
const LEAST_BRIGHTNESS: u8 = 56;

/// Sharpness and brightness of a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quality {
    sharpness: f64,
    /// Variance of the brightness.
    contrast: f64,
    brightness: u8,
}

impl Quality {
    /// # Errors
    /// When the photo cannot be resampled.
    pub(crate) fn of(photo: Pixels<'_>) -> Result<Self, InputError> {
        let size = photo.size().bounded(SIDE);
        let scaled = resized(photo, size)?;
        // ITU-R BT.601, as 256ths.
        let grey = |pixel: &[u8]| {
            ((77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2])) >> 8) as u8
        };
        let grey: Vec<u8> = scaled.chunks_exact(photo.channels()).map(grey).collect();
        let mut sorted = grey.clone();
        sorted.sort_unstable();
        let brightness = sorted[sorted.len() / 2];
        let contrast = variance(&grey.iter().map(|&v| f64::from(v)).collect::<Vec<_>>());
        let sharpness = variance(&laplacian(size, &grey)) / contrast.max(1.0);
        Ok(Self { sharpness, contrast, brightness })
    }

    pub(crate) fn is_blurred(self) -> bool {
        self.contrast >= FLAT && self.sharpness < LEAST_SHARPNESS
    }

    pub(crate) const fn is_dark(self) -> bool {
        self.brightness < LEAST_BRIGHTNESS
    }
}

/// Of all pixels but the border's.
fn laplacian(Size { width, height }: Size, grey: &[u8]) -> Vec<f64> {
    let width = width as usize;
    let value = |at: usize| f64::from(grey[at]);
    let rows = 1..(height as usize).saturating_sub(1).max(1);
    rows.flat_map(|y| (1..width.saturating_sub(1).max(1)).map(move |x| y * width + x))
        .map(|at| value(at - width) + value(at + width) + value(at - 1) + value(at + 1) - 4.0 * value(at))
        .collect()
}

fn variance(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(colour: impl Fn(u32, u32) -> u8) -> Quality {
        let size = Size { width: 160, height: 200 };
        let pixels: Vec<u8> = (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .flat_map(|(x, y)| [colour(x, y); 3])
            .collect();
        Quality::of(Pixels::new(size, &pixels).expect("sizes fit")).expect("resampled")
    }

    #[test]
    fn blurred_and_dark_are_told_apart() {
        let sharp = quality(|x, y| if (x / 9 + y / 11) % 2 == 0 { 60 } else { 190 });
        assert!(!sharp.is_blurred() && !sharp.is_dark());
        let wave = |x: u32, y: u32| ((f64::from(x) / 25.0).sin() * (f64::from(y) / 31.0).sin() * 60.0 + 125.0) as u8;
        assert!(quality(wave).is_blurred());
        let night = quality(|x, y| if (x / 9 + y / 11) % 2 == 0 { 8 } else { 25 });
        assert!(night.is_dark() && !night.is_blurred());
        assert!(!quality(|_, _| 255).is_blurred(), "a white picture");
    }

    #[test]
    fn one_pixel_has_a_quality() {
        let size = Size { width: 1, height: 1 };
        let quality = Quality::of(Pixels::new(size, &[9, 9, 9]).expect("sizes fit")).expect("resampled");
        assert!(quality.is_dark());
    }
}
