//! The rows of one photo and where they have the worn articles. In: a [`TestQuery`] and the articles. Out: [`PhotoAnswers`].

use stl_server::networks::encode::EncodeError;
use stl_server::pictures::scale::size_of;
use stl_server::pipeline::cutout::look_from_photo;
use stl_server::pipeline::look::Look;
use stl_server::pipeline::recognise::RecognisedGarment;
use stl_server::pipeline::rows::{RowPlan, plan};
use stl_types::{Category, Class, Size};

use crate::articles::DescribedArticles;
use crate::error::{EvaluateError, PictureProblem};
use crate::metrics::{WornRank, rank};
use crate::pictures;
use crate::rows::RowScores;
use crate::testset::{TestQuery, TestSet};
use crate::way::numbers::{NumbersAnswers, common, first_articles, told};
use crate::way::{Way, WayAnswer};

/// What became of the garments of a photo.
#[derive(Clone, Debug)]
pub(super) struct PhotoAnswers {
    /// Garments' rows.
    pub(super) rows: usize,
    /// An answer for each garment whose article is known.
    pub(super) answers: Vec<WayAnswer>,
    /// The same by numbers, if that is measured.
    pub(super) by_numbers: Option<NumbersAnswers>,
}

/// A photo with what its rows are compared with.
struct Evaluated<'a> {
    /// Its number in the test set.
    index: usize,
    query: &'a TestQuery,
    /// The class of each of its pixels.
    labels: Vec<u8>,
    size: Size,
    look: Look,
    set: &'a TestSet,
    articles: &'a DescribedArticles,
}

impl Way {
    /// What becomes of the photo at `index`.
    pub(super) fn answer_photo(
        &self,
        index: usize,
        query: &TestQuery,
        set: &TestSet,
        articles: &DescribedArticles,
    ) -> Result<PhotoAnswers, EvaluateError> {
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let photo = pictures::read(&query.photo).map_err(at_photo)?;
        let size = size_of(&photo);
        let labels = query.labels.as_ref().ok_or_else(|| at_photo(PictureProblem::NoLabels))?;
        let labels = pictures::read_labels(labels, size).map_err(|problem| problem.at(labels))?;
        let look = look_from_photo(&self.segmenter, photo).map_err(|error| at_photo(error.into()))?;
        let evaluated = Evaluated { index, query, labels, size, look, set, articles };
        self.answer(&evaluated).map_err(at_photo)
    }

    fn answer(&self, evaluated: &Evaluated<'_>) -> Result<PhotoAnswers, PictureProblem> {
        let look = &evaluated.look;
        let garments = unless_blank(self.recogniser.garments(look))?.unwrap_or_default();
        let rows = evaluated.rows(&garments);
        let answers = evaluated.answers(&rows);
        let by_numbers = if self.by_numbers {
            let person = unless_blank(self.recogniser.person(look))?;
            // A white cutout is sent by no browser.
            let told = person.as_ref().map(|_| told(&self.recogniser, look)).transpose()?;
            let told_garments = told.as_ref().map_or(&[][..], |told| &told.garments[..]);
            let told_rows = evaluated.rows(told_garments);
            let whole = told.as_ref().map(|told| &told.whole);
            let by_cutout = first_articles(&rows, &garments, person.as_ref(), evaluated.articles);
            let by_numbers = first_articles(&told_rows, told_garments, whole, evaluated.articles);
            let (common, other_common) = common(&by_cutout, &by_numbers);
            Some(NumbersAnswers { answers: evaluated.answers(&told_rows), common, other_common })
        } else {
            None
        };
        let of_garments = rows.iter().filter(|row| row.garment().is_some()).count();
        Ok(PhotoAnswers { rows: of_garments, answers, by_numbers })
    }
}

/// What the networks found; nothing in a white cutout, in which nobody was found.
fn unless_blank<T>(found: Result<T, EncodeError>) -> Result<Option<T>, EncodeError> {
    match found {
        Err(EncodeError::Blank) => Ok(None),
        found => found.map(Some),
    }
}

impl Evaluated<'_> {
    /// The rows that a visitor sees.
    fn rows<'a>(&self, garments: &'a [RecognisedGarment]) -> Vec<RowPlan<'a>> {
        let categories: Vec<Category> = self.articles.matcher.categories().collect();
        plan(garments, &categories, size_of(self.look.cutout()))
    }

    /// An answer for each garment whose article is known.
    fn answers(&self, rows: &[RowPlan<'_>]) -> Vec<WayAnswer> {
        let pixels_in = |row: &RowPlan<'_>, category: Category| {
            let region =
                row.garment().and_then(|garment| self.look.garments()[garment.index].region.at_size(self.size));
            region.map_or(0, |region| pixels_of(Class::from_category(category), &self.labels, region.as_slice()))
        };
        let answer = |category: Category, worn: usize| {
            let of_garments = rows.iter().filter(|row| row.garment().is_some());
            let nearest = of_garments.map(|row| (row, pixels_in(row, category))).max_by_key(|(_, pixels)| *pixels);
            let row = nearest.filter(|(_, pixels)| *pixels > 0).map(|(row, _)| row);
            located(self.index, category, worn, row, self.set, self.articles)
        };
        let known = self.query.garments.iter().filter_map(|garment| Some((garment.category, garment.article?)));
        known.map(|(category, worn)| answer(category, worn)).collect()
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
