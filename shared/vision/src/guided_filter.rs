//! Refines a coarse map along the photo's edges. In: a coarse map, the photo at both sizes. Out: the map at the photo's size.
//!
//! The guided filter (He, Sun, Tang, "Guided Image Filtering", PAMI 2013) with a colour guide, made fast as in He, Sun,
//! "Fast Guided Filter" (2015): around every pixel of the coarse grid, a linear function `a·I + b` of the photo's colour I is fitted to
//! the map. The averaged coefficients are upsampled bilinearly and applied to the photo's own pixels, so that the result follows the
//! photo's edges.

use crate::bilinear::Tap;

/// Half the side of the fitted windows, in pixels of the network's input: 7×7 windows.
pub(crate) const RADIUS: usize = 3;

/// Least colour contrast of an edge: the penalty on `a`² in the fit, for colours in `0..=1`.
pub(crate) const EPSILON: f32 = 1e-4;

/// A window whose mean is this close to 0 or 1 has no outline, and no fit is computed for it. This holds for most of a photo and
/// saves most of the work.
const FLAT: f32 = 0.01;

/// Number of values that are averaged over a window: I, p, I·p, and the products of I's channels (rr, rg, rb, gg, gb, bb); three zeros make
/// it a multiple of a vector's length.
const MOMENTS: usize = 16;

/// `a` for red, green and blue, then `b`.
pub(crate) type Coefficients = [f32; 4];

/// Fits `values` by linear functions of `guide`, RGB in `0..=1`; both `(h, w)` row-major, rows of `width` pixels.
/// Returns the coefficients `(h, w)`, each averaged over all windows that contain the pixel.
///
/// Windows are clipped at the border. The cost does not depend on the radius.
pub(crate) fn fit(guide: &[[f32; 3]], values: &[f32], width: usize, radius: usize, epsilon: f32) -> Vec<Coefficients> {
    let moments = |at: usize| {
        let ([r, g, b], p) = (guide[at], values[at]);
        [r, g, b, p, r * p, g * p, b * p, r * r, r * g, r * b, g * g, g * b, b * b, 0.0, 0.0, 0.0]
    };
    let size = (width, values.len() / width.max(1));
    let mut fitted = Vec::with_capacity(values.len());
    box_means(size, radius, moments, |means| fitted.push(solve(&means, epsilon)));
    let mut averaged = Vec::with_capacity(values.len());
    box_means(size, radius, |at| fitted[at], |means| averaged.push(means));
    averaged
}

/// Computes `q = a·I + b`, clamped to `0..=1`, for every pixel of `photo`, 8-bit `(H, W, channels)` row-major, `columns.len()` pixels a
/// row. `columns` and `rows` are the positions of its pixels in the grid of `coefficients`, which has `width` columns.
pub(crate) fn apply(
    coefficients: &[Coefficients],
    width: usize,
    (columns, rows): (&[Tap], &[Tap]),
    photo: &[u8],
    channels: usize,
) -> Vec<f32> {
    let mut refined = Vec::with_capacity(columns.len() * rows.len());
    let mut blended = vec![[0.0; 4]; width];
    for (row, pixels) in rows.iter().zip(photo.chunks_exact(columns.len() * channels)) {
        let (above, below) = (&coefficients[row.first * width..], &coefficients[row.second * width..]);
        for (value, (above, below)) in blended.iter_mut().zip(above.iter().zip(below)) {
            let [r, g, b, constant] = between(above, below, row.weight);
            // Colours of bytes.
            *value = [r / 255.0, g / 255.0, b / 255.0, constant];
        }
        refined.extend(columns.iter().zip(pixels.chunks_exact(channels)).map(|(column, pixel)| {
            let [r, g, b, constant] = between(&blended[column.first], &blended[column.second], column.weight);
            let sum = r * f32::from(pixel[0]) + g * f32::from(pixel[1]) + b * f32::from(pixel[2]);
            (sum + constant).clamp(0.0, 1.0)
        }));
    }
    refined
}

fn between(first: &Coefficients, second: &Coefficients, weight: f32) -> Coefficients {
    std::array::from_fn(|at| first[at] + (second[at] - first[at]) * weight)
}

