//! Summarises answers. In: [`Answer`]s, each of one query. Out: [`ReportRow`]s of figures with intervals.

use std::collections::BTreeMap;

use serde::Serialize;
use stl_types::Category;

use crate::baselines::Method;
use crate::bootstrap::{Estimate, Resamples, Samples};
use crate::colour::SAME_COLOUR_DELTA_E;
use crate::look::View;
use crate::metrics::{Answer, WornRank};
use crate::testset::TestQuery;

/// One method with one kind of query.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// How the articles were scored.
    pub method: Method,
    /// The kind of query; `None` for the random order and the oracle.
    pub query: Option<View>,
    /// Over all garments.
    pub all: Summary,
    /// By the garment's category.
    pub by_category: BTreeMap<Category, Summary>,
    /// By the query's slices: name → value → figures.
    pub by_slice: BTreeMap<String, BTreeMap<String, Summary>>,
}

/// Figures over some garments. Those about ranks need garments with a known article.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Summary {
    /// Number of garments.
    pub garments: usize,
    /// Number of garments whose article is known.
    pub with_article: usize,
    /// Share of garments that the query showed. For the others it showed the whole person, or nobody.
    pub found: Option<Estimate>,
    /// Share of worn articles that rank first within their category.
    pub top_1: Option<Estimate>,
    /// Within the first 5.
    pub top_5: Option<Estimate>,
    /// Within the first 10.
    pub top_10: Option<Estimate>,
    /// Within the first 20.
    pub top_20: Option<Estimate>,
    /// Within the first 50.
    pub top_50: Option<Estimate>,
    /// Within the first hundredth of the category.
    pub top_1_percent: Option<Estimate>,
    /// Mean rank within the category, from 1.
    pub mean_rank: Option<Estimate>,
    /// Median rank within the category, from 1.
    pub median_rank: Option<Estimate>,
    /// Share of the first 10 of the whole catalogue that are of the garment's category.
    pub category_precision_10: Option<Estimate>,
    /// Median ΔE*ab between garment and each of the first 10 of its category.
    pub delta_e: Option<Estimate>,
    /// The same for 10 random articles of its category.
    pub delta_e_random: Option<Estimate>,
    /// The former over the latter.
    pub delta_e_ratio: Option<Estimate>,
    /// Share of the first 10 within ΔE*ab [`SAME_COLOUR_DELTA_E`].
    pub same_colour: Option<Estimate>,
}

/// An answer with its query and category.
#[derive(Clone, Debug)]
pub struct LocatedAnswer {
    /// The query's index in the test set.
    pub query: usize,
    /// The garment's category.
    pub category: Category,
    /// The answer.
    pub answer: Answer,
}

impl ReportRow {
    /// Summarises the answers of one method to one kind of query.
    #[must_use]
    pub fn new(
        (method, query): (Method, Option<View>),
        answers: &[LocatedAnswer],
        queries: &[TestQuery],
        resamples: &Resamples,
    ) -> Self {
        let mut by_category: BTreeMap<Category, Vec<&LocatedAnswer>> = BTreeMap::new();
        let mut by_slice: BTreeMap<String, BTreeMap<String, Vec<&LocatedAnswer>>> = BTreeMap::new();
        for answer in answers {
            by_category.entry(answer.category).or_default().push(answer);
            for (name, value) in &queries[answer.query].slices {
                by_slice.entry(name.clone()).or_default().entry(value.clone()).or_default().push(answer);
            }
        }
        let summary = |answers: &[&LocatedAnswer]| Summary::new(answers, resamples);
        Self {
            method,
            query,
            all: summary(&answers.iter().collect::<Vec<_>>()),
            by_category: by_category.into_iter().map(|(category, answers)| (category, summary(&answers))).collect(),
            by_slice: by_slice
                .into_iter()
                .map(|(name, values)| {
                    (name, values.into_iter().map(|(value, answers)| (value, summary(&answers))).collect())
                })
                .collect(),
        }
    }
}

