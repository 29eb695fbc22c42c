//! The same photo searched by numbers, as by a browser that sends no picture. In: a [`Look`], and what was found with its cutout. Out: what
//! numbers find, and how much of it is the same.
//!
//! The numbers take the way of `POST /api/v1/search` as `application/json`: embeddings are rounded and packed as the browser packs them, written
//! as JSON, and read and checked as the server does. The networks run here: the browser's kernels are compared with these in the tests of
//! parity.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::Serialize;
use stl_server::networks::encode::{EncodeError, QueryEmbedding, QueryEncoder};
use stl_server::pipeline::garment::garment_cutout;
use stl_server::pipeline::look::{Look, Subject};
use stl_server::pipeline::recognise::{RecognisedGarment, Recogniser, replaced};
use stl_server::pipeline::rows::RowPlan;
use stl_server::pipeline::told::Told;
use stl_types::wire::{NumbersGarment, NumbersSearch, Packed, SeenGarment};
use stl_types::{Category, Rect};
use stl_vision::NetworkError;

use crate::articles::DescribedArticles;
use crate::bootstrap::{Estimate, Resamples, Samples};
use crate::error::PictureProblem;
use crate::metrics::top_k;
use crate::rows::RowScores;
use crate::way::{RankFigures, WayAnswer};

/// Articles of a row that are compared: the most cards that a row has.
const COMPARED: usize = 50;

/// How much a search by numbers differs from one by the cutout.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NumbersFigures {
    /// Rows of garments.
    pub garment_rows: usize,
    /// Mean share of the first 50 articles of a garment's row that both ways have among them.
    pub common: Option<Estimate>,
    /// The lowest share of a garment's row.
    pub lowest_common: Option<f64>,
    /// Rows of categories that were not seen.
    pub other_rows: usize,
    /// Mean share of their first 50 articles that both ways have among them.
    pub other_common: Option<Estimate>,
    /// The worn article's rank in its row by numbers.
    pub row: RankFigures,
    /// The shares of [`NumbersFigures::row`] less those by the cutout, over the same garments.
    pub row_difference: RankFigures,
}

/// What became of a photo by numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct NumbersAnswers {
    /// In the order of those by the cutout.
    pub(super) answers: Vec<WayAnswer>,
    /// Of each garment's row, the share of articles in common.
    pub(super) common: Vec<f64>,
    /// Of each other row.
    pub(super) other_common: Vec<f64>,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowOf {
    /// A garment, by its number in the look.
    Garment(usize),
    /// A category that was not seen.
    Category(Category),
}

/// The first [`COMPARED`] articles of each row.
pub(super) type FirstArticles = BTreeMap<RowOf, Vec<usize>>;

/// The numbers that a browser sends of a look, read by the server.
///
/// # Errors
/// When the cutout is white, the network fails, or the server refuses the numbers.
pub(super) fn told(recogniser: &Recogniser, look: &Look) -> Result<Told, PictureProblem> {
    let body = serde_json::to_vec(&sent(recogniser.encoder(), look)?).map_err(refused)?;
    let read: NumbersSearch = serde_json::from_slice(&body).map_err(refused)?;
    recogniser.told(&read, Subject::Person).map_err(refused)
}

fn refused(error: impl Display) -> PictureProblem {
    PictureProblem::Numbers(error.to_string())
}

/// What a browser sends of a look: the steps of `frontend/encoder/src/numbers.rs`.
fn sent(encoder: &QueryEncoder, look: &Look) -> Result<NumbersSearch, EncodeError> {
    let (cutout, spec) = (look.cutout(), encoder.spec());
    let mut pictures = vec![encoder.cropped(cutout)?];
    let mut garments = Vec::with_capacity(look.garments().len());
    for garment in look.garments() {
        // A white garment on white has no content of its own.
        let content = match encoder.cropped(&garment_cutout(cutout, garment.region.as_slice())) {
            Err(EncodeError::Blank) => None,
            content => Some(content?),
        };
        let Rect { left, top, width, height } = garment.region.bounds();
        let (share, layer, outerwear) = (garment.share as f32, garment.layer, garment.votes.is_outerwear());
        let seen = SeenGarment { left, top, width, height, share, layer, outerwear };
        let votes = *garment.votes.as_array();
        garments.push((NumbersGarment { seen, votes, embedding: None }, content.is_some()));
        pictures.extend(content);
    }
    let mut embeddings = encoder.encode_all(&pictures)?.into_iter().map(|embedding| Packed::of(embedding.values()));
    let whole = embeddings.next().ok_or_else(|| NetworkError::Run("no output".to_owned()))?;
    let garments = garments.into_iter().map(|(garment, is_encoded)| {
        let embedding = if is_encoded { embeddings.next() } else { None };
        NumbersGarment { embedding, ..garment }
    });
    Ok(NumbersSearch {
        network: spec.sha256.clone(),
        width: cutout.width(),
        height: cutout.height(),
        whole,
        garments: garments.collect(),
        article: None,
    })
}

/// The first articles of the rows of a photo, garments' and others. `person` is f(I) of the whole person, if there is one.
pub(super) fn first_articles(
    rows: &[RowPlan<'_>],
    garments: &[RecognisedGarment],
    person: Option<&QueryEmbedding>,
    articles: &DescribedArticles,
) -> FirstArticles {
    let first = |row: &RowPlan<'_>| {
        if let Some(garment) = row.garment() {
            let RowScores { scores, articles, .. } = RowScores::new(row, garment, articles);
            return Some((RowOf::Garment(garment.index), top_k(&scores, &articles, COMPARED)));
        }
        let category = row.likely().first()?.category;
        let embedding = replaced(garments, category).map(|garment| &garment.embedding).or(person)?;
        let scores = articles.matcher.exact_scores(|of_article| embedding.for_category(of_article));
        Some((RowOf::Category(category), top_k(&scores, articles.in_category(category), COMPARED)))
    };
    rows.iter().filter_map(first).collect()
}