/// The ridge regression of one window: `a = (Σ + ε)⁻¹ cov(I, p)`, `b = mean(p) − a·mean(I)`.
fn solve(means: &[f32; MOMENTS], epsilon: f32) -> Coefficients {
    let &[r, g, b, p, rp, gp, bp, rr, rg, rb, gg, gb, bb, ..] = means;
    if !(FLAT..=1.0 - FLAT).contains(&p) {
        return [0.0, 0.0, 0.0, p];
    }
    let covariance = [rp - r * p, gp - g * p, bp - b * p];
    let (rr, gg, bb) = (rr - r * r + epsilon, gg - g * g + epsilon, bb - b * b + epsilon);
    let (rg, rb, gb) = (rg - r * g, rb - r * b, gb - g * b);
    // The inverse of a symmetric 3×3 matrix by its cofactors; ε keeps the determinant away from zero.
    let cofactors = [
        [gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg],
        [rb * gb - rg * bb, rr * bb - rb * rb, rb * rg - rr * gb],
        [rg * gb - rb * gg, rb * rg - rr * gb, rr * gg - rg * rg],
    ];
    let determinant = rr * cofactors[0][0] + rg * cofactors[0][1] + rb * cofactors[0][2];
    // Rounding can still make the determinant zero; then the window is practically flat.
    let scale = if determinant > 0.0 { 1.0 / determinant } else { 0.0 };
    let [ar, ag, ab] =
        cofactors.map(|row| (row[0] * covariance[0] + row[1] * covariance[1] + row[2] * covariance[2]) * scale);
    [ar, ag, ab, p - ar * r - ag * g - ab * b]
}

/// Calls `each` with the mean over the window of `2·radius + 1` pixels a side around every pixel, clipped to the picture of
/// `(width, height)`.
///
/// Uses running sums, along each row and then down the columns. Only as many rows as a window has are kept, so that they fit the
/// processor's cache.
fn box_means<const N: usize>(
    (width, height): (usize, usize),
    radius: usize,
    pixel: impl Fn(usize) -> [f32; N],
    mut each: impl FnMut([f32; N]),
) {
    let (mut row, mut window) = (vec![[0.0; N]; width], vec![[0.0; N]; width * (2 * radius + 1)]);
    let mut sums = vec![[0.0; N]; width];
    for entering in 0..height + radius {
        let slot = &mut window[entering % (2 * radius + 1) * width..][..width];
        if entering > 2 * radius {
            sums.iter_mut().zip(&*slot).for_each(|(sum, leaving)| add(sum, leaving, -1.0));
        }
        if entering < height {
            row.iter_mut().zip(entering * width..).for_each(|(value, at)| *value = pixel(at));
            sum_along(&row, radius, slot);
            sums.iter_mut().zip(&*slot).for_each(|(sum, entering)| add(sum, entering, 1.0));
        }
        if let Some(y) = entering.checked_sub(radius) {
            let rows = covered(y, height, radius);
            for (x, sum) in sums.iter().enumerate() {
                let share = 1.0 / (rows * covered(x, width, radius));
                each(sum.map(|value| value * share));
            }
        }
    }
}

/// For every x, the sum of the pixels `x − radius ..= x + radius` of a row, clipped to the row.
fn sum_along<const N: usize>(row: &[[f32; N]], radius: usize, sums: &mut [[f32; N]]) {
    let mut sum = [0.0; N];
    row.iter().take(radius).for_each(|pixel| add(&mut sum, pixel, 1.0));
    for (x, to) in sums.iter_mut().enumerate() {
        if let Some(entering) = row.get(x + radius) {
            add(&mut sum, entering, 1.0);
        }
        *to = sum;
        if let Some(leaving) = x.checked_sub(radius) {
            add(&mut sum, &row[leaving], -1.0);
        }
    }
}

fn add<const N: usize>(sum: &mut [f32; N], pixel: &[f32; N], sign: f32) {
    for (sum, value) in sum.iter_mut().zip(pixel) {
        *sum += value * sign;
    }
}

