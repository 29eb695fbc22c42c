//! The whole way of a visitor's photo. In: a retrieval [`TestSet`] with label maps, and the networks. Out: a [`WayReport`].
//!
//! Photo → segmenter → garments → rows, as the server answers them. The worn garment's row is the one whose region overlaps its true
//! region most. The worn article is ranked among all articles of that row, without a limit of cards.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;
use stl_server::matching::MatchWeights;
use stl_server::networks::category_head::CategoryHead;
use stl_server::networks::encode::FashionDna;
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_server::pipeline::recognise::Recogniser;
use stl_types::Category;
use stl_vision::Segmenter;

use crate::articles::DescribedArticles;
use crate::bootstrap::{Estimate, Resamples, Samples};
use crate::error::EvaluateError;
use crate::metrics::WornRank;
use crate::progress::Progress;
use crate::testset::{TestQuery, TestSet};

mod numbers;
mod photo;

pub use numbers::NumbersFigures;

/// Where the articles' categories come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ArticleCategories {
    /// The test set.
    #[default]
    Given,
    /// FashionDNA's most probable category of each picture, as for a feed without categories; nothing is left out as unsure. For sets
    /// whose articles are known by their part of the body only.
    Predicted,
}

/// The networks of the whole way.
#[derive(Debug)]
pub struct Way {
    segmenter: Segmenter,
    recogniser: Recogniser,
    fashion_dna: FashionDna,
    weights: MatchWeights,
    /// Present if categories are predicted.
    categories: Option<CategoryHead>,
    /// Whether each photo is searched by numbers as well.
    by_numbers: bool,
    threads: usize,
}

/// What was measured on one test set.
#[derive(Clone, Debug, Serialize)]
pub struct WayReport {
    /// The set's name.
    pub name: String,
    /// What the set holds.
    pub about: String,
    /// Where the articles' categories come from.
    pub article_categories: ArticleCategories,
    /// Articles in the catalogue, by these categories.
    pub articles: BTreeMap<Category, usize>,
    /// Number of photos.
    pub photos: usize,
    /// Mean number of garments' rows of a photo.
    pub rows_per_photo: Option<Estimate>,
    /// Over all garments whose article is known.
    pub all: WayFigures,
    /// By the garment's category in the test set.
    pub by_category: BTreeMap<Category, WayFigures>,
    /// How much a search by numbers differs, if that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_numbers: Option<NumbersFigures>,
}

/// Figures over some garments whose article is known.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WayFigures {
    /// Number of garments.
    pub garments: usize,
    /// Share of garments with a row: one whose region overlaps the true one.
    pub found: Option<Estimate>,
    /// Share of garments whose article is of a category of their row.
    pub in_row: Option<Estimate>,
    /// The article's rank among all articles of the row. A garment without a row, or with a row without its article, is a miss.
    pub row: RankFigures,
    /// The match's score that the best article reaches in 95 % of the rows that have the worn article among their first ten; a floor for
    /// `weak_below` in the manifest. None of fewer than 20 rows.
    pub weak_below: Option<f32>,
    /// The article's rank among all articles for the same part of the body, by the match's score alone. A garment without a row is a miss.
    pub category_free: RankFigures,
}

/// Shares of garments whose article is within a rank.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RankFigures {
    /// First.
    pub top_1: Option<Estimate>,
    /// Within the first 10.
    pub top_10: Option<Estimate>,
    /// Within the first 50.
    pub top_50: Option<Estimate>,
}

/// What became of one worn garment.
#[derive(Clone, Copy, Debug, PartialEq)]
struct WayAnswer {
    photo: usize,
    category: Category,
    is_found: bool,
    is_in_row: bool,
    /// The match's score of the best article of the row.
    best: f32,
    row: WornRank,
    category_free: WornRank,
}

impl Way {
    /// Loads the networks.
    ///
    /// # Errors
    /// When one cannot be loaded, or categories shall be predicted and there is no head for it.
    pub fn load(models: &Models, categories: ArticleCategories, threads: usize) -> Result<Self, EvaluateError> {
        let categories = match categories {
            ArticleCategories::Given => None,
            ArticleCategories::Predicted => Some(models.category_head()?.ok_or(EvaluateError::NoCategoryHead)?),
        };
        Ok(Self {
            segmenter: models.segmenter()?,
            recogniser: Recogniser::load(models)?,
            fashion_dna: models.fashion_dna()?,
            weights: models.match_weights()?,
            categories,
            by_numbers: false,
            threads,
        })
    }

    /// The same networks, which also search each photo by numbers, as a browser sends them.
    #[must_use]
    pub fn also_by_numbers(self) -> Self {
        Self { by_numbers: true, ..self }
    }

