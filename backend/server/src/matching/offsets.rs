//! What is added to the articles' scores. In: an offset for each article. Out: [`Offsets`], in float32 and in steps of the grid.
//!
//! A pass adds the steps to its scores before it keeps the best, so an article rises or falls among all others, not only among those
//! that would have been found without.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::matching::positions::NO_ARTICLE;

/// Largest number of steps: a sum with any score on the grid fits 32 bits, and so does the difference of two sums.
const MAX_STEPS: f32 = (1 << 29) as f32;

/// An offset for each position of a matcher.
#[derive(Clone, Debug, PartialEq)]
pub struct Offsets {
    /// No other offsets of this process have it.
    number: u64,
    /// In the score's unit.
    exact: Vec<f32>,
    /// In steps of the grid.
    steps: Vec<i32>,
}

impl Offsets {
    /// The offsets `of` the article at each position, on a grid of this step; 0 at a position without an article.
    pub(super) fn new(articles: &[u32], step: f32, of: impl Fn(usize) -> f32) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let exact: Vec<f32> =
            articles.iter().map(|&article| if article == NO_ARTICLE { 0.0 } else { of(article as usize) }).collect();
        let steps = exact.iter().map(|offset| (offset / step).round().clamp(-MAX_STEPS, MAX_STEPS) as i32).collect();
        Self { number: NUMBERS.fetch_add(1, Ordering::Relaxed), exact, steps }
    }

    /// Tells these offsets from all others.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The offset at a position, in the score's unit; 0 beyond the last one.
    #[must_use]
    pub fn exact(&self, position: usize) -> f32 {
        self.exact.get(position).copied().unwrap_or(0.0)
    }

    /// All offsets in steps of the grid.
    #[must_use]
    pub fn steps(&self) -> &[i32] {
        &self.steps
    }

    /// Adds the offsets from a position on to the scores of as many rows.
    pub(super) fn add_to(&self, first: usize, scores: &mut [i32]) {
        let steps = self.steps.get(first..).unwrap_or_default();
        // Saturates at the score of a row that is not selected.
        scores.iter_mut().zip(steps).for_each(|(score, &steps)| *score = score.saturating_add(steps));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_whole_steps_where_its_article_is() {
        let offsets = Offsets::new(&[1, NO_ARTICLE, 0], 0.5, |article| [1.2, -3.0][article]);
        assert_eq!((offsets.steps(), offsets.exact(2), offsets.exact(9)), (&[-6, 0, 2][..], 1.2, 0.0));
        let mut scores = [10, i32::MIN];
        offsets.add_to(0, &mut scores);
        assert_eq!(scores, [4, i32::MIN]);
        let mut last = [7];
        offsets.add_to(2, &mut last);
        assert_eq!(last, [9]);
        let far = Offsets::new(&[0], f32::MIN_POSITIVE, |_| -1e30);
        assert_eq!(far.steps(), [-(1 << 29)]);
        assert!(far.number() != offsets.number());
    }
}