/// Number of pixels in `at − radius ..= at + radius`, clipped to `length`.
fn covered(at: usize, length: usize, radius: usize) -> f32 {
    ((at + radius).min(length - 1) - at.saturating_sub(radius) + 1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference from the reference in float64. A fit divides by variances as small as ε, which amplifies the rounding of
    /// float32 sums a hundredfold.
    const TOLERANCE: f64 = 2e-3;

    /// Pseudo-random numbers in 0..1.
    fn noise(seed: u32, count: usize) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        (0..count).map(next).collect()
    }

    /// The windows' pixels, one after the other.
    fn window(at: usize, width: usize, height: usize, radius: usize) -> Vec<usize> {
        let (x, y) = (at % width, at / width);
        (y.saturating_sub(radius)..=(y + radius).min(height - 1))
            .flat_map(|y| (x.saturating_sub(radius)..=(x + radius).min(width - 1)).map(move |x| y * width + x))
            .collect()
    }

    /// The filter as the paper writes it: least squares in each window by gradient-free elimination, in float64.
    fn reference(guide: &[[f32; 3]], values: &[f32], width: usize, radius: usize, epsilon: f64) -> Vec<f64> {
        let height = values.len() / width;
        let fits: Vec<[f64; 4]> = (0..values.len())
            .map(|at| {
                let pixels = window(at, width, height, radius);
                let count = pixels.len() as f64;
                let mean = |of: &dyn Fn(usize) -> f64| pixels.iter().map(|&pixel| of(pixel)).sum::<f64>() / count;
                let colour = |channel: usize| move |pixel: usize| f64::from(guide[pixel][channel]);
                let means = [0, 1, 2].map(|channel| mean(&colour(channel)));
                let p = mean(&|pixel| f64::from(values[pixel]));
                let mut system = [[0.0; 4]; 3];
                for i in 0..3 {
                    for j in 0..3 {
                        system[i][j] = mean(&|pixel| (colour(i)(pixel) - means[i]) * (colour(j)(pixel) - means[j]));
                    }
                    system[i][i] += epsilon;
                    system[i][3] = mean(&|pixel| (colour(i)(pixel) - means[i]) * (f64::from(values[pixel]) - p));
                }
                for pivot in 0..3 {
                    for row in 0..3 {
                        if row != pivot {
                            let factor = system[row][pivot] / system[pivot][pivot];
                            let subtracted = system[pivot].map(|value| factor * value);
                            for (value, subtracted) in system[row].iter_mut().zip(subtracted) {
                                *value -= subtracted;
                            }
                        }
                    }
                }
                let a = [0, 1, 2].map(|i| system[i][3] / system[i][i]);
                [a[0], a[1], a[2], p - a[0] * means[0] - a[1] * means[1] - a[2] * means[2]]
            })
            .collect();
        (0..values.len())
            .map(|at| {
                let pixels = window(at, width, height, radius);
                let mean = |of: usize| pixels.iter().map(|&pixel| fits[pixel][of]).sum::<f64>() / pixels.len() as f64;
                (0..3).map(|channel| mean(channel) * f64::from(guide[at][channel])).sum::<f64>() + mean(3)
            })
            .collect()
    }

    #[test]
    fn the_filter_is_the_papers_pixel_by_pixel() {
        for (width, height, radius) in [(23, 17, 2), (9, 14, 4), (5, 1, 3), (1, 1, 2)] {
            let guide: Vec<[f32; 3]> = noise(1, width * height * 3).as_chunks().0.to_vec();
            let values = noise(2, width * height);
            let coefficients = fit(&guide, &values, width, radius, 1e-3);
            let expected = reference(&guide, &values, width, radius, 1e-3);
            for ((fitted, colour), expected) in coefficients.iter().zip(&guide).zip(expected) {
                let found: f32 = (0..3).map(|channel| fitted[channel] * colour[channel]).sum::<f32>() + fitted[3];
                assert!(
                    (f64::from(found) - expected).abs() < TOLERANCE,
                    "{width}×{height}: {found}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn a_blurred_outline_takes_the_photos_edge() {
        // Dark up to the 26th of 64 columns, bright from there on; the map rises over the 24th to 32nd.
        let photo: Vec<u8> = (0..64 * 64).flat_map(|at| [if at % 64 < 26 { 40 } else { 200 }; 3]).collect();
        let coarse = 16;
        let guide: Vec<[f32; 3]> = (0..coarse * coarse)
            .map(|at| {
                [match at % coarse {
                    ..6 => 40.0,
                    6 => 120.0,
                    _ => 200.0,
                } / 255.0; 3]
            })
            .collect();
        let values: Vec<f32> = (0..coarse * coarse)
            .map(|at| match at % coarse {
                ..6 => 0.0,
                6 => 0.3,
                7 => 0.8,
                _ => 1.0,
            })
            .collect();
        let taps: Vec<Tap> = (0..64).map(|at| Tap::at((at as f32 + 0.5) / 4.0 - 0.5, 16)).collect();
        let refined = apply(&fit(&guide, &values, coarse, 2, 1e-4), coarse, (&taps, &taps), &photo, 3);
        for (at, value) in refined.iter().enumerate() {
            assert_eq!(*value >= 0.5, at % 64 >= 26, "column {}: {value}", at % 64);
        }
    }

    #[test]
    fn a_flat_photo_leaves_a_smooth_map_as_it_is() {
        let values: Vec<f32> = (0..100).map(|at| (at / 10) as f32 / 10.0).collect();
        let taps: Vec<Tap> = (0..10).map(|at| Tap::at(at as f32, 10)).collect();
        let refined = apply(&fit(&[[0.5; 3]; 100], &values, 10, 2, 1e-4), 10, (&taps, &taps), &[128; 400], 4);
        // Two means in a row keep a ramp where their windows are whole.
        for at in 40..60 {
            assert!((refined[at] - values[at]).abs() < 1e-5, "{at}: {}", refined[at]);
        }
    }
}
