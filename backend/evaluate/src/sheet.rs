//! A contact sheet for people. In: photos and a catalogue. Out: one picture with each photo, its cutout and its garments, each
//! beside the best articles of its row.

use image::imageops::replace;
use image::{Rgb, RgbImage};
use stl_server::networks::encode::EncodeError;
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_server::pictures::scale::{pixels_of, size_of};
use stl_server::pipeline::cutout::look_from_photo;
use stl_server::pipeline::garment::garment_cutout;
use stl_server::pipeline::look::Look;
use stl_server::pipeline::recognise::{RecognisedGarment, Recogniser};
use stl_server::pipeline::rows::{RowPlan, plan};
use stl_types::{Category, Letterbox, Size, WHITE};
use stl_vision::{SegmentError, Segmenter, resized};

use crate::articles::DescribedArticles;
use crate::error::{EvaluateError, PictureProblem};
use crate::metrics::top_k;
use crate::pictures;
use crate::progress::Progress;
use crate::rows::RowScores;
use crate::sheet::caption::write_line;
use crate::testset::{TestQuery, TestSet};

mod caption;

/// Garments shown for each photo: the first rows.
const GARMENTS: u32 = 3;

/// Articles shown for each garment.
const ARTICLES: usize = 8;

/// A garment's or product's picture in pixels, in the shape of shops' pictures.
const CELL: Size = Size { width: 96, height: 128 };

/// Height in pixels of a line of text below a picture.
const CAPTION: u32 = 12;

/// Characters that fit below a cell.
const CAPTION_CHARS: usize = 16;

/// Space in pixels between pictures.
const GAP: u32 = 4;

/// A photo or cutout in pixels: as high as the rows of garments beside it.
const PHOTO: Size = Size { width: 260, height: GARMENTS * (CELL.height + CAPTION + GAP) - CAPTION - GAP };

/// Everything about one photo, in pixels.
const BLOCK: Size = Size {
    width: 2 * (PHOTO.width + GAP) + (1 + ARTICLES as u32) * (CELL.width + GAP) + 2 * GAP,
    height: PHOTO.height + CAPTION + 3 * GAP,
};

/// Blocks side by side.
const COLUMNS: u32 = 2;

/// Colour between the pictures, so that white pictures have an edge.
const BACKGROUND: Rgb<u8> = Rgb([225; 3]);

/// Draws a sheet of all queries of a set, two side by side.
///
/// # Errors
/// When a network cannot be loaded or a picture cannot be used.
pub fn draw(models: &Models, set: &TestSet, threads: usize, progress: Progress<'_>) -> Result<RgbImage, EvaluateError> {
    let (segmenter, recogniser) = (models.segmenter()?, Recogniser::load(models)?);
    let articles = DescribedArticles::new(
        &set.articles,
        models.match_weights()?,
        &models.fashion_dna()?,
        None,
        threads,
        progress,
    )?;
    let drawer = BlockDrawer { segmenter, recogniser, articles, set };
    let rows = (set.queries.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbImage::from_pixel(COLUMNS * BLOCK.width, rows * BLOCK.height, BACKGROUND);
    for_each_in_order(
        &set.queries,
        threads,
        |query| drawer.block(query),
        |index, block| {
            let (column, row) = (index as u32 % COLUMNS, index as u32 / COLUMNS);
            replace(&mut sheet, &block?, i64::from(column * BLOCK.width), i64::from(row * BLOCK.height));
            progress("photos", index + 1, set.queries.len());
            Ok::<(), EvaluateError>(())
        },
    )?;
    Ok(sheet)
}

/// Draws the blocks of a sheet.
struct BlockDrawer<'a> {
    segmenter: Segmenter,
    recogniser: Recogniser,
    articles: DescribedArticles,
    set: &'a TestSet,
}

