//! The articles of a garment's row, without a limit of cards. In: a [`RowPlan`] and the articles. Out: [`RowScores`].

use stl_server::pipeline::recognise::RecognisedGarment;
use stl_server::pipeline::rows::{RowPlan, calibrated};

use crate::articles::DescribedArticles;

/// The scores of a row.
#[derive(Clone, Debug)]
pub struct RowScores {
    /// The articles of the row's categories, in the test set's order.
    pub articles: Vec<usize>,
    /// A score for each article of the test set that orders the row; −∞ for those that are not in it.
    pub scores: Vec<f32>,
    /// The match's score of each article of the test set, whatever its category.
    pub of_match: Vec<f32>,
}

impl RowScores {
    /// Scores all articles with the garment of a row.
    #[must_use]
    pub fn new(row: &RowPlan<'_>, garment: &RecognisedGarment, articles: &DescribedArticles) -> Self {
        let of_match = articles.matcher.exact_scores(|category| garment.embedding.for_category(category));
        let likely = |article: usize| {
            let category = articles.categories[article];
            row.likely().iter().find(|likely| likely.category == category)
        };
        let score = |article: usize| {
            likely(article).map_or(f32::NEG_INFINITY, |likely| calibrated(of_match[article], likely.probability))
        };
        Self {
            articles: articles.all.iter().copied().filter(|&article| likely(article).is_some()).collect(),
            scores: articles.all.iter().map(|&article| score(article)).collect(),
            of_match,
        }
    }
}
