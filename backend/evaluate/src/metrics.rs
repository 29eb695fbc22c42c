//! How well one method found one garment. In: a score for each article. Out: an [`Answer`].

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use stl_types::Category;

use crate::bootstrap::{SEED, uniform};

/// Depths at which hits are counted. The last one is the page's limit of cards.
pub const DEPTHS: [usize; 5] = [1, 5, 10, 20, 50];

/// Articles whose categories and colours are compared: what a visitor sees without much scrolling.
pub const TOP_K: usize = 10;

/// A method's result for one garment.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The rank of the worn article within its category, if the catalogue has it.
    pub rank: Option<WornRank>,
    /// Share of the [`TOP_K`] best articles of the whole catalogue that are of the garment's category.
    pub category_precision: f64,
    /// The colours of the best articles, compared with the garment's, if that is known.
    pub colours: Option<ColourDistances>,
    /// Whether the query showed this garment. If not, it showed the whole person, or nobody.
    pub is_found: bool,
}

/// The rank of the worn article within its category.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WornRank {
    /// Its rank, from 1.
    pub rank: f64,
    /// Whether the rank is within each of [`DEPTHS`]: 0 or 1, or a probability.
    pub within: [f64; DEPTHS.len()],
    /// Whether the rank is within the first hundredth of the category's articles, one article at least.
    pub within_percent: f64,
}

/// Distances in CIELAB from the worn garment's colour.
#[derive(Clone, Debug, PartialEq)]
pub struct ColourDistances {
    /// Of the [`TOP_K`] best articles of its category.
    pub best: Vec<f32>,
    /// Of as many random articles of its category.
    pub random: Arc<[f32]>,
}

/// Ranks that are the first hundredth of a category.
fn hundredth(articles: usize) -> usize {
    (articles / 100).max(1)
}

impl WornRank {
    /// The article at `rank`, from 1, of `articles`.
    #[must_use]
    pub fn at(rank: usize, articles: usize) -> Self {
        let is_within = |depth: usize| f64::from(u8::from(rank <= depth));
        Self { rank: rank as f64, within: DEPTHS.map(is_within), within_percent: is_within(hundredth(articles)) }
    }

    /// A random order of `articles`: the expected rank, and the probability of each depth.
    #[must_use]
    pub fn by_chance(articles: usize) -> Self {
        let probability = |depth: usize| depth.min(articles) as f64 / articles as f64;
        Self {
            rank: (articles as f64 + 1.0) / 2.0,
            within: DEPTHS.map(probability),
            within_percent: probability(hundredth(articles)),
        }
    }

    /// Without an answer: the last of `articles`, within no depth.
    #[must_use]
    pub fn last(articles: usize) -> Self {
        Self { rank: articles as f64, within: [0.0; DEPTHS.len()], within_percent: 0.0 }
    }
}

/// The rank of `worn` among `articles`, both indices into `scores`: 1 plus the number of other articles with at least its score.
/// Ties count against it.
#[must_use]
pub fn rank(scores: &[f32], articles: &[usize], worn: usize) -> usize {
    let others = articles.iter().filter(|&&article| article != worn);
    1 + others.filter(|&&article| scores[article] >= scores[worn]).count()
}

/// The `count` best of `articles`, best first; of equal scores, the article that comes first in the catalogue.
#[must_use]
pub fn top_k(scores: &[f32], articles: &[usize], count: usize) -> Vec<usize> {
    let mut best = articles.to_vec();
    let order = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
    if count < best.len() {
        best.select_nth_unstable_by(count, order);
        best.truncate(count);
    }
    best.sort_unstable_by(order);
    best
}

/// [`TOP_K`] random articles of `articles`, or all if there are fewer. The same `query` and `garment` give the same articles.
#[must_use]
pub fn random_articles(articles: &[usize], query: usize, garment: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    // A stream for each garment: its articles do not depend on the number of queries.
    rng.set_stream((query as u64) << 16 | garment as u64);
    let mut left = articles.to_vec();
    (0..TOP_K.min(left.len())).map(|_| left.swap_remove(uniform(&mut rng, left.len()))).collect()
}

/// Share of `found` that is of `category`.
#[must_use]
pub fn category_precision(found: &[usize], categories: &[Category], category: Category) -> f64 {
    let right = found.iter().filter(|&&article| categories[article] == category).count();
    right as f64 / found.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_against_the_worn_article() {
        let scores = [0.5, 0.9, 0.5, 0.5, 0.1, 9.0];
        let category = [0, 1, 2, 3, 4];
        assert_eq!(rank(&scores, &category, 1), 1);
        assert_eq!(rank(&scores, &category, 2), 4);
        assert_eq!(rank(&scores, &category, 4), 5);
        assert_eq!(rank(&scores, &[4], 4), 1);
    }

    #[test]
    fn the_best_are_sorted_and_equal_ones_keep_the_catalogues_order() {
        let scores = [0.5, 0.9, 0.5, 0.5, 0.1];
        assert_eq!(top_k(&scores, &[4, 3, 2, 1, 0], 3), [1, 0, 2]);
        assert_eq!(top_k(&scores, &[4, 3], 10), [3, 4]);
        assert!(top_k(&scores, &[], 10).is_empty());
    }

    #[test]
    fn places_are_counted_by_depth() {
        let rank = WornRank::at(7, 650);
        assert_eq!((rank.within, rank.within_percent), ([0.0, 0.0, 1.0, 1.0, 1.0], 0.0));
        assert_eq!(WornRank::at(6, 650).within_percent, 1.0);
        assert_eq!(WornRank::at(1, 30).within_percent, 1.0);
        let chance = WornRank::by_chance(40);
        assert_eq!((chance.rank, chance.within), (20.5, [0.025, 0.125, 0.25, 0.5, 1.0]));
    }

    #[test]
    fn random_articles_are_different_and_repeat() {
        let articles: Vec<usize> = (100..160).collect();
        let mut drawn = random_articles(&articles, 3, 1);
        assert_eq!(drawn, random_articles(&articles, 3, 1));
        assert_ne!(drawn, random_articles(&articles, 3, 2));
        drawn.sort_unstable();
        drawn.dedup();
        assert!(drawn.len() == TOP_K && drawn.iter().all(|article| articles.contains(article)));
        assert_eq!(random_articles(&articles[..4], 0, 0).len(), 4);
    }

    #[test]
    fn precision_is_the_share_of_the_right_category() {
        let categories = [Category::Tops, Category::Skirts, Category::Tops];
        assert_eq!(category_precision(&[0, 1, 2, 1], &categories, Category::Skirts), 0.5);
        assert_eq!(category_precision(&[], &categories, Category::Skirts), 0.0);
    }
}