    /// Measures a test set.
    ///
    /// # Errors
    /// When one of its pictures cannot be used.
    pub fn measure(&self, set: &TestSet, progress: Progress<'_>) -> Result<WayReport, EvaluateError> {
        let weights = self.weights.clone();
        let mut articles =
            DescribedArticles::new(&set.articles, weights, &self.fashion_dna, None, self.threads, progress)?;
        if let Some(head) = &self.categories {
            articles = articles.with_categories(self.weights.clone(), |feature| head.most_probable(feature))?;
        }
        let queries: Vec<(usize, &TestQuery)> = set.queries.iter().enumerate().collect();
        let (mut rows, mut answers) = (Vec::with_capacity(queries.len()), Vec::new());
        let mut by_numbers = Vec::with_capacity(queries.len());
        let work = |&(photo, query): &(usize, &TestQuery)| self.answer_photo(photo, query, set, &articles);
        for_each_in_order(&queries, self.threads, work, |index, outcome| {
            let of_photo = outcome?;
            rows.push((index, of_photo.rows as f64));
            answers.extend(of_photo.answers);
            by_numbers.extend(of_photo.by_numbers.map(|found| (index, found)));
            progress("photos", index + 1, queries.len());
            Ok::<(), EvaluateError>(())
        })?;
        let resamples = Resamples::new(queries.len());
        let rows: Samples = rows.into_iter().collect();
        let mut by_category: BTreeMap<Category, Vec<WayAnswer>> = BTreeMap::new();
        for answer in &answers {
            by_category.entry(answer.category).or_default().push(*answer);
        }
        let figures = |answers: &[WayAnswer]| WayFigures::new(answers, &resamples);
        Ok(WayReport {
            name: set.name.clone(),
            about: set.about.clone(),
            article_categories: match self.categories {
                Some(_) => ArticleCategories::Predicted,
                None => ArticleCategories::Given,
            },
            articles: Category::ALL.map(|category| (category, articles.in_category(category).len())).into(),
            photos: queries.len(),
            rows_per_photo: resamples.estimate(|counts| rows.mean(counts)),
            all: figures(&answers),
            by_category: by_category.into_iter().map(|(category, answers)| (category, figures(&answers))).collect(),
            by_numbers: self.by_numbers.then(|| NumbersFigures::new(&answers, &by_numbers, &resamples)),
        })
    }
}

impl WayFigures {
    fn new(answers: &[WayAnswer], resamples: &Resamples) -> Self {
        let mean = |value: &dyn Fn(&WayAnswer) -> f64| {
            let samples: Samples = answers.iter().map(|answer| (answer.photo, value(answer))).collect();
            resamples.estimate(|counts| samples.mean(counts))
        };
        Self {
            garments: answers.len(),
            found: mean(&|answer| f64::from(u8::from(answer.is_found))),
            in_row: mean(&|answer| f64::from(u8::from(answer.is_in_row))),
            row: RankFigures::new(answers, resamples, |answer| answer.row),
            weak_below: weak_below(answers),
            category_free: RankFigures::new(answers, resamples, |answer| answer.category_free),
        }
    }
}

impl RankFigures {
    fn new(answers: &[WayAnswer], resamples: &Resamples, rank: fn(&WayAnswer) -> WornRank) -> Self {
        Self::of_depths(|depth| {
            let within = answers.iter().map(|answer| (answer.photo, rank(answer).within[depth]));
            let samples: Samples = within.collect();
            resamples.estimate(|counts| samples.mean(counts))
        })
    }

    /// Of a figure for each of three positions in [`DEPTHS`](crate::metrics::DEPTHS).
    fn of_depths(figure: impl Fn(usize) -> Option<Estimate>) -> Self {
        Self { top_1: figure(0), top_10: figure(2), top_50: figure(4) }
    }
}

/// Share of the rows with the worn article among their first ten that are not called weak.
const STRONG_SHARE: f64 = 0.95;

/// Rows that a floor is measured on at least: it is the score of the weakest twentieth.
const FEWEST_ROWS: usize = 20;

fn weak_below(answers: &[WayAnswer]) -> Option<f32> {
    let is_good = |answer: &&WayAnswer| answer.row.within[2] > 0.5;
    let mut bests: Vec<f32> = answers.iter().filter(is_good).map(|answer| answer.best).collect();
    bests.sort_by(f32::total_cmp);
    let weakest = ((1.0 - STRONG_SHARE) * bests.len() as f64) as usize;
    (bests.len() >= FEWEST_ROWS).then(|| bests[weakest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_keeps_95_percent_of_the_rows_with_the_worn_article() {
        let answer = |at: usize, rank| WayAnswer {
            photo: at,
            category: Category::Tops,
            is_found: true,
            is_in_row: true,
            best: -(at as f32),
            row: WornRank::at(rank, 90),
            category_free: WornRank::at(1, 90),
        };
        let good: Vec<WayAnswer> = (0..40).map(|at| answer(at, 10)).collect();
        let with_misses: Vec<WayAnswer> = good.iter().copied().chain((40..80).map(|at| answer(at, 11))).collect();
        // Of 40 rows, two are below.
        assert_eq!(weak_below(&with_misses), Some(-37.0));
        assert_eq!(weak_below(&good[..19]), None);
    }

    #[test]
    fn a_garment_without_a_row_is_a_miss_at_every_depth() {
        let answer = |photo, is_found, row, free| WayAnswer {
            photo,
            category: Category::Tops,
            is_found,
            is_in_row: is_found,
            best: 0.0,
            row,
            category_free: free,
        };
        let answers = [
            answer(0, true, WornRank::at(1, 90), WornRank::at(12, 200)),
            answer(0, true, WornRank::at(10, 90), WornRank::at(1, 200)),
            answer(1, false, WornRank::last(3), WornRank::last(3)),
            answer(2, true, WornRank::at(51, 90), WornRank::at(50, 200)),
        ];
        let figures = WayFigures::new(&answers, &Resamples::new(3));
        let values =
            |ranks: RankFigures| [ranks.top_1, ranks.top_10, ranks.top_50].map(|share| share.expect("a share").value);
        assert_eq!(values(figures.row), [0.25, 0.5, 0.5]);
        assert_eq!(values(figures.category_free), [0.25, 0.25, 0.75]);
        assert_eq!((figures.garments, figures.found.expect("a share").value), (4, 0.75));
    }
}
