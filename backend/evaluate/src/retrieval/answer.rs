//! Compares scores with what was worn. In: a score for each article and a [`GroundTruth`]. Out: an [`Answer`].

use std::sync::Arc;

use palette::Lab;

use crate::articles::DescribedArticles;
use crate::baselines::Method;
use crate::colour;
use crate::metrics::{Answer, ColourDistances, TOP_K, WornRank, category_precision, rank, top_k};
use crate::testset::WornGarment;

/// A worn garment and what is known of it.
pub(super) struct GroundTruth {
    pub(super) garment: WornGarment,
    pub(super) colour: Option<Lab>,
    /// ΔE of random articles of its category; empty without a colour.
    pub(super) random: Arc<[f32]>,
}

impl GroundTruth {
    /// The distances of the best articles beside those of random ones, if there are any.
    fn colours(&self, best: Vec<f32>) -> Option<ColourDistances> {
        (!best.is_empty()).then(|| ColourDistances { best, random: Arc::clone(&self.random) })
    }
}

/// The answer of a method that needs no query.
pub(super) fn answer_without_query(
    method: Method,
    truth: &GroundTruth,
    articles: &DescribedArticles,
) -> Option<Answer> {
    let category = truth.garment.category;
    if method == Method::ColourOracle {
        let scores = articles.nearness_to(truth.colour?);
        return Some(answer_of_scores(Some(&scores), true, truth, articles));
    }
    let (in_category, all) = (articles.in_category(category).len(), articles.all.len());
    Some(Answer {
        rank: truth.garment.article.map(|_| WornRank::by_chance(in_category)),
        category_precision: in_category as f64 / all.max(1) as f64,
        colours: truth.colours(truth.random.to_vec()),
        is_found: true,
    })
}

/// The answer of a method with a score for each article. Without scores the worn article is the last one.
pub(super) fn answer_of_scores(
    scores: Option<&[f32]>,
    is_found: bool,
    truth: &GroundTruth,
    articles: &DescribedArticles,
) -> Answer {
    let WornGarment { category, article } = truth.garment;
    let in_category = articles.in_category(category);
    let Some(scores) = scores else {
        let rank = article.map(|_| WornRank::last(in_category.len()));
        return Answer { rank, category_precision: 0.0, colours: None, is_found: false };
    };
    let best = top_k(scores, &articles.all, TOP_K);
    Answer {
        rank: article.map(|worn| WornRank::at(rank(scores, in_category, worn), in_category.len())),
        category_precision: category_precision(&best, &articles.categories, category),
        colours: truth.colours(distances(truth.colour, &top_k(scores, in_category, TOP_K), articles)),
        is_found,
    }
}

/// ΔE between a garment's colour and each of `compared`; empty without a colour.
pub(super) fn distances(colour: Option<Lab>, compared: &[usize], articles: &DescribedArticles) -> Vec<f32> {
    colour.map_or_else(Vec::new, |colour| {
        compared.iter().map(|&article| colour::delta_e(colour, articles.colours[article])).collect()
    })
}
