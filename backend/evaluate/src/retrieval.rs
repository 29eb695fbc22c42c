//! How well worn articles are found. In: a retrieval [`TestSet`] and the networks. Out: a [`RetrievalReport`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use palette::Lab;
use serde::Serialize;
use stl_types::Category;
use stl_vision::Segmenter;

use crate::articles::Articles;
use crate::baselines::{Method, imagenet};
use crate::bootstrap::Resamples;
use crate::look::{Look, Seen, View};
use crate::metrics::{Answer, Colours, Place, TOP, best, category_precision, lots, rank};
use crate::summary::{Located, Row};
use crate::testset::{Garment, Query, TestSet};
use crate::{EvaluateError, PictureProblem, Progress, colour};
use stl_server::matching::MatchWeights;
use stl_server::networks::encode::{EncodeError, FashionDna, QueryEncoder};
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// Kinds of query.
    pub views: Vec<View>,
    /// Ways to score.
    pub methods: Vec<Method>,
    /// The ImageNet encoder, without which its rows are left out.
    pub imagenet: Option<PathBuf>,
    /// Pictures that are worked on at once.
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
    /// The table's rows.
    rows: Vec<(Method, Option<View>)>,
    threads: usize,
}

/// What was measured on one test set.
#[derive(Clone, Debug, Serialize)]
pub struct RetrievalReport {
    /// The set's name.
    pub name: String,
    /// What it holds.
    pub about: String,
    /// Articles in the catalogue, by category.
    pub articles: BTreeMap<Category, usize>,
    /// Photos.
    pub queries: usize,
    /// Garments worn in them.
    pub garments: usize,
    /// A row for each method and kind of query that the set allows.
    pub rows: Vec<Row>,
}

/// A worn garment and what is known of it.
struct Truth {
    garment: Garment,
    colour: Option<Lab>,
    /// ΔE of random articles of its category, empty without a colour.
    random: Arc<[f32]>,
}

impl Retrieval {
    /// Loads the networks.
    ///
    /// # Errors
    /// When one cannot be loaded.
    pub fn load(models: &Models, options: &Options) -> Result<Self, EvaluateError> {
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
        let articles = Articles::describe(&set.articles, weights, &self.fashion_dna, imagenet, self.threads, progress)?;
        let mut answers: Vec<Vec<Located>> = vec![Vec::new(); self.rows.len()];
        let queries: Vec<(usize, &Query)> = set.queries.iter().enumerate().collect();
        let work = |&(position, query): &(usize, &Query)| self.answers(position, query, &articles);
        for_each_in_order(&queries, self.threads, work, |index, outcome| {
            for (row, located) in outcome? {
                answers[row].push(located);
            }
            progress("queries", index + 1, queries.len());
            Ok::<(), EvaluateError>(())
        })?;
        Ok(RetrievalReport {
            name: set.name.clone(),
            about: set.about.clone(),
            articles: Category::ALL.into_iter().map(|category| (category, articles.of(category).len())).collect(),
            queries: set.queries.len(),
            garments: set.queries.iter().map(|query| query.garments.len()).sum(),
            rows: self.summed_up(answers, set, progress),
        })
    }

    fn summed_up(&self, answers: Vec<Vec<Located>>, set: &TestSet, progress: Progress<'_>) -> Vec<Row> {
        let resamples = Resamples::new(set.queries.len());
        let rows: Vec<_> = self.rows.iter().zip(answers).filter(|(_, answers)| !answers.is_empty()).collect();
        let sum_up = |(row, answers): &(&(Method, Option<View>), Vec<Located>)| {
            Row::new(**row, answers, &set.queries, &resamples)
        };
        let mut summed_up = Vec::with_capacity(rows.len());
        let outcome = for_each_in_order(&rows, self.threads, sum_up, |index, row| {
            summed_up.push(row);
            progress("rows", index + 1, rows.len());
            Ok::<(), std::convert::Infallible>(())
        });
        match outcome {
            Ok(()) => summed_up,
        }
    }

    /// Every row's answers for one photo.
    fn answers(
        &self,
        position: usize,
        query: &Query,
        articles: &Articles,
    ) -> Result<Vec<(usize, Located)>, EvaluateError> {
        let look = Look::open(&self.segmenter, query)?;
        let truths: Vec<Truth> = query
            .garments
            .iter()
            .enumerate()
            .map(|(number, &garment)| {
                let colour = look.colour(garment.category);
                let drawn = lots(articles.of(garment.category), position, number);
                Truth { garment, colour, random: distances(colour, &drawn, articles).into() }
            })
            .collect();
        let mut answers = Vec::new();
        let mut answer = |row: usize, truth: &Truth, answer: Answer| {
            answers.push((row, Located { query: position, category: truth.garment.category, answer }));
        };
        for (row, &(method, _)) in self.rows.iter().enumerate().filter(|(_, (_, view))| view.is_none()) {
            for truth in &truths {
                if let Some(without_query) = without_query(method, truth, articles) {
                    answer(row, truth, without_query);
                }
            }
        }
        for view in [View::Garment, View::GarmentTrue, View::Person, View::Photo] {
            let rows = || self.rows.iter().enumerate().filter(|(_, row)| row.1 == Some(view));
            if rows().next().is_none() {
                continue;
            }
            // A view of the whole photo is one query for all garments.
            let asked = if view.is_of_one_garment() { truths.chunks(1) } else { truths.chunks(truths.len().max(1)) };
            for truths in asked {
                let named = |problem: PictureProblem| problem.of(&query.photo);
                let Some(seen) = look.see(view, truths[0].garment.category).map_err(named)? else { continue };
                let asked = view.is_of_one_garment().then(|| truths[0].garment.category);
                for (row, &(method, _)) in rows() {
                    let scores = self.scores(method, &seen, asked, articles).map_err(|error| named(error.into()))?;
                    for truth in truths {
                        answer(row, truth, judged(scores.as_deref(), seen.is_found, truth, articles));
                    }
                }
            }
        }
        Ok(answers)
    }

