//! All answers for one photo. In: a [`TestQuery`] and the articles. Out: a [`LocatedAnswer`] for each garment and row of the
//! report.

use crate::articles::DescribedArticles;
use crate::error::{EvaluateError, PictureProblem};
use crate::look::{EvaluatedLook, View};
use crate::metrics::random_articles;
use crate::retrieval::Retrieval;
use crate::retrieval::answer::{GroundTruth, answer_of_scores, answer_without_query, distances};
use crate::summary::LocatedAnswer;
use crate::testset::TestQuery;

impl Retrieval {
    /// The answers for the photo at `index` of the test set, each with its row of the report.
    pub(super) fn answer_photo(
        &self,
        index: usize,
        query: &TestQuery,
        articles: &DescribedArticles,
    ) -> Result<Vec<(usize, LocatedAnswer)>, EvaluateError> {
        let look = EvaluatedLook::open(&self.segmenter, query)?;
        let truths: Vec<GroundTruth> = query
            .garments
            .iter()
            .enumerate()
            .map(|(number, &garment)| {
                let colour = look.colour(garment.category);
                let random = random_articles(articles.in_category(garment.category), index, number);
                GroundTruth { garment, colour, random: distances(colour, &random, articles).into() }
            })
            .collect();
        let mut answers = Vec::new();
        let mut add = |row: usize, truth: &GroundTruth, answer| {
            answers.push((row, LocatedAnswer { query: index, category: truth.garment.category, answer }));
        };
        for (row, &(method, _)) in self.rows.iter().enumerate().filter(|(_, (_, view))| view.is_none()) {
            for truth in &truths {
                if let Some(answer) = answer_without_query(method, truth, articles) {
                    add(row, truth, answer);
                }
            }
        }
        for view in [View::Garment, View::GarmentTrue, View::Person, View::Photo] {
            let rows = || self.rows.iter().enumerate().filter(|(_, row)| row.1 == Some(view));
            if rows().next().is_none() {
                continue;
            }
            // A view of the whole photo is one query for all garments.
            let truths_of_query = if view.is_of_one_garment() { 1 } else { truths.len().max(1) };
            for truths in truths.chunks(truths_of_query) {
                let category = truths[0].garment.category;
                let at_photo = |problem: PictureProblem| problem.at(&query.photo);
                let Some(evaluated) = look.query(view, category).map_err(at_photo)? else { continue };
                let category = view.is_of_one_garment().then_some(category);
                for (row, &(method, _)) in rows() {
                    let scores = self.scores(method, &evaluated, category, articles);
                    let scores = scores.map_err(|error| at_photo(error.into()))?;
                    for truth in truths {
                        add(row, truth, answer_of_scores(scores.as_deref(), evaluated.is_found, truth, articles));
                    }
                }
            }
        }
        Ok(answers)
    }
}
