//! How well worn articles are found. In: a retrieval [`TestSet`] and the networks. Out: a [`RetrievalReport`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use stl_server::matching::MatchWeights;
use stl_server::networks::encode::{FashionDna, QueryEncoder};
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_types::Category;
use stl_vision::Segmenter;

use crate::articles::DescribedArticles;
use crate::baselines::{Method, imagenet};
use crate::bootstrap::Resamples;
use crate::error::EvaluateError;
use crate::look::View;
use crate::progress::Progress;
use crate::summary::{LocatedAnswer, ReportRow};
use crate::testset::{TestQuery, TestSet};

mod answer;
mod photo;
mod scores;

/// What is measured.
#[derive(Clone, Debug)]
pub struct RetrievalOptions {
    /// Kinds of query.
    pub views: Vec<View>,
    /// Ways to score.
    pub methods: Vec<Method>,
    /// The file of the ImageNet encoder; `None` leaves out its rows.
    pub imagenet: Option<PathBuf>,
    /// Number of pictures to work on at a time.
    pub threads: usize,
}

/// The networks, ready to be measured on any test set.
#[derive(Debug)]
pub struct Retrieval {
    segmenter: Segmenter,
    query_encoder: QueryEncoder,
    fashion_dna: FashionDna,
    imagenet: Option<FashionDna>,
    weights: MatchWeights,
    /// The rows of the report.
    rows: Vec<(Method, Option<View>)>,
    threads: usize,
}

/// What was measured on one test set.
#[derive(Clone, Debug, Serialize)]
pub struct RetrievalReport {
    /// The set's name.
    pub name: String,
    /// What the set holds.
    pub about: String,
    /// Articles in the catalogue, by category.
    pub articles: BTreeMap<Category, usize>,
    /// Number of photos.
    pub queries: usize,
    /// Garments worn in them.
    pub garments: usize,
    /// A row for each method and kind of query that the set allows.
    pub rows: Vec<ReportRow>,
}

/// The methods, in the report's order.
const METHODS: [Method; 7] = [
    Method::Match,
    Method::Random,
    Method::Histogram,
    Method::Imagenet,
    Method::FashionDna,
    Method::MeanColour,
    Method::ColourOracle,
];

impl Retrieval {
    /// Loads the networks.
    ///
    /// # Errors
    /// When one cannot be loaded.
    pub fn load(models: &Models, options: &RetrievalOptions) -> Result<Self, EvaluateError> {
        let network = options.imagenet.as_deref().map(imagenet).transpose()?;
        let is_wanted =
            |method: &Method| options.methods.contains(method) && (*method != Method::Imagenet || network.is_some());
        let rows_of = |method: Method| -> Vec<(Method, Option<View>)> {
            match method.views() {
                [] => vec![(method, None)],
                views => {
                    let wanted = views.iter().filter(|view| options.views.contains(view));
                    wanted.map(|&view| (method, Some(view))).collect()
                }
            }
        };
        Ok(Self {
            segmenter: models.segmenter()?,
            query_encoder: models.query_encoder()?,
            fashion_dna: models.fashion_dna()?,
            weights: models.match_weights()?,
            rows: METHODS.into_iter().filter(is_wanted).flat_map(rows_of).collect(),
            imagenet: network,
            threads: options.threads,
        })
    }

    /// Measures a test set.
    ///
    /// # Errors
    /// When one of its pictures cannot be used.
    pub fn measure(&self, set: &TestSet, progress: Progress<'_>) -> Result<RetrievalReport, EvaluateError> {
        let (weights, imagenet) = (self.weights.clone(), self.imagenet.as_ref());
        let articles =
            DescribedArticles::new(&set.articles, weights, &self.fashion_dna, imagenet, self.threads, progress)?;
        let mut answers: Vec<Vec<LocatedAnswer>> = vec![Vec::new(); self.rows.len()];
        let queries: Vec<(usize, &TestQuery)> = set.queries.iter().enumerate().collect();
        let work = |&(index, query): &(usize, &TestQuery)| self.answer_photo(index, query, &articles);
        for_each_in_order(&queries, self.threads, work, |index, outcome| {
            for (row, answer) in outcome? {
                answers[row].push(answer);
            }
            progress("queries", index + 1, queries.len());
            Ok::<(), EvaluateError>(())
        })?;
        let count = |category| (category, articles.in_category(category).len());
        Ok(RetrievalReport {
            name: set.name.clone(),
            about: set.about.clone(),
            articles: Category::ALL.into_iter().map(count).collect(),
            queries: set.queries.len(),
            garments: set.queries.iter().map(|query| query.garments.len()).sum(),
            rows: self.summarise(answers, set, progress),
        })
    }

    fn summarise(&self, answers: Vec<Vec<LocatedAnswer>>, set: &TestSet, progress: Progress<'_>) -> Vec<ReportRow> {
        let resamples = Resamples::new(set.queries.len());
        let rows: Vec<_> = self.rows.iter().zip(answers).filter(|(_, answers)| !answers.is_empty()).collect();
        let summarise = |(row, answers): &(&(Method, Option<View>), Vec<LocatedAnswer>)| {
            ReportRow::new(**row, answers, &set.queries, &resamples)
        };
        let mut report = Vec::with_capacity(rows.len());
        let outcome = for_each_in_order(&rows, self.threads, summarise, |index, row| {
            report.push(row);
            progress("rows", index + 1, rows.len());
            Ok::<(), std::convert::Infallible>(())
        });
        match outcome {
            Ok(()) => report,
        }
    }
}