impl BlockDrawer<'_> {
    fn block(&self, query: &TestQuery) -> Result<RgbImage, EvaluateError> {
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let photo = pictures::read(&query.photo).map_err(at_photo)?;
        let look = look_from_photo(&self.segmenter, photo.clone()).map_err(|error| at_photo(error.into()))?;
        let garments = match self.recogniser.garments(&look) {
            // Nobody was found.
            Err(EncodeError::Blank) => Vec::new(),
            outcome => outcome.map_err(|error| at_photo(error.into()))?,
        };
        let mut block = RgbImage::from_pixel(BLOCK.width, BLOCK.height, BACKGROUND);
        let worn: Vec<&str> = query.garments.iter().map(|garment| garment.category.as_str()).collect();
        let caption = format!("{}: {}", query.id, worn.join(", "));
        place(&mut block, &photo, (GAP, GAP), PHOTO, &caption).map_err(at_photo)?;
        let left = PHOTO.width + 2 * GAP;
        place(&mut block, look.cutout(), (left, GAP), PHOTO, "cutout").map_err(at_photo)?;
        let categories: Vec<Category> = self.articles.matcher.categories().collect();
        let rows = plan(&garments, &categories, size_of(look.cutout()));
        let rows = rows.iter().filter_map(|row| Some((row, row.garment()?)));
        for (number, (row, garment)) in rows.take(GARMENTS as usize).enumerate() {
            let corner = (left + PHOTO.width + 2 * GAP, GAP + number as u32 * (CELL.height + CAPTION + GAP));
            self.row(&mut block, &look, (row, garment), corner, query)?;
        }
        Ok(block)
    }

    /// A row: the encoder's input for the garment, with its categories and the probability of the first, then the best articles.
    fn row(
        &self,
        block: &mut RgbImage,
        look: &Look,
        (row, garment): (&RowPlan<'_>, &RecognisedGarment),
        (left, top): (u32, u32),
        query: &TestQuery,
    ) -> Result<(), EvaluateError> {
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let region = look.garments()[garment.index].region.as_slice();
        let crop = match self.recogniser.encoder().cropped(&garment_cutout(look.cutout(), region)) {
            Err(EncodeError::Blank) => return Ok(()),
            crop => crop.map_err(|error| at_photo(error.into()))?,
        };
        let names: Vec<&str> = row.likely().iter().map(|likely| likely.category.as_str()).collect();
        let caption = format!("{:.0}% {}", row.likely()[0].probability * 100.0, names.join(","));
        place(block, &crop, (left, top), CELL, &caption).map_err(at_photo)?;
        let RowScores { articles, scores, .. } = RowScores::new(row, garment, &self.articles);
        for (column, at) in top_k(&scores, &articles, ARTICLES).into_iter().enumerate() {
            let article = &self.set.articles[at];
            let at_article = |problem: PictureProblem| problem.at(&article.image);
            let picture = pictures::read(&article.image).map_err(at_article)?;
            let is_worn = query.garments.iter().any(|garment| garment.article == Some(at));
            let caption = format!("{}{:.2} {}", if is_worn { "*" } else { "" }, scores[at], article.id);
            let corner = (left + (column as u32 + 1) * (CELL.width + GAP), top);
            place(block, &picture, corner, CELL, &caption).map_err(at_article)?;
        }
        Ok(())
    }
}

/// Fits a picture into a white cell, with a caption below.
fn place(
    block: &mut RgbImage,
    picture: &RgbImage,
    (left, top): (u32, u32),
    cell: Size,
    caption: &str,
) -> Result<(), PictureProblem> {
    let letterbox = Letterbox::fit(size_of(picture), cell);
    let Size { width, height } = letterbox.inner;
    let scaled = pixels_of(picture).and_then(|pixels| resized(pixels, letterbox.inner)).map_err(SegmentError::from)?;
    replace(block, &RgbImage::from_pixel(cell.width, cell.height, Rgb([WHITE; 3])), left.into(), top.into());
    if let Some(scaled) = RgbImage::from_raw(width, height, scaled) {
        replace(block, &scaled, (left + letterbox.left).into(), (top + letterbox.top).into());
    }
    let chars = CAPTION_CHARS * (cell.width / CELL.width) as usize;
    write_line(block, &caption.chars().take(chars).collect::<String>(), (left, top + cell.height + 1));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_lies_in_a_white_cell_with_its_caption_below() {
        let mut block = RgbImage::from_pixel(120, 160, BACKGROUND);
        let red = Rgb([200, 0, 0]);
        place(&mut block, &RgbImage::from_pixel(10, 10, red), (4, 4), CELL, "tops 3 %").expect("drawn");
        assert_eq!(*block.get_pixel(4 + 48, 4 + 64), red);
        assert_eq!(*block.get_pixel(4 + 48, 4 + 8), Rgb([255; 3]));
        assert_eq!(*block.get_pixel(1, 1), BACKGROUND);
        let caption = block.enumerate_pixels().filter(|(_, y, pixel)| *y > 132 && pixel.0 == [0; 3]);
        assert!(caption.count() > 50);
    }
}
