//! Fashion2Shop's match, exactly, on the CPU. In: an f(I) for each category and a catalogue's f(A). Out: [`Hits`] for each category.
//!
//! `score(I, A) = w2 · relu(U f(I) + V f(A) + b)` (Lasserre et al., 2018, section 3.2, with the first layer split by
//! its inputs): `V f(A) + b` is computed once for each article and `U f(I)` once for each query and category, so that
//! a pair costs `hidden` additions, maxima and multiplications.

use stl_shared::Category;

pub use crate::matching::weights::{MatchWeights, WeightsError};
pub(crate) use weights::dot;

mod weights;

/// Independent sums of the scoring loop: a float sum may not be reordered by the compiler, sixteen side by side may be
/// kept in vector registers of any width up to 512 bits.
const LANES: usize = 16;

/// An article that was scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Position of the article in the order that the matcher was built with.
    pub article: usize,
    /// The match's score, a logit.
    pub score: f32,
}

/// The best articles of one category, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The category.
    pub category: Category,
    /// Best first; of equal scores, the article that comes first in the catalogue's order.
    pub best: Vec<Hit>,
    /// Articles of this category, all of which were scored.
    pub scored: usize,
}

/// A catalogue's articles, ready to be matched.
#[derive(Clone, Debug)]
pub struct Matcher {
    weights: MatchWeights,
    groups: Vec<Group>,
}

/// The articles of one category.
#[derive(Clone, Debug)]
struct Group {
    category: Category,
    articles: Vec<usize>,
    /// `V f(A) + b`, `(articles, hidden)` row-major.
    rows: Vec<f32>,
}

impl Matcher {
    /// Prepares articles, given with their category and f(A) `(width)` in the order that decides ties.
    ///
    /// # Panics
    /// When a feature has another length than the weights' width.
    pub fn new<'a>(weights: MatchWeights, articles: impl Iterator<Item = (Category, &'a [f32])>) -> Self {
        let mut groups: Vec<Group> = Category::ALL
            .into_iter()
            .map(|category| Group { category, articles: Vec::new(), rows: Vec::new() })
            .collect();
        for (article, (category, feature)) in articles.enumerate() {
            let group = &mut groups[category.index()];
            group.articles.push(article);
            weights.project_article(feature, &mut group.rows);
        }
        groups.retain(|group| !group.articles.is_empty());
        Self { weights, groups }
    }

    /// The categories that have articles.
    pub fn categories(&self) -> impl Iterator<Item = Category> {
        self.groups.iter().map(|group| group.category)
    }

    /// The `limit` best articles of every category that has articles, or of `only` one; the category with the best
    /// article first. `query` gives the f(I) that a category is searched with.
    ///
    /// # Panics
    /// When an f(I) has another length than the weights' width.
    #[must_use]
    pub fn search<'a>(&self, query: impl Fn(Category) -> &'a [f32], only: Option<Category>, limit: usize) -> Vec<Hits> {
        let mut hits: Vec<Hits> = self
            .groups
            .iter()
            .filter(|group| only.is_none_or(|category| category == group.category))
            .map(|group| {
                let query = self.weights.project_query(query(group.category));
                let best = group.best(&query, &self.weights.w2, limit);
                Hits { category: group.category, best, scored: group.articles.len() }
            })
            .collect();
        // Stable: categories with equal scores stay in the order of `Category::ALL`.
        let top = |hits: &Hits| hits.best.first().map_or(f32::NEG_INFINITY, |hit| hit.score);
        hits.sort_by(|a, b| top(b).total_cmp(&top(a)));
        hits
    }

    /// The score of every article, in the order that the matcher was built with. `query` gives the f(I) that a category
    /// is searched with.
    ///
    /// # Panics
    /// When an f(I) has another length than the weights' width.
    #[must_use]
    pub fn scores<'a>(&self, query: impl Fn(Category) -> &'a [f32]) -> Vec<f32> {
        let mut scores = vec![f32::NEG_INFINITY; self.groups.iter().map(|group| group.articles.len()).sum()];
        for group in &self.groups {
            let query = self.weights.project_query(query(group.category));
            for hit in group.scored(&query, &self.weights.w2) {
                scores[hit.article] = hit.score;
            }
        }
        scores
    }
}

impl Group {
    fn best(&self, query: &[f32], w2: &[f32], limit: usize) -> Vec<Hit> {
        let better = |a: &Hit, b: &Hit| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article));
        let mut hits: Vec<Hit> = self.scored(query, w2).collect();
        if limit < hits.len() {
            hits.select_nth_unstable_by(limit, better);
            hits.truncate(limit);
        }
        hits.sort_unstable_by(better);
        hits
    }

    fn scored<'a>(&'a self, query: &'a [f32], w2: &'a [f32]) -> impl Iterator<Item = Hit> + 'a {
        let rows = self.rows.chunks_exact(query.len());
        rows.zip(&self.articles).map(|(row, &article)| Hit { article, score: score(query, row, w2) })
    }
}