    /// A score for each article, none for a query that shows nothing. Asked for one garment, the match compares every
    /// article with the f(I) of its category; asked for a person, with the f(I) of the article's.
    fn scores(
        &self,
        method: Method,
        seen: &Seen,
        asked: Option<Category>,
        articles: &Articles,
    ) -> Result<Option<Vec<f32>>, EncodeError> {
        let cosines = |network: Option<&FashionDna>, with: &crate::baselines::Directions| {
            let Some(network) = network else { return Ok(None) };
            Ok(Some(with.cosines(&network.encode(&self.query_encoder.cropped(&seen.picture)?)?)))
        };
        let scores = match method {
            Method::Match => self
                .query_encoder
                .encode(&seen.picture)
                .map(|query| Some(articles.matcher.exact_scores(|category| query.of(asked.unwrap_or(category))))),
            Method::FashionDna => cosines(Some(&self.fashion_dna), &articles.fashion_dna),
            Method::Imagenet => cosines(self.imagenet.as_ref(), &articles.imagenet),
            Method::Histogram => {
                let query = colour::histogram(seen.pixels.iter().copied());
                let rows = articles.histograms.chunks_exact(colour::HISTOGRAM);
                Ok(Some(rows.map(|row| colour::intersection(&query, row)).collect()))
            }
            Method::MeanColour => Ok(colour::mean(seen.pixels.iter().copied()).map(|mean| nearness(mean, articles))),
            Method::Random | Method::ColourOracle => Ok(None),
        };
        match scores {
            Err(EncodeError::Blank) => Ok(None),
            other => other,
        }
    }
}

/// The methods, in the table's order.
const METHODS: [Method; 7] = [
    Method::Match,
    Method::Random,
    Method::Histogram,
    Method::Imagenet,
    Method::FashionDna,
    Method::MeanColour,
    Method::ColourOracle,
];

/// The answers of what looks at no picture of the query's own.
fn without_query(method: Method, truth: &Truth, articles: &Articles) -> Option<Answer> {
    let category = truth.garment.category;
    if method == Method::ColourOracle {
        return truth.colour.map(|colour| judged(Some(&nearness(colour, articles)), true, truth, articles));
    }
    let (of_category, all) = (articles.of(category).len(), articles.all.len());
    Some(Answer {
        place: truth.garment.article.map(|_| Place::by_chance(of_category)),
        category_precision: of_category as f64 / all.max(1) as f64,
        colours: truth.colours(truth.random.to_vec()),
        is_found: true,
    })
}

/// Compares scores with what was worn.
fn judged(scores: Option<&[f32]>, is_found: bool, truth: &Truth, articles: &Articles) -> Answer {
    let Garment { category, article } = truth.garment;
    let of_category = articles.of(category);
    let Some(scores) = scores else {
        let place = article.map(|_| Place::nowhere(of_category.len()));
        return Answer { place, category_precision: 0.0, colours: None, is_found: false };
    };
    let first = best(scores, &articles.all, TOP);
    Answer {
        place: article.map(|worn| Place::at(rank(scores, of_category, worn), of_category.len())),
        category_precision: category_precision(&first, &articles.categories, category),
        colours: truth.colours(distances(truth.colour, &best(scores, of_category, TOP), articles)),
        is_found,
    }
}

impl Truth {
    /// The distances beside those of random articles, if there is something to compare.
    fn colours(&self, best: Vec<f32>) -> Option<Colours> {
        (!best.is_empty()).then(|| Colours { best, random: Arc::clone(&self.random) })
    }
}

/// ΔE between a garment's colour and each of some articles; empty without a colour.
fn distances(colour: Option<Lab>, of: &[usize], articles: &Articles) -> Vec<f32> {
    colour.map_or_else(Vec::new, |colour| {
        of.iter().map(|&article| colour::delta_e(colour, articles.colours[article])).collect()
    })
}

/// Each article's −ΔE to a colour.
fn nearness(colour: Lab, articles: &Articles) -> Vec<f32> {
    articles.colours.iter().map(|&other| -colour::delta_e(colour, other)).collect()
}
