//! The rows of one photo and where they have the worn articles. In: a [`TestQuery`] and the articles. Out: [`WayAnswer`]s.

use stl_server::networks::encode::EncodeError;
use stl_server::pictures::scale::size_of;
use stl_server::pipeline::cutout::look_from_photo;
use stl_server::pipeline::rows::{RowPlan, plan};
use stl_types::{Category, Class};

use crate::articles::DescribedArticles;
use crate::error::{EvaluateError, PictureProblem};
use crate::metrics::{WornRank, rank};
use crate::pictures;
use crate::rows::RowScores;
use crate::testset::{TestQuery, TestSet};
use crate::way::{Way, WayAnswer};

impl Way {
    /// The number of garments' rows of the photo at `index`, and an answer for each garment whose article is known.
    pub(super) fn answer_photo(
        &self,
        index: usize,
        query: &TestQuery,
        set: &TestSet,
        articles: &DescribedArticles,
    ) -> Result<(usize, Vec<WayAnswer>), EvaluateError> {
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let photo = pictures::read(&query.photo).map_err(at_photo)?;
        let size = size_of(&photo);
        let labels = query.labels.as_ref().ok_or_else(|| at_photo(PictureProblem::NoLabels))?;
        let labels = pictures::read_labels(labels, size).map_err(|problem| problem.at(labels))?;
        let look = look_from_photo(&self.segmenter, photo).map_err(|error| at_photo(error.into()))?;
        let garments = match self.recogniser.garments(&look) {
            // Nobody was found.
            Err(EncodeError::Blank) => Vec::new(),
            outcome => outcome.map_err(|error| at_photo(error.into()))?,
        };
        let categories: Vec<Category> = articles.matcher.categories().collect();
        let rows: Vec<RowPlan<'_>> = plan(&garments, &categories, size_of(look.cutout()));
        let rows: Vec<&RowPlan<'_>> = rows.iter().filter(|row| row.garment().is_some()).collect();
        let pixels_in = |row: &RowPlan<'_>, category: Category| {
            let region = row.garment().and_then(|garment| look.garments()[garment.index].region.at_size(size));
            region.map_or(0, |region| pixels_of(Class::from_category(category), &labels, region.as_slice()))
        };
        let answer = |category: Category, worn: usize| {
            let nearest = rows.iter().map(|row| (*row, pixels_in(row, category))).max_by_key(|(_, pixels)| *pixels);
            let row = nearest.filter(|(_, pixels)| *pixels > 0).map(|(row, _)| row);
            located(index, category, worn, row, set, articles)
        };
        let known = query.garments.iter().filter_map(|garment| Some((garment.category, garment.article?)));
        Ok((rows.len(), known.map(|(category, worn)| answer(category, worn)).collect()))
    }
}

/// The number of pixels of a class within a region.
fn pixels_of(class: Class, labels: &[u8], region: &[bool]) -> usize {
    labels.iter().zip(region).filter(|&(&label, &inside)| inside && label == class as u8).count()
}

/// Ranks the article `worn` in a row.
fn located(
    photo: usize,
    category: Category,
    worn: usize,
    row: Option<&RowPlan<'_>>,
    set: &TestSet,
    articles: &DescribedArticles,
) -> WayAnswer {
    let all = articles.all.len();
    let missed = WayAnswer {
        photo,
        category,
        is_found: false,
        is_in_row: false,
        best: f32::NEG_INFINITY,
        row: WornRank::last(all),
        category_free: WornRank::last(all),
    };
    let Some((row, garment)) = row.and_then(|row| Some((row, row.garment()?))) else { return missed };
    let scores = RowScores::new(row, garment, articles);
    let is_worn_there = |article: &usize| set.articles[*article].category.body_part() == category.body_part();
    let same_part: Vec<usize> = articles.all.iter().copied().filter(is_worn_there).collect();
    let category_free = WornRank::at(rank(&scores.of_match, &same_part, worn), same_part.len());
    if !scores.articles.contains(&worn) {
        return WayAnswer { is_found: true, category_free, ..missed };
    }
    let row = WornRank::at(rank(&scores.scores, &scores.articles, worn), scores.articles.len());
    let best = scores.articles.iter().map(|&article| scores.of_match[article]).fold(f32::NEG_INFINITY, f32::max);
    WayAnswer { is_found: true, is_in_row: true, best, row, category_free, ..missed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pixels_of_the_worn_class_inside_the_region_count() {
        let labels = [Class::Tops as u8, Class::Tops as u8, Class::Skirts as u8, 0];
        assert_eq!(pixels_of(Class::Tops, &labels, &[true, false, true, true]), 1);
    }
}
