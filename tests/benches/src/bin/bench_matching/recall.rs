//! How many of the best articles by the float32 reference a search finds. In: a matcher, queries. Out: counts.

use stl_server::matching::{MatchQuery, Matcher};
use stl_types::Category;

/// Articles that were found, and articles that the reference finds.
#[derive(Clone, Copy, Default)]
pub(super) struct Recall {
    found: usize,
    wanted: usize,
}

impl Recall {
    /// Searches with each query and compares each category's hits with the reference. `categories` are those of the matcher's
    /// articles.
    pub(super) fn measure(matcher: &Matcher, categories: &[Category], queries: &[MatchQuery]) -> Self {
        let mut recall = Self::default();
        for query in queries {
            let embedding = |category| {
                &query.embeddings.iter().find(|(known, _)| *known == category).expect("all categories").1[..]
            };
            let scores = matcher.exact_scores(embedding);
            for hits in matcher.search(std::slice::from_ref(query)).pop().unwrap_or_default() {
                let in_category = categories.iter().zip(&scores).filter(|(category, _)| **category == hits.category);
                let mut in_category: Vec<f32> = in_category.map(|(_, &score)| score).collect();
                let last = hits.best.len().min(in_category.len()) - 1;
                let (_, lowest, _) = in_category.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
                recall.found += hits.best.iter().filter(|hit| hit.score >= *lowest).count();
                recall.wanted += hits.best.len();
            }
        }
        recall
    }

    /// The counts of both.
    pub(super) const fn joined(self, other: Self) -> Self {
        Self { found: self.found + other.found, wanted: self.wanted + other.wanted }
    }

    /// The share that was found.
    pub(super) fn share(self) -> f64 {
        self.found as f64 / self.wanted as f64
    }
}