impl Summary {
    fn new(answers: &[&LocatedAnswer], resamples: &Resamples) -> Self {
        let mean = |value: &dyn Fn(&Answer) -> Option<f64>| {
            let samples: Samples =
                answers.iter().filter_map(|at| value(&at.answer).map(|value| (at.query, value))).collect();
            resamples.estimate(|counts| samples.mean(counts))
        };
        let within = |depth: usize| mean(&move |answer| answer.rank.map(|rank| rank.within[depth]));
        let ranks: Samples =
            answers.iter().filter_map(|at| at.answer.rank.map(|WornRank { rank, .. }| (at.query, rank))).collect();
        let distances = |random: bool| -> Samples {
            let colours = answers.iter().filter_map(|at| at.answer.colours.as_ref().map(|colours| (at.query, colours)));
            colours
                .flat_map(|(query, colours)| {
                    let distances = if random { &colours.random[..] } else { &colours.best[..] };
                    distances.iter().map(move |&distance| (query, f64::from(distance)))
                })
                .collect()
        };
        let (best, random) = (distances(false), distances(true));
        let same: Samples = answers
            .iter()
            .filter_map(|at| at.answer.colours.as_ref().map(|colours| (at.query, colours)))
            .flat_map(|(query, colours)| {
                let is_same = |distance: f32| f64::from(u8::from(distance <= SAME_COLOUR_DELTA_E));
                colours.best.iter().map(move |&distance| (query, is_same(distance)))
            })
            .collect();
        Self {
            garments: answers.len(),
            with_article: ranks.len(),
            found: mean(&|answer| Some(f64::from(u8::from(answer.is_found)))),
            top_1: within(0),
            top_5: within(1),
            top_10: within(2),
            top_20: within(3),
            top_50: within(4),
            top_1_percent: mean(&|answer| answer.rank.map(|rank| rank.within_percent)),
            mean_rank: resamples.estimate(|counts| ranks.mean(counts)),
            median_rank: resamples.estimate(|counts| ranks.median(counts)),
            category_precision_10: mean(&|answer| Some(answer.category_precision)),
            delta_e: resamples.estimate(|counts| best.median(counts)),
            delta_e_random: resamples.estimate(|counts| random.median(counts)),
            delta_e_ratio: resamples.estimate(|counts| Some(best.median(counts)? / random.median(counts)?)),
            same_colour: resamples.estimate(|counts| same.mean(counts)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn located(query: usize, category: Category, rank: usize, best: &[f32]) -> LocatedAnswer {
        let colours = crate::metrics::ColourDistances { best: best.to_vec(), random: Arc::from([10.0, 40.0]) };
        let answer = Answer {
            rank: Some(WornRank::at(rank, 500)),
            category_precision: 0.5,
            colours: Some(colours),
            is_found: query == 0,
        };
        LocatedAnswer { query, category, answer }
    }

    #[test]
    fn a_row_holds_means_and_medians_by_category_and_slice() {
        let queries: Vec<TestQuery> = ["dark", "bright"]
            .into_iter()
            .map(|light| TestQuery {
                id: light.to_owned(),
                photo: "q.jpg".into(),
                labels: None,
                garments: Vec::new(),
                slices: [("light".to_owned(), light.to_owned())].into(),
            })
            .collect();
        let answers = [
            located(0, Category::Tops, 1, &[5.0, 15.0]),
            located(0, Category::Skirts, 8, &[10.0, 30.0]),
            located(1, Category::Tops, 60, &[50.0, 50.0]),
        ];
        let row = ReportRow::new((Method::Match, Some(View::Person)), &answers, &queries, &Resamples::new(2));
        let value = |estimate: Option<Estimate>| (estimate.expect("a value").value * 1e3).round() / 1e3;
        assert_eq!(value(row.all.top_1), 0.333);
        assert_eq!(value(row.all.top_10), 0.667);
        assert_eq!([value(row.all.mean_rank), value(row.all.median_rank)], [23.0, 8.0]);
        // Of 5, 10, 15, 30, 50, 50 and of 10, 10, 10, 40, 40, 40.
        assert_eq!(
            [value(row.all.delta_e), value(row.all.delta_e_random), value(row.all.delta_e_ratio)],
            [22.5, 25.0, 0.9]
        );
        assert_eq!([value(row.all.same_colour), value(row.all.found)], [0.5, 0.667]);
        assert_eq!(row.by_category[&Category::Tops].garments, 2);
        assert_eq!(value(row.by_slice["light"]["dark"].median_rank), 4.5);
    }
}
