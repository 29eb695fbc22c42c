//! What stands out in the middle. In: colours. Out: the pixels whose colours are more frequent in the middle than at the border.
//!
//! As in GrabCut (Rother, Kolmogorov, Blake, 2004), colours of thing and background are learnt from a first guess and guessed again; with
//! clusters in place of Gaussians and blurred odds in place of a graph cut, so that it takes a bounded time.

use stl_types::{Size, components};

use super::lab::distance2;
use super::shapes::{border, filled, opened};

/// Clusters of colours.
const CLUSTERS: usize = 10;

/// Rounds of k-means, and of guessing. They bound the time.
const MEANS_ROUNDS: usize = 8;
const GUESSES: usize = 4;

/// The first guess falls from the middle to [`LEAST_GUESS`] at the border, and is even at this share of the way.
const EVEN_AT: f32 = 0.7;
const STEEPNESS: f32 = 4.0;
const LEAST_GUESS: f32 = 0.02;

/// Weights of the odds of the near and far neighbours and of the place, which is even at [`MEANT_UNTIL`] of the way to the border.
const NEAR_WEIGHT: f32 = 2.0;
const FAR_WEIGHT: f32 = 1.0;
const PLACE_WEIGHT: f32 = 2.0;
const MEANT_UNTIL: f32 = 0.8;

/// What touches the border is background more often than its colour tells.
const AT_BORDER: f32 = 0.3;

/// The thing's pixels: the connected part with most pixels in the middle half of each axis, without holes. It may be empty.
pub(super) fn thing(size: Size, colours: &[[f32; 3]]) -> Vec<bool> {
    let clusters = clusters(colours);
    let away = distances_from_middle(size);
    // A box around the middle, with soft edges.
    let first = |away: &f32| sigmoid(STEEPNESS * (EVEN_AT - away)).clamp(LEAST_GUESS, 1.0 - LEAST_GUESS);
    let mut guess: Vec<f32> = away.iter().map(first).collect();
    let edge = border(size, (size.width.min(size.height) / 16).max(1));
    for &at in &edge {
        guess[at] = LEAST_GUESS;
    }
    for _ in 0..GUESSES {
        let odds = odds(&clusters, &guess);
        let plane: Vec<f32> = clusters.iter().map(|&cluster| odds[cluster]).collect();
        let (near, far) = (blurred(size, &plane, 2), blurred(size, &plane, 5));
        for (at, guess) in guess.iter_mut().enumerate() {
            // Neighbours vote; things in the middle are meant.
            let place = PLACE_WEIGHT * (MEANT_UNTIL - away[at]);
            *guess = sigmoid(NEAR_WEIGHT * near[at] + FAR_WEIGHT * far[at] + place);
        }
        for &at in &edge {
            guess[at] *= AT_BORDER;
        }
    }
    let kept: Vec<bool> = guess.into_iter().map(|guess| guess >= 0.5).collect();
    in_the_middle(size, &filled(size, &opened(size, &kept, 1)))
}

/// The part with most pixels in the middle half of each axis.
fn in_the_middle(size: Size, kept: &[bool]) -> Vec<bool> {
    let is_middle = |at: usize| {
        let (x, y) = (at as u32 % size.width, at as u32 / size.width);
        (size.width / 4..=3 * size.width / 4).contains(&x) && (size.height / 4..=3 * size.height / 4).contains(&y)
    };
    let parts = components(size, kept.to_vec());
    let meant = parts.iter().max_by_key(|part| (part.iter().filter(|&&at| is_middle(at)).count(), part.len()));
    let mut inside = vec![false; kept.len()];
    for &at in meant.into_iter().flatten() {
        inside[at] = true;
    }
    inside
}

/// How far each pixel is from the middle: 0 there, 1 at the border, along the axis in which it is further.
fn distances_from_middle(size: Size) -> Vec<f32> {
    let along = |at: u32, length: u32| ((at as f32 + 0.5) / length as f32 * 2.0 - 1.0).abs();
    (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| along(x, size.width).max(along(y, size.height))))
        .collect()
}

/// The cluster of each colour: k-means that begins with colours of evenly spaced ranks in lightness.
fn clusters(colours: &[[f32; 3]]) -> Vec<usize> {
    let mut sorted = colours.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut means: Vec<[f32; 3]> =
        (0..CLUSTERS).map(|rank| sorted[(2 * rank + 1) * sorted.len() / (2 * CLUSTERS)]).collect();
    let mut of = vec![0; colours.len()];
    for _ in 0..MEANS_ROUNDS {
        let mut sums = [[0.0_f64; 4]; CLUSTERS];
        for (of, &colour) in of.iter_mut().zip(colours) {
            let nearest = means.iter().enumerate().map(|(cluster, &mean)| (distance2(colour, mean), cluster));
            *of = nearest.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, cluster)| cluster);
            for (sum, value) in sums[*of].iter_mut().zip(colour.into_iter().chain([1.0])) {
                *sum += f64::from(value);
            }
        }
        for (mean, sum) in means.iter_mut().zip(sums) {
            if sum[3] > 0.0 {
                *mean = [0, 1, 2].map(|channel| (sum[channel] / sum[3]) as f32);
            }
        }
    }
    of
}

/// The log-odds of the thing for each cluster: its frequency in the thing over that in the background, by the guess so far.
fn odds(clusters: &[usize], guess: &[f32]) -> [f32; CLUSTERS] {
    let (mut thing, mut background) = ([1.0_f64; CLUSTERS], [1.0_f64; CLUSTERS]);
    for (&cluster, &guess) in clusters.iter().zip(guess) {
        thing[cluster] += f64::from(guess);
        background[cluster] += f64::from(1.0 - guess);
    }
    let (of_thing, of_background) = (thing.iter().sum::<f64>(), background.iter().sum::<f64>());
    std::array::from_fn(|at| ((thing[at] / of_thing).ln() - (background[at] / of_background).ln()) as f32)
}

/// Means of squares of `2 · radius + 1` pixels; at the edges of those that are in the picture.
fn blurred(size: Size, plane: &[f32], radius: usize) -> Vec<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut across = vec![0.0; plane.len()];
    for (row, across) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        mean(radius, width, |at| row[at], |at, value| across[at] = value);
    }
    let mut both = vec![0.0; plane.len()];
    for x in 0..width {
        mean(radius, height, |at| across[at * width + x], |at, value| both[at * width + x] = value);
    }
    both
}

/// Running means of `length` values.
fn mean(radius: usize, length: usize, value: impl Fn(usize) -> f32, mut put: impl FnMut(usize, f32)) {
    let mut sum: f64 = (0..radius.min(length)).map(|at| f64::from(value(at))).sum();
    for at in 0..length {
        if at + radius < length {
            sum += f64::from(value(at + radius));
        }
        if at > radius {
            sum -= f64::from(value(at - radius - 1));
        }
        let count = (at + radius + 1).min(length) - at.saturating_sub(radius);
        put(at, (sum / count as f64) as f32);
    }
}

fn sigmoid(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}
