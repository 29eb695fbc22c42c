//! Whether a match is better than another beyond chance. In: ranks of the same pairs by both. Out: a [`Gain`] with its interval.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde::{Deserialize, Serialize};

use super::batches::uniform;
use super::training::SEED;

/// Draws of the bootstrap: 50 are outside each end of a 95 % interval.
const RESAMPLES: usize = 2000;

/// The depth that decides: what a visitor sees of a row without much scrolling.
pub const DEPTH: usize = 10;

/// Groups of articles below which nothing is beyond chance: draws of fewer are too much alike.
pub const LEAST_GROUPS: usize = 15;

/// The difference of two shares of pairs whose article is within the first [`DEPTH`], with its 95 % interval: the percentile bootstrap
/// (Efron, 1979) over groups of articles, so that the pictures of one article stay together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The difference, positive if the second match is better.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Groups that it was measured on.
    pub groups: usize,
}

impl Gain {
    /// Of ranks `before` and `after`; `groups` has the group of each pair's article. None without pairs.
    #[must_use]
    pub fn of(groups: &[usize], before: &[usize], after: &[usize]) -> Option<Self> {
        let mut by_group = std::collections::BTreeMap::<usize, (i64, i64)>::new();
        for ((group, before), after) in groups.iter().zip(before).zip(after) {
            let (sum, count) = by_group.entry(*group).or_default();
            *sum += i64::from(*after <= DEPTH) - i64::from(*before <= DEPTH);
            *count += 1;
        }
        let clusters: Vec<(i64, i64)> = by_group.into_values().collect();
        let mean = |drawn: &mut dyn Iterator<Item = (i64, i64)>| {
            let (sum, count) = drawn.fold((0, 0), |(sum, count), cluster| (sum + cluster.0, count + cluster.1));
            sum as f64 / count as f64
        };
        if clusters.is_empty() {
            return None;
        }
        let value = mean(&mut clusters.iter().copied());
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let draw = |_| mean(&mut (0..clusters.len()).map(|_| clusters[uniform(&mut rng, clusters.len())]));
        let mut draws: Vec<f64> = (0..RESAMPLES).map(draw).collect();
        draws.sort_by(f64::total_cmp);
        let outside = RESAMPLES / 40;
        Some(Self { value, low: draws[outside - 1], high: draws[RESAMPLES - outside], groups: clusters.len() })
    }

    /// Whether the second match is better, with 97.5 % confidence. Few groups never tell: all of three may agree by chance.
    #[must_use]
    pub fn is_beyond_chance(&self) -> bool {
        self.low > 0.0 && self.groups >= LEAST_GROUPS
    }

    /// Whether it is worse, with 97.5 % confidence.
    #[must_use]
    pub fn is_loss_beyond_chance(&self) -> bool {
        self.high < 0.0 && self.groups >= LEAST_GROUPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_of_a_few_pairs_is_chance_and_one_of_many_is_not() {
        let ranks = |count: usize, better: usize| -> (Vec<usize>, Vec<usize>, Vec<usize>) {
            let after = (0..count).map(|at| if at < better { 3 } else { 20 }).collect();
            ((0..count).collect(), vec![20; count], after)
        };
        let (groups, before, after) = ranks(100, 2);
        let chance = Gain::of(&groups, &before, &after).expect("pairs");
        assert!(!chance.is_beyond_chance() && (chance.value - 0.02).abs() < 1e-9, "{chance:?}");
        let (groups, before, after) = ranks(100, 20);
        let gain = Gain::of(&groups, &before, &after).expect("pairs");
        assert!(gain.is_beyond_chance() && gain.low > 0.1 && gain.high < 0.3, "{gain:?}");
        let loss = Gain::of(&groups, &after, &before).expect("pairs");
        assert!(loss.is_loss_beyond_chance() && !gain.is_loss_beyond_chance());
        // A hundred pictures of two articles tell no more than two articles.
        let few: Vec<usize> = (0..100).map(|at| at / 50).collect();
        let clustered = Gain::of(&few, &before, &ranks(100, 50).2).expect("pairs");
        assert!((clustered.value - 0.5).abs() < 1e-9 && !clustered.is_beyond_chance(), "{clustered:?}");
        let (groups, before, after) = ranks(LEAST_GROUPS - 1, LEAST_GROUPS - 1);
        let all_agree = Gain::of(&groups, &before, &after).expect("pairs");
        assert!(all_agree.low > 0.9 && !all_agree.is_beyond_chance(), "{all_agree:?}");
        assert_eq!(Gain::of(&[], &[], &[]), None);
    }
}
