//! Colours of garments. In: pixels. Out: CIELAB means, their distances, and RGB histograms.

use image::{Rgb, RgbImage};
use palette::color_difference::DeltaE as _;
use palette::{IntoColor as _, Lab, Srgb};

/// A channel below this value is not white: JPEG makes the white backgrounds of product pictures slightly darker.
pub const NOT_WHITE_BELOW: u8 = 250;

/// ΔE up to which two garments have the same colour: about the distance between neighbouring names of a
/// shop's palette (navy and black, beige and khaki), well above the few units by which light changes a garment.
pub const SAME_COLOUR_DELTA_E: f32 = 20.0;

/// Width and height of the part of a product picture that is measured, as shares of the picture. Head and feet of a model are
/// outside.
const CENTRE: (f32, f32) = (0.6, 0.7);

/// Bins of a histogram along each of red, green and blue.
const BINS: usize = 8;

/// Number of bins of a histogram.
pub const HISTOGRAM: usize = BINS * BINS * BINS;

/// Whether a pixel of a product picture shows more than the background.
#[must_use]
pub fn is_content(pixel: Rgb<u8>) -> bool {
    pixel.0.iter().any(|&value| value < NOT_WHITE_BELOW)
}

/// Mean in CIELAB (D65) of sRGB pixels; `None` without pixels.
pub fn mean(pixels: impl Iterator<Item = Rgb<u8>>) -> Option<Lab> {
    let (mut sum, mut count) = ([0.0_f64; 3], 0.0);
    for Rgb([red, green, blue]) in pixels {
        let lab: Lab = Srgb::new(red, green, blue).into_linear::<f32>().into_color();
        for (sum, value) in sum.iter_mut().zip([lab.l, lab.a, lab.b]) {
            *sum += f64::from(value);
        }
        count += 1.0;
    }
    let [l, a, b] = sum.map(|sum| (sum / count) as f32);
    (count > 0.0).then(|| Lab::new(l, a, b))
}

/// The colour of a product: the mean of the pixels in the middle of its picture that are not white; white if there are
/// none.
#[must_use]
pub fn of_product(picture: &RgbImage) -> Lab {
    let (width, height) = picture.dimensions();
    let margin = |side: u32, share: f32| ((side as f32) * (1.0 - share) / 2.0).round() as u32;
    let (across, down) = (margin(width, CENTRE.0), margin(height, CENTRE.1));
    let middle = (down..height - down).flat_map(|y| (across..width - across).map(move |x| *picture.get_pixel(x, y)));
    mean(middle.filter(|&pixel| is_content(pixel))).unwrap_or_else(|| Lab::new(100.0, 0.0, 0.0))
}

/// ΔE*ab of CIE 1976: the Euclidean distance in CIELAB.
#[must_use]
pub fn delta_e(a: Lab, b: Lab) -> f32 {
    a.delta_e(b)
}

/// Shares of the pixels in each of 8×8×8 bins of sRGB, `(512)`; all zero without pixels.
pub fn histogram(pixels: impl Iterator<Item = Rgb<u8>>) -> Vec<f32> {
    let mut bins = vec![0.0; HISTOGRAM];
    let mut count = 0.0_f32;
    for Rgb(channels) in pixels {
        bins[channels.iter().fold(0, |bin, &value| bin * BINS + usize::from(value) * BINS / 256)] += 1.0;
        count += 1.0;
    }
    for bin in &mut bins {
        *bin /= count.max(1.0);
    }
    bins
}

/// Σ min(a, b) of two histograms, `0..=1` (Swain and Ballard, 1991).
#[must_use]
pub fn intersection(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane].min(b[lane]);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_and_its_distance_are_those_of_the_tables() {
        // sRGB red is (53.24, 80.09, 67.20) in CIELAB under D65.
        let red = mean([Rgb([255, 0, 0])].into_iter()).expect("a pixel");
        assert!(
            (red.l - 53.24).abs() < 0.05 && (red.a - 80.09).abs() < 0.05 && (red.b - 67.20).abs() < 0.05,
            "{red:?}"
        );
        assert!((delta_e(red, Lab::new(53.24, 77.09, 63.20)) - 5.0).abs() < 0.05);
        assert_eq!(mean(std::iter::empty()), None);
    }

    #[test]
    fn a_products_colour_is_that_of_its_middle_without_white() {
        let mut picture = RgbImage::from_pixel(100, 100, Rgb([252; 3]));
        for x in 0..100 {
            for y in 0..100 {
                if !(20..80).contains(&x) {
                    picture.put_pixel(x, y, Rgb([0, 0, 255]));
                } else if (40..60).contains(&y) {
                    picture.put_pixel(x, y, Rgb([255, 0, 0]));
                }
            }
        }
        assert!((of_product(&picture).l - 53.24).abs() < 0.05);
        assert!(of_product(&RgbImage::from_pixel(5, 5, Rgb([255; 3]))).l > 99.9);
    }

    #[test]
    fn histograms_meet_in_what_they_share() {
        let (dark, light) = (Rgb([31, 0, 0]), Rgb([32, 0, 255]));
        let a = histogram([dark, dark, light, light].into_iter());
        let b = histogram([dark, light, light, light].into_iter());
        assert!((intersection(&a, &b) - 0.75).abs() < 1e-6);
        assert!((intersection(&a, &a) - 1.0).abs() < 1e-6);
        assert_eq!(intersection(&a, &histogram(std::iter::empty())), 0.0);
    }
}