/// `Σ w2·relu(query + row)` over `hidden` units, in [`LANES`] interleaved sums.
#[must_use]
pub fn score(query: &[f32], row: &[f32], w2: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let whole = query.len() - query.len() % LANES;
    let chunks = query[..whole].chunks_exact(LANES).zip(row.chunks_exact(LANES)).zip(w2.chunks_exact(LANES));
    for ((query, row), w2) in chunks {
        for lane in 0..LANES {
            sums[lane] += (query[lane] + row[lane]).max(0.0) * w2[lane];
        }
    }
    sums.iter().sum::<f32>() + score_reference(&query[whole..], &row[whole..], &w2[whole..])
}

/// [`score`], one unit after the other: what every faster way is compared with.
#[must_use]
pub fn score_reference(query: &[f32], row: &[f32], w2: &[f32]) -> f32 {
    query.iter().zip(row).zip(w2).map(|((query, row), w2)| (query + row).max(0.0) * w2).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference between the fast score and the reference, for sums of 256 terms of magnitude 1 in float32.
    const TOLERANCE: f32 = 1e-4;

    /// Numbers in −1..1 that look random (xorshift).
    fn noise(mut state: u64, count: usize) -> Vec<f32> {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn weights() -> MatchWeights {
        MatchWeights { hidden: 40, width: 8, u: noise(1, 320), v: noise(2, 320), b: noise(3, 40), w2: noise(4, 40) }
    }

    #[test]
    fn the_fast_score_is_the_reference() {
        for hidden in [1, 15, 16, 250, 256] {
            let (query, row, w2) = (noise(5, hidden), noise(6, hidden), noise(7, hidden));
            let difference = score(&query, &row, &w2) - score_reference(&query, &row, &w2);
            assert!(difference.abs() <= TOLERANCE, "{hidden}: {difference}");
        }
    }

    #[test]
    fn a_score_is_the_formula_of_the_paper() {
        let weights = weights();
        let (query, feature) = (noise(8, 8), noise(9, 8));
        let matcher = Matcher::new(weights.clone(), [(Category::Tops, &feature[..])].into_iter());
        let dot = |row: &[f32], with: &[f32]| row.iter().zip(with).map(|(a, b)| a * b).sum::<f32>();
        let expected: f32 = (0..40)
            .map(|unit| {
                let (u, v) = (&weights.u[unit * 8..][..8], &weights.v[unit * 8..][..8]);
                weights.w2[unit] * (dot(u, &query) + dot(v, &feature) + weights.b[unit]).max(0.0)
            })
            .sum();
        let hits = matcher.search(|_| &query, None, 5);
        assert!((hits[0].best[0].score - expected).abs() <= TOLERANCE);
    }

    #[test]
    fn equal_articles_keep_the_catalogues_order_and_limits_hold() {
        let (same, other) = (noise(10, 8), noise(11, 8));
        let articles = (0..30).map(|index| (Category::ALL[index % 2], if index == 4 { &other[..] } else { &same[..] }));
        let matcher = Matcher::new(weights(), articles);
        let query = noise(12, 8);
        let all = matcher.search(|_| &query, None, 50);
        assert_eq!(all.len(), 2);
        assert!(all[0].best[0].score >= all[1].best[0].score);
        for hits in &all {
            assert_eq!((hits.best.len(), hits.scored), (15, 15));
            assert!(hits.best.is_sorted_by(|a, b| a.score > b.score || a.score == b.score && a.article < b.article));
        }
        let three = matcher.search(|_| &query, Some(Category::Dresses), 3);
        assert_eq!(three.len(), 1);
        assert_eq!(three[0].best.iter().map(|hit| hit.article).collect::<Vec<_>>(), [1, 3, 5]);
        assert!(matcher.search(|_| &query, Some(Category::Tops), 3).is_empty());
        let scores = matcher.scores(|_| &query);
        assert_eq!(scores.len(), 30);
        assert!(all.iter().flat_map(|hits| &hits.best).all(|hit| scores[hit.article] == hit.score));
    }

    #[test]
    fn every_category_is_searched_with_its_own_query() {
        let (feature, one, other) = (noise(13, 8), noise(14, 8), noise(15, 8));
        let articles = [Category::Skirts, Category::Tops].map(|category| (category, &feature[..]));
        let matcher = Matcher::new(weights(), articles.into_iter());
        let hits = matcher.search(|category| if category == Category::Tops { &one } else { &other }, None, 1);
        for hits in hits {
            let query = if hits.category == Category::Tops { &one } else { &other };
            assert_eq!(hits, matcher.search(|_| query, Some(hits.category), 1)[0]);
        }
    }
}
