//! A contact sheet for people. In: photos and a catalogue. Out: one picture with each photo, its cutout and its garments, each
//! beside the best articles of its category.

use image::imageops::replace;
use image::{Rgb, RgbImage};
use stl_server::networks::encode::{EncodeError, QueryEncoder};
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_server::pictures::scale::{pixels_of, size_of};
use stl_types::{Letterbox, Size, WHITE};
use stl_vision::{SeenGarment, SegmentError, Segmenter, resized};

use crate::articles::DescribedArticles;
use crate::error::{EvaluateError, PictureProblem};
use crate::look::{EvaluatedLook, View};
use crate::metrics::top_k;
use crate::pictures;
use crate::progress::Progress;
use crate::sheet::caption::write_line;
use crate::testset::{TestQuery, TestSet};

mod caption;

/// Garments shown for each photo: the largest ones.
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
    let (segmenter, encoder) = (models.segmenter()?, models.query_encoder()?);
    let articles = DescribedArticles::new(
        &set.articles,
        models.match_weights()?,
        &models.fashion_dna()?,
        None,
        threads,
        progress,
    )?;
    let drawer = BlockDrawer { segmenter, encoder, articles, set };
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
    encoder: QueryEncoder,
    articles: DescribedArticles,
    set: &'a TestSet,
}

impl BlockDrawer<'_> {
    fn block(&self, query: &TestQuery) -> Result<RgbImage, EvaluateError> {
        let look = EvaluatedLook::open(&self.segmenter, query)?;
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let mut block = RgbImage::from_pixel(BLOCK.width, BLOCK.height, BACKGROUND);
        let worn: Vec<&str> = query.garments.iter().map(|garment| garment.category.as_str()).collect();
        let caption = format!("{}: {}", query.id, worn.join(", "));
        place(&mut block, &look.photo, (GAP, GAP), PHOTO, &caption).map_err(at_photo)?;
        let left = PHOTO.width + 2 * GAP;
        place(&mut block, &look.cutout, (left, GAP), PHOTO, "cutout").map_err(at_photo)?;
        for (row, garment) in look.garments.iter().take(GARMENTS as usize).enumerate() {
            let corner = (left + PHOTO.width + 2 * GAP, GAP + row as u32 * (CELL.height + CAPTION + GAP));
            self.garment(&mut block, &look, garment, corner, query)?;
        }
        Ok(block)
    }

    /// A row: the encoder's input for the garment, with its share of the person and its probability, then the best articles.
    fn garment(
        &self,
        block: &mut RgbImage,
        look: &EvaluatedLook,
        &SeenGarment { share, votes, probability, .. }: &SeenGarment,
        (left, top): (u32, u32),
        query: &TestQuery,
    ) -> Result<(), EvaluateError> {
        let at_photo = |problem: PictureProblem| problem.at(&query.photo);
        let encoding = |error: EncodeError| at_photo(error.into());
        let category = votes.category();
        let Some(evaluated) = look.query(View::Garment, category).map_err(at_photo)? else { return Ok(()) };
        let crop = match self.encoder.cropped(&evaluated.picture) {
            Err(EncodeError::Blank) => return Ok(()),
            crop => crop.map_err(encoding)?,
        };
        let caption = format!("{category} {:.0}% p{:.0}", share * 100.0, probability * 100.0);
        place(block, &crop, (left, top), CELL, &caption).map_err(at_photo)?;
        let embedding = self.encoder.encode(&evaluated.picture).map_err(encoding)?;
        let scores = self.articles.matcher.exact_scores(|category| embedding.for_category(category));
        for (column, at) in top_k(&scores, self.articles.in_category(category), ARTICLES).into_iter().enumerate() {
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