/// For each row of either way, the share of articles that both have: of garments' rows, and of the others.
pub(super) fn common(by_cutout: &FirstArticles, by_numbers: &FirstArticles) -> (Vec<f64>, Vec<f64>) {
    let (mut of_garments, mut of_others) = (Vec::new(), Vec::new());
    let all: BTreeSet<RowOf> = by_cutout.keys().chain(by_numbers.keys()).copied().collect();
    let none = Vec::new();
    for row in all {
        let [a, b] = [by_cutout, by_numbers].map(|found| found.get(&row).unwrap_or(&none));
        let both = a.iter().filter(|article| b.contains(article)).count();
        let share = both as f64 / a.len().max(b.len()).max(1) as f64;
        match row {
            RowOf::Garment(_) => of_garments.push(share),
            RowOf::Category(_) => of_others.push(share),
        }
    }
    (of_garments, of_others)
}

impl NumbersFigures {
    /// Of the photos of a set: `by_cutout` are the answers of all photos in their order, `by_numbers` those of each photo.
    pub(super) fn new(by_cutout: &[WayAnswer], by_numbers: &[(usize, NumbersAnswers)], resamples: &Resamples) -> Self {
        let shares = |of: fn(&NumbersAnswers) -> &[f64]| -> Vec<(usize, f64)> {
            let of_photo = |(photo, found): &(usize, NumbersAnswers)| {
                let photo = *photo;
                of(found).iter().map(move |share| (photo, *share)).collect::<Vec<_>>()
            };
            by_numbers.iter().flat_map(of_photo).collect()
        };
        let mean = |shares: &[(usize, f64)]| {
            let samples: Samples = shares.iter().copied().collect();
            resamples.estimate(|counts| samples.mean(counts))
        };
        let (common, other_common) = (shares(|found| &found.common[..]), shares(|found| &found.other_common[..]));
        let answers: Vec<WayAnswer> = by_numbers.iter().flat_map(|(_, found)| found.answers.iter().copied()).collect();
        let difference = |depth: usize| {
            let pairs = by_cutout.iter().zip(&answers);
            let differences =
                pairs.map(|(cutout, numbers)| (cutout.photo, numbers.row.within[depth] - cutout.row.within[depth]));
            mean(&differences.collect::<Vec<_>>())
        };
        Self {
            garment_rows: common.len(),
            common: mean(&common),
            lowest_common: common.iter().map(|(_, share)| *share).min_by(f64::total_cmp),
            other_rows: other_common.len(),
            other_common: mean(&other_common),
            row: RankFigures::new(&answers, resamples, |answer| answer.row),
            row_difference: RankFigures::of_depths(difference),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::WornRank;

    #[test]
    fn a_row_that_only_one_way_has_has_nothing_in_common() {
        let rows = |rows: &[(RowOf, &[usize])]| -> FirstArticles {
            rows.iter().map(|(row, articles)| (*row, articles.to_vec())).collect()
        };
        let by_cutout = rows(&[
            (RowOf::Garment(0), &[1, 2, 3, 4]),
            (RowOf::Garment(1), &[5, 6]),
            (RowOf::Category(Category::Tops), &[7]),
        ]);
        let by_numbers = rows(&[(RowOf::Garment(0), &[4, 3, 9, 1]), (RowOf::Category(Category::Tops), &[7])]);
        assert_eq!(common(&by_cutout, &by_numbers), (vec![0.75, 0.0], vec![1.0]));
        assert_eq!(common(&by_cutout, &by_cutout), (vec![1.0, 1.0], vec![1.0]));
    }

    #[test]
    fn differences_are_of_the_same_garments() {
        let answer = |photo, rank| WayAnswer {
            photo,
            category: Category::Tops,
            is_found: true,
            is_in_row: true,
            best: 0.0,
            row: WornRank::at(rank, 90),
            category_free: WornRank::at(rank, 90),
        };
        let by_cutout = [answer(0, 1), answer(1, 10), answer(1, 60), answer(2, 3)];
        let of_photo = |answers: &[WayAnswer], common: &[f64]| NumbersAnswers {
            answers: answers.to_vec(),
            common: common.to_vec(),
            other_common: Vec::new(),
        };
        let by_numbers = [
            (0, of_photo(&[answer(0, 2)], &[1.0])),
            (1, of_photo(&[answer(1, 11), answer(1, 50)], &[0.96, 1.0])),
            (2, of_photo(&[answer(2, 3)], &[0.98])),
        ];
        let figures = NumbersFigures::new(&by_cutout, &by_numbers, &Resamples::new(3));
        let values =
            |ranks: RankFigures| [ranks.top_1, ranks.top_10, ranks.top_50].map(|share| share.expect("a share").value);
        assert_eq!(values(figures.row), [0.0, 0.5, 1.0]);
        assert_eq!(values(figures.row_difference), [-0.25, -0.25, 0.25]);
        assert_eq!((figures.garment_rows, figures.lowest_common), (4, Some(0.96)));
        assert!((figures.common.expect("a share").value - 0.985).abs() < 1e-9);
        assert_eq!((figures.other_rows, figures.other_common), (0, None));
    }
}
