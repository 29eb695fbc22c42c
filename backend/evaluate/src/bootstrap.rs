//! Confidence intervals. In: measurements, each of one query. Out: [`Estimate`]s with 95 % intervals.
//!
//! The percentile bootstrap (Efron, 1979) over queries: the garments of one photo stay together, since they share its
//! light, its pose and its segmentation. Every method uses the same draws, so two rows of a table that
//! were measured on the same queries can be compared.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use serde::{Serialize, Serializer};

/// Draws for an interval: 25 draws are outside each end of a 95 % interval.
pub const RESAMPLES: usize = 1000;

/// Seed of all draws.
pub const SEED: u64 = 7;

/// Share of the draws inside an interval.
pub const LEVEL: f64 = 0.95;

/// A figure and its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure on the queries as they are.
    #[serde(serialize_with = "rounded")]
    pub value: f64,
    /// Lower end of the interval.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// Upper end.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
}

/// Four decimals: more than any test set can resolve.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e4).round() / 1e4)
}

/// How often each query was drawn, in each draw.
#[derive(Clone, Debug)]
pub struct Resamples {
    once: Vec<u32>,
    draws: Vec<Vec<u32>>,
}

impl Resamples {
    /// [`RESAMPLES`] draws of `queries` out of `queries`, with replacement.
    #[must_use]
    pub fn new(queries: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let draw = |_| {
            let mut counts = vec![0; queries];
            for _ in 0..queries {
                counts[uniform(&mut rng, queries)] += 1;
            }
            counts
        };
        Self { once: vec![1; queries], draws: (0..RESAMPLES).map(draw).collect() }
    }

    /// A figure with its interval. `figure` gets how often each query counts. It returns `None` if no query with a measurement
    /// counts.
    pub fn estimate(&self, figure: impl Fn(&[u32]) -> Option<f64>) -> Option<Estimate> {
        let [estimate] = self.estimates(|counts| [figure(counts)]);
        estimate
    }

    /// [`Resamples::estimate`] of several figures that are computed together.
    pub fn estimates<const N: usize>(&self, figures: impl Fn(&[u32]) -> [Option<f64>; N]) -> [Option<Estimate>; N] {
        let drawn: Vec<[Option<f64>; N]> = self.draws.iter().map(|counts| figures(counts)).collect();
        let values = figures(&self.once);
        std::array::from_fn(|figure| {
            let value = values[figure]?;
            let mut drawn: Vec<f64> = drawn.iter().filter_map(|figures| figures[figure]).collect();
            drawn.sort_unstable_by(f64::total_cmp);
            let at = |share: f64| drawn.get((share * (drawn.len().max(1) - 1) as f64).round() as usize).copied();
            let (low, high) = (at((1.0 - LEVEL) / 2.0), at((1.0 + LEVEL) / 2.0));
            Some(Estimate { value, low: low.unwrap_or(value), high: high.unwrap_or(value) })
        })
    }
}

/// Uniform in `0..count`, the same on every machine.
pub(crate) fn uniform(rng: &mut ChaCha8Rng, count: usize) -> usize {
    ((u64::from(rng.next_u32()) * count as u64) >> 32) as usize
}

/// Measurements, each with its query.
#[derive(Clone, Debug)]
pub struct Samples {
    /// (query, value), by value.
    sorted: Vec<(usize, f64)>,
}

impl FromIterator<(usize, f64)> for Samples {
    fn from_iter<I: IntoIterator<Item = (usize, f64)>>(samples: I) -> Self {
        let mut sorted: Vec<(usize, f64)> = samples.into_iter().collect();
        sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
        Self { sorted }
    }
}

impl Samples {
    /// Number of measurements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether nothing was measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The mean where query `q` counts `counts[q]` times.
    #[must_use]
    pub fn mean(&self, counts: &[u32]) -> Option<f64> {
        let (mut sum, mut total) = (0.0, 0.0);
        for &(query, value) in &self.sorted {
            let count = f64::from(counts[query]);
            sum += count * value;
            total += count;
        }
        (total > 0.0).then(|| sum / total)
    }

    /// The value below which a `share` of the measurements is, interpolated between neighbours.
    #[must_use]
    pub fn quantile(&self, counts: &[u32], share: f64) -> Option<f64> {
        let total: u64 = self.sorted.iter().map(|&(query, _)| u64::from(counts[query])).sum();
        let at = share * total.checked_sub(1)? as f64;
        let (first, second) = (at.floor() as u64, at.ceil() as u64);
        let (mut passed, mut lower) = (0, None);
        for &(query, value) in &self.sorted {
            passed += u64::from(counts[query]);
            if passed > first && lower.is_none() {
                lower = Some(value);
            }
            if passed > second {
                let lower = lower.unwrap_or(value);
                return Some(lower + (value - lower) * (at - at.floor()));
            }
        }
        None
    }

    /// The middle value, the mean of the two middle ones for an even number.
    #[must_use]
    pub fn median(&self, counts: &[u32]) -> Option<f64> {
        self.quantile(counts, 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_repeated_measurements() {
        let samples: Samples = [(0, 4.0), (1, 1.0), (2, 3.0), (1, 2.0)].into_iter().collect();
        assert_eq!(samples.median(&[1, 1, 1]), Some(2.5));
        assert_eq!(samples.mean(&[1, 1, 1]), Some(2.5));
        // 1, 1, 1, 2, 2, 2, 4
        assert_eq!(samples.median(&[1, 3, 0]), Some(2.0));
        assert_eq!(samples.quantile(&[1, 3, 0], 1.0), Some(4.0));
        // numpy.quantile([1, 2, 3, 4], 0.1) = 1.3
        assert!((samples.quantile(&[1, 1, 1], 0.1).expect("four values") - 1.3).abs() < 1e-12);
        assert_eq!(samples.median(&[0, 0, 0]), None);
    }

    #[test]
    fn an_interval_repeats_and_has_the_width_that_theory_gives() {
        // 400 coins, half of them heads: the interval of the mean is 0.5 ± 1.96·√(0.25/400) = 0.5 ± 0.049.
        let samples: Samples = (0..400).map(|query| (query, f64::from(query as u32 % 2))).collect();
        let estimate = || Resamples::new(400).estimate(|counts| samples.mean(counts)).expect("a value");
        let first = estimate();
        assert_eq!(first, estimate());
        assert!((first.value - 0.5).abs() < 1e-12);
        assert!((first.low - 0.451).abs() < 0.008 && (first.high - 0.549).abs() < 0.008, "{first:?}");
    }

    #[test]
    fn the_garments_of_one_query_are_drawn_together() {
        let samples: Samples = (0..100).map(|garment| (0, f64::from(garment % 2))).collect();
        let estimate = Resamples::new(1).estimate(|counts| samples.mean(counts)).expect("a value");
        assert_eq!(estimate, Estimate { value: 0.5, low: 0.5, high: 0.5 });
    }
}
