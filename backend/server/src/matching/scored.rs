//! What a pass has found of one category, before the best are chosen. In: the candidates of a whole catalogue or of its parts. Out: [`Hits`].
//!
//! A candidate has its score on the grid, by which candidates are chosen, and its scores in float32, by which hits are ordered. So the
//! candidates of several parts are chosen once more among all of them, and what remains are those of one pass over the whole catalogue, as
//! long as all parts have its grid.

use stl_types::Category;

use crate::matching::hits::{Hit, Hits};

/// An article with its scores in float32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Its number.
    pub article: usize,
    /// The match's score, a logit.
    pub alone: f32,
    /// The same with what the query adds to it.
    pub score: f32,
}

/// An article that the pass has chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredCandidate {
    /// Its score on the grid, with what the query adds to it.
    pub steps: i32,
    /// In float32.
    pub scored: Scored,
}

/// What a pass has found of one category.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryScores {
    /// The category.
    pub category: Category,
    /// The best on the grid, in no order.
    pub candidates: Vec<ScoredCandidate>,
    /// The pinned articles of this category that the query's selection allows, in the query's order.
    pub pinned: Vec<Scored>,
    /// How many articles of this category the query's selection allows.
    pub scored: usize,
}

/// Candidates that are scored in float32 for `limit` hits. The grid's rounding may move a hit down to one of the extra places.
/// `docs/performance.md` has the recall.
pub(super) const fn candidates_for(limit: usize) -> usize {
    limit + limit / 4 + 16
}

impl CategoryScores {
    /// What one pass over several parts would have found for a query with `limit` hits, from what passes over each have found. `pinned` is the
    /// query's. Articles have the numbers of the whole catalogue.
    #[must_use]
    pub fn merged(parts: Vec<Vec<Self>>, pinned: &[usize], limit: usize) -> Vec<Self> {
        let all: Vec<Self> = parts.into_iter().flatten().collect();
        let of_category = |category: Category| {
            let of_parts: Vec<&Self> = all.iter().filter(|scores| scores.category == category).collect();
            (!of_parts.is_empty()).then(|| {
                let mut candidates: Vec<ScoredCandidate> =
                    of_parts.iter().flat_map(|scores| scores.candidates.iter().copied()).collect();
                // As a pass orders them: within a category, positions are in the order of articles.
                candidates.sort_unstable_by(|a, b| b.steps.cmp(&a.steps).then(a.scored.article.cmp(&b.scored.article)));
                candidates.truncate(candidates_for(limit));
                let found =
                    |article: &usize| of_parts.iter().flat_map(|part| &part.pinned).find(|hit| hit.article == *article);
                let pinned = pinned.iter().filter_map(found).copied().collect();
                let scored = of_parts.iter().map(|scores| scores.scored).sum();
                Self { category, candidates, pinned, scored }
            })
        };
        Category::ALL.into_iter().filter_map(of_category).collect()
    }

    /// The best `limit` of each category; the category with the best article comes first.
    #[must_use]
    pub fn hits(all: Vec<Self>, limit: usize) -> Vec<Hits> {
        let mut found: Vec<Hits> = all.into_iter().map(|scores| scores.best(limit)).collect();
        // Stable: categories with equal scores stay in the order of `Category::ALL`.
        found.sort_by(|a, b| b.top_score().total_cmp(&a.top_score()));
        found
    }

    fn best(self, limit: usize) -> Hits {
        let Self { category, candidates, pinned, scored } = self;
        let hit = |scored: &Scored| Hit { article: scored.article, score: scored.score };
        let alone = candidates.iter().map(|candidate| candidate.scored.alone);
        let nearest = alone.chain(pinned.iter().map(|pinned| pinned.alone)).fold(f32::NEG_INFINITY, f32::max);
        let best = candidates.iter().map(|candidate| hit(&candidate.scored)).collect();
        let pinned = pinned.iter().map(hit).collect();
        Hits { category, best, pinned, nearest, scored }.cut(limit)
    }
}
