//! What a search returns: [`Hits`] for each category.

use stl_types::Category;

/// An article and its final score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Index of the article in the order that the matcher was built with.
    pub article: usize,
    /// The match's score, a logit, with what the query adds to it.
    pub score: f32,
}

impl Hit {
    /// The better one first: the higher score; of equal scores, the article that comes first in the catalogue's order.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.score.total_cmp(&self.score).then(self.article.cmp(&other.article))
    }
}

/// The best articles of one category.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// The category.
    pub category: Category,
    /// Best first; of equal scores, the article that comes first in the catalogue's order.
    pub best: Vec<Hit>,
    /// The pinned articles of this category that the query's selection allows, in the query's order. They may be among the best as well.
    pub pinned: Vec<Hit>,
    /// The highest score of the match alone among the candidates: without what the query adds.
    pub nearest: f32,
    /// How many articles of this category the query's selection allows. All of them were scored.
    pub scored: usize,
}

impl Hits {
    /// Sorts the best and cuts them to `limit`.
    pub(super) fn cut(mut self, limit: usize) -> Self {
        self.best.sort_unstable_by(Hit::order);
        self.best.truncate(limit);
        self
    }

    /// The score of the best hit.
    pub(super) fn top_score(&self) -> f32 {
        self.best.first().map_or(f32::NEG_INFINITY, |hit| hit.score)
    }
}
