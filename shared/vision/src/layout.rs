//! Any segmenter's output in Street2Fashion's form. In: logits as a [`SegmenterLayout`] describes them. Out: `(17, H / 2, W / 2)`.

use stl_types::manifest::SegmenterLayout;
use stl_types::{Class, Manifest, Size};

use crate::foreground::{SUB, doubled, log_odds};

/// The logit of a class that the network does not know: its share is zero in float32 beside any logit that a network computes.
const NEVER: f32 = -1e4;

/// Logits of the 13 classes and four residuals of the foreground's log-odds, for an input of size `input`: `(C, h, w) → (17, H / 2, W / 2)`.
/// The foreground that is computed from them is that of `logits` at their own resolution.
///
/// # Panics
/// When the logits have another length than the layout says.
pub(crate) fn in_standard_form(logits: Vec<f32>, layout: &SegmenterLayout, input: Size) -> Vec<f32> {
    let stride = layout.stride as u32;
    let own = Size { width: input.width / stride, height: input.height / stride };
    let output = Size { width: input.width / SUB as u32, height: input.height / SUB as u32 };
    let (own_plane, plane) = (own.area() as usize, output.area() as usize);
    let residuals_len = if layout.has_residuals { Manifest::SUB_PIXELS * own_plane } else { 0 };
    assert_eq!(logits.len(), layout.classes.len() * own_plane + residuals_len, "the output's length");
    if layout.has_residuals && layout.classes == Class::ALL {
        return logits;
    }
    let (classes, residuals) = logits.split_at(layout.classes.len() * own_plane);
    let mut standard = vec![NEVER; Class::ALL.len() * plane];
    // A channel of the person alone has log-odds: logits beside a background of zero.
    standard[..plane].fill(0.0);
    for (class, channel) in layout.classes.iter().zip(classes.chunks_exact(own_plane)) {
        let target = &mut standard[*class as usize * plane..][..plane];
        match layout.stride {
            1 => target.copy_from_slice(&halved(channel, own)),
            2 => target.copy_from_slice(channel),
            _ => target.copy_from_slice(&doubled(channel, own)),
        }
    }
    if layout.has_residuals {
        standard.extend_from_slice(residuals);
        return standard;
    }
    let residuals = if layout.stride == 1 {
        let odds =
            if layout.classes.contains(&Class::Background) { log_odds(classes, own_plane) } else { classes.to_vec() };
        fine_residuals(&odds, &doubled(&log_odds(&standard, plane), output), own)
    } else {
        vec![0.0; Manifest::SUB_PIXELS * plane]
    };
    standard.extend(residuals);
    standard
}

/// Means of two by two pixels: `(H, W) → (H / 2, W / 2)`.
fn halved(plane: &[f32], size: Size) -> Vec<f32> {
    let width = size.width as usize;
    plane
        .chunks_exact(SUB * width)
        .flat_map(|rows| {
            let (above, below) = rows.split_at(width);
            above
                .chunks_exact(SUB)
                .zip(below.chunks_exact(SUB))
                .map(|(above, below)| (above[0] + above[1] + below[0] + below[1]) / (SUB * SUB) as f32)
        })
        .collect()
}

/// What is missing from `coarse` to `fine`, both of size `size`: a plane for each of the pixels under a pixel of half the size, row by row.
fn fine_residuals(fine: &[f32], coarse: &[f32], size: Size) -> Vec<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut residuals = Vec::with_capacity(fine.len());
    for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        for row in (down..height).step_by(SUB) {
            residuals.extend((right..width).step_by(SUB).map(|column| {
                let at = row * width + column;
                fine[at] - coarse[at]
            }));
        }
    }
    residuals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreground::foreground;

    const INPUT: Size = Size { width: 8, height: 12 };

    /// Largest difference of probabilities in float32.
    const TOLERANCE: f32 = 1e-5;

    fn numbers(len: usize) -> Vec<f32> {
        (0..len).map(|at| ((at * 37) % 101) as f32 / 20.0 - 2.5).collect()
    }

    fn layout(classes: &[Class], has_residuals: bool, stride: usize) -> SegmenterLayout {
        SegmenterLayout { classes: classes.to_vec(), has_residuals, stride }
    }

    fn probability(odds: f32) -> f32 {
        1.0 / (1.0 + (-odds).exp())
    }

    /// The foreground that a network's logits give.
    fn foreground_of(logits: Vec<f32>, layout: &SegmenterLayout) -> Vec<f32> {
        let standard = in_standard_form(logits, layout, INPUT);
        assert_eq!(standard.len(), 17 * 24);
        foreground(&standard, Size { width: 4, height: 6 })
    }

    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!((found - expected).abs() < TOLERANCE, "pixel {at}: {found}, expected {expected}");
        }
    }

    #[test]
    fn the_shipped_form_stays_as_it_is() {
        let logits = numbers(17 * 24);
        assert_eq!(in_standard_form(logits.clone(), &layout(&Class::ALL, true, 2), INPUT), logits);
    }

    #[test]
    fn a_person_at_full_resolution_is_the_foreground_pixel_by_pixel() {
        let odds = numbers(96);
        let expected: Vec<f32> = odds.iter().map(|&odds| probability(odds)).collect();
        assert_close(&foreground_of(odds.clone(), &layout(&[Class::OtherWorn], false, 1)), &expected);
        // The same with a background: log-odds are the difference.
        let background = vec![0.75; 96];
        let both = [background, odds.iter().map(|odds| odds + 0.75).collect()].concat();
        assert_close(&foreground_of(both, &layout(&[Class::Background, Class::OtherWorn], false, 1)), &expected);
    }

    #[test]
    fn a_smaller_output_is_upsampled() {
        let coarse = numbers(6);
        let small = Size { width: 2, height: 3 };
        let twice = doubled(&coarse, small);
        let expected: Vec<f32> = doubled(&twice, Size { width: 4, height: 6 }).into_iter().map(probability).collect();
        assert_close(&foreground_of(coarse, &layout(&[Class::OtherWorn], false, 4)), &expected);
        let expected: Vec<f32> =
            doubled(&numbers(24), Size { width: 4, height: 6 }).into_iter().map(probability).collect();
        assert_close(&foreground_of(numbers(24), &layout(&[Class::OtherWorn], false, 2)), &expected);
    }

    #[test]
    fn channels_go_to_their_classes_and_the_others_have_no_share() {
        let logits = numbers(3 * 24);
        let order = [Class::Background, Class::Skirts, Class::Hair];
        let standard = in_standard_form(logits.clone(), &layout(&order, false, 2), INPUT);
        for (class, channel) in order.iter().zip(logits.chunks_exact(24)) {
            assert_eq!(standard[*class as usize * 24..][..24], *channel, "{class:?}");
        }
        let unknown = &standard[Class::Tops as usize * 24..][..24];
        assert!(unknown.iter().all(|&logit| (logit - 2.5).exp() == 0.0));
        assert!(standard[13 * 24..].iter().all(|&residual| residual == 0.0));
    }

    #[test]
    fn residuals_behind_two_channels_are_kept() {
        let logits = numbers(6 * 24);
        let standard =
            in_standard_form(logits.clone(), &layout(&[Class::Background, Class::OtherWorn], true, 2), INPUT);
        assert_eq!(standard[13 * 24..], logits[2 * 24..]);
    }
}
