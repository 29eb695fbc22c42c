//! The foreground at the resolution of the network's input. In: Street2Fashion's logits. Out: foreground probabilities.

use stl_types::{Class, Size};

use crate::bilinear::{Tap, bilinear};
use crate::exp::exp;

/// Rows and columns of input pixels under an output pixel.
pub(crate) const SUB: usize = 2;

/// Foreground probabilities in `0..=1` from logits of size `output` = (h, w): `(17, h, w) → (2h, 2w)`, row-major.
///
/// The log-odds of the foreground are `logsumexp(logits of all classes except background) − logit of the background`. They are upsampled
/// bilinearly. The last four channels are then added to the four pixels under each output pixel, row by row: with them the network
/// places an edge between its output's pixels (sub-pixel convolution, Shi et al., 2016).
pub(crate) fn foreground(logits: &[f32], output: Size) -> Vec<f32> {
    let plane = output.area() as usize;
    let (classes, residuals) = logits.split_at(Class::ALL.len() * plane);
    let mut fine = doubled(&log_odds(classes, plane), output);
    let width = output.width as usize;
    for (channel, residual) in residuals.chunks_exact(plane).enumerate() {
        let (down, right) = (channel / SUB, channel % SUB);
        for (y, row) in residual.chunks_exact(width).enumerate() {
            let start = (y * SUB + down) * width * SUB + right;
            for (odds, residual) in fine[start..].iter_mut().step_by(SUB).zip(row) {
                *odds += residual;
            }
        }
    }
    for value in &mut fine {
        *value = 1.0 / (1.0 + exp(-*value));
    }
    fine
}

/// A plane of size `output` at twice its size: `(h, w) → (2h, 2w)`, bilinear.
pub(crate) fn doubled(plane: &[f32], output: Size) -> Vec<f32> {
    let taps = |length: u32| -> Vec<Tap> {
        (0..length * SUB as u32).map(|at| Tap::at((at as f32 + 0.5) / SUB as f32 - 0.5, length)).collect()
    };
    bilinear(plane, output.width, &taps(output.width), &taps(output.height))
}

/// The foreground's log-odds from the logits of the background and of at least one other class: `(classes, plane) → (plane)`.
pub(crate) fn log_odds(classes: &[f32], plane: usize) -> Vec<f32> {
    let (background, others) = classes.split_at(plane);
    let mut max = vec![f32::MIN; plane];
    for channel in others.chunks_exact(plane) {
        for (max, &logit) in max.iter_mut().zip(channel) {
            *max = max.max(logit);
        }
    }
    let mut sum = vec![0.0; plane];
    for channel in others.chunks_exact(plane) {
        for ((sum, &logit), max) in sum.iter_mut().zip(channel).zip(&max) {
            *sum += exp(logit - max);
        }
    }
    sum.iter().zip(&max).zip(background).map(|((sum, max), background)| max + sum.ln() - background).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference from the formula, of probabilities in float32.
    const TOLERANCE: f32 = 1e-5;

    #[test]
    fn probabilities_are_the_formula_pixel_by_pixel() {
        let output = Size { width: 3, height: 2 };
        let plane = output.area() as usize;
        let logits: Vec<f32> = (0..17 * plane).map(|at| ((at * 37) % 101) as f32 / 20.0 - 2.5).collect();
        let at = |channel: usize, y: usize, x: usize| logits[channel * plane + y * 3 + x];
        let odds = |y: usize, x: usize| (1..13).map(|class| at(class, y, x).exp()).sum::<f32>().ln() - at(0, y, x);
        let found = foreground(&logits, output);
        assert_eq!(found.len(), 4 * plane);
        for (pixel, found) in found.into_iter().enumerate() {
            let (y, x) = (pixel / 6, pixel % 6);
            // Three quarters of the pixel above, a quarter of its neighbour on that side, the edge repeated.
            let neighbour = |at: usize, length: usize| {
                if at.is_multiple_of(2) { (at / 2).saturating_sub(1) } else { (at / 2 + 1).min(length - 1) }
            };
            let (row, column) = (neighbour(y, 2), neighbour(x, 3));
            let upsampled = 0.75 * (0.75 * odds(y / 2, x / 2) + 0.25 * odds(y / 2, column))
                + 0.25 * (0.75 * odds(row, x / 2) + 0.25 * odds(row, column));
            let expected = 1.0 / (1.0 + (-(upsampled + at(13 + 2 * (y % 2) + x % 2, y / 2, x / 2))).exp());
            assert!((found - expected).abs() < TOLERANCE, "pixel {pixel}: {found}, expected {expected}");
        }
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let mut logits = vec![0.0; 17];
        logits[0] = 500.0;
        logits[1] = 1000.0;
        assert_eq!(foreground(&logits, Size { width: 1, height: 1 }), [1.0; 4]);
        logits[1] = -1000.0;
        assert!(foreground(&logits, Size { width: 1, height: 1 }).iter().all(|&probability| probability < 1e-6));
    }
}
