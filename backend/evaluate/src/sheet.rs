//! A contact sheet, to look at. In: photos and a catalogue. Out: one picture with each photo, its cut-out and, for
//! each garment found, the garment and the best articles of its category.

use embedded_graphics::geometry::{OriginDimensions, Point};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor as _};
use embedded_graphics::prelude::{DrawTarget, Drawable as _, Pixel};
use embedded_graphics::text::{Baseline, Text};
use image::imageops::replace;
use image::{Rgb, RgbImage};
use stl_types::{Letterbox, Size, WHITE};
use stl_vision::{SeenGarment, SegmentError, Segmenter, resized};

use crate::articles::Articles;
use crate::look::{Look, View};
use crate::metrics::best;
use crate::testset::{Query, TestSet};
use crate::{EvaluateError, PictureProblem, Progress, pictures};
use stl_server::networks::encode::{EncodeError, QueryEncoder};
use stl_server::networks::models::Models;
use stl_server::parallel::for_each_in_order;
use stl_server::pictures::scale::{pixels_of, size_of};

/// Garments shown of each photo, the largest ones.
const GARMENTS: u32 = 3;

/// Articles shown of each garment.
const ARTICLES: usize = 8;

/// A garment's or product's picture in pixels, in the shape of shops' pictures.
const CELL: Size = Size { width: 96, height: 128 };

/// Height in pixels of a line of text below a picture.
const CAPTION: u32 = 12;

/// Characters that fit below a cell.
const CAPTION_CHARS: usize = 16;

/// Space in pixels between pictures.
const GAP: u32 = 4;

/// A photo or cut-out in pixels: as high as the rows of garments beside it.
const PHOTO: Size = Size { width: 260, height: GARMENTS * (CELL.height + CAPTION + GAP) - CAPTION - GAP };

/// Everything about one photo, in pixels.
const BLOCK: Size = Size {
    width: 2 * (PHOTO.width + GAP) + (1 + ARTICLES as u32) * (CELL.width + GAP) + 2 * GAP,
    height: PHOTO.height + CAPTION + 3 * GAP,
};

/// Blocks side by side.
const COLUMNS: u32 = 2;

/// Between the pictures, so that white ones have an edge.
const GROUND: Rgb<u8> = Rgb([225; 3]);

/// Draws a sheet of all queries of a set, two side by side.
///
/// # Errors
/// When a network cannot be loaded or a picture cannot be used.
pub fn draw(models: &Models, set: &TestSet, threads: usize, progress: Progress<'_>) -> Result<RgbImage, EvaluateError> {
    let (segmenter, encoder) = (models.segmenter()?, models.query_encoder()?);
    let articles =
        Articles::describe(&set.articles, models.match_weights()?, &models.fashion_dna()?, None, threads, progress)?;
    let artist = Artist { segmenter, encoder, articles, set };
    let rows = (set.queries.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbImage::from_pixel(COLUMNS * BLOCK.width, rows * BLOCK.height, GROUND);
    for_each_in_order(
        &set.queries,
        threads,
        |query| artist.block(query),
        |index, block| {
            let (column, row) = (index as u32 % COLUMNS, index as u32 / COLUMNS);
            replace(&mut sheet, &block?, i64::from(column * BLOCK.width), i64::from(row * BLOCK.height));
            progress("photos", index + 1, set.queries.len());
            Ok::<(), EvaluateError>(())
        },
    )?;
    Ok(sheet)
}

/// What a block is drawn with.
struct Artist<'a> {
    segmenter: Segmenter,
    encoder: QueryEncoder,
    articles: Articles,
    set: &'a TestSet,
}

impl Artist<'_> {
    fn block(&self, query: &Query) -> Result<RgbImage, EvaluateError> {
        let look = Look::open(&self.segmenter, query)?;
        let named = |problem: PictureProblem| problem.of(&query.photo);
        let mut block = RgbImage::from_pixel(BLOCK.width, BLOCK.height, GROUND);
        let worn: Vec<&str> = query.garments.iter().map(|garment| garment.category.as_str()).collect();
        let caption = format!("{}: {}", query.id, worn.join(", "));
        place(&mut block, &look.photo, (GAP, GAP), PHOTO, &caption).map_err(named)?;
        let left = PHOTO.width + 2 * GAP;
        place(&mut block, &look.cutout, (left, GAP), PHOTO, "cut-out").map_err(named)?;
        for (row, garment) in look.garments.iter().take(GARMENTS as usize).enumerate() {
            let corner = (left + PHOTO.width + 2 * GAP, GAP + row as u32 * (CELL.height + CAPTION + GAP));
            self.garment(&mut block, &look, garment, corner, query)?;
        }
        Ok(block)
    }

    /// A row: the garment as the encoder sees it with its share of the person and how sure the network is, then the best
    /// articles.
    fn garment(
        &self,
        block: &mut RgbImage,
        look: &Look,
        &SeenGarment { category, share, probability, .. }: &SeenGarment,
        (left, top): (u32, u32),
        query: &Query,
    ) -> Result<(), EvaluateError> {
        let named = |problem: PictureProblem| problem.of(&query.photo);
        let encoding = |error: EncodeError| named(error.into());
        let Some(seen) = look.see(View::Garment, category).map_err(named)? else { return Ok(()) };
        let crop = match self.encoder.cropped(&seen.picture) {
            Err(EncodeError::Blank) => return Ok(()),
            crop => crop.map_err(encoding)?,
        };
        let caption = format!("{category} {:.0}% p{:.0}", share * 100.0, probability * 100.0);
        place(block, &crop, (left, top), CELL, &caption).map_err(named)?;
        let embedding = self.encoder.encode(&seen.picture).map_err(encoding)?;
        let scores = self.articles.matcher.exact_scores(|category| embedding.of(category));
        for (column, at) in best(&scores, self.articles.of(category), ARTICLES).into_iter().enumerate() {
            let article = &self.set.articles[at];
            let wrong = |problem: PictureProblem| problem.of(&article.image);
            let picture = pictures::read(&article.image).map_err(wrong)?;
            let is_worn = query.garments.iter().any(|garment| garment.article == Some(at));
            let caption = format!("{}{:.2} {}", if is_worn { "*" } else { "" }, scores[at], article.id);
            let corner = (left + (column as u32 + 1) * (CELL.width + GAP), top);
            place(block, &picture, corner, CELL, &caption).map_err(wrong)?;
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
    write(block, &caption.chars().take(chars).collect::<String>(), (left, top + cell.height + 1));
    Ok(())
}

/// Writes a line in black; what is not ASCII becomes a question mark.
fn write(block: &mut RgbImage, line: &str, (left, top): (u32, u32)) {
    let style = MonoTextStyle::new(&FONT_6X10, Rgb888::BLACK);
    let corner = Point::new(left as i32, top as i32);
    let Ok(_) = Text::with_baseline(line, corner, style, Baseline::Top).draw(&mut Canvas(block));
}

/// A picture that text can be drawn on.
struct Canvas<'a>(&'a mut RgbImage);

impl OriginDimensions for Canvas<'_> {
    fn size(&self) -> embedded_graphics::geometry::Size {
        embedded_graphics::geometry::Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(Point { x, y }, colour) in pixels {
            let at = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            if let Some(pixel) = at.and_then(|(x, y)| self.0.get_pixel_mut_checked(x, y)) {
                *pixel = Rgb([colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_lies_in_a_white_cell_with_its_caption_below() {
        let mut block = RgbImage::from_pixel(120, 160, GROUND);
        let red = Rgb([200, 0, 0]);
        place(&mut block, &RgbImage::from_pixel(10, 10, red), (4, 4), CELL, "tops 3 %").expect("drawn");
        assert_eq!(*block.get_pixel(4 + 48, 4 + 64), red);
        assert_eq!(*block.get_pixel(4 + 48, 4 + 8), Rgb([255; 3]));
        assert_eq!(*block.get_pixel(1, 1), GROUND);
        let caption = block.enumerate_pixels().filter(|(_, y, pixel)| *y > 132 && pixel.0 == [0; 3]);
        assert!(caption.count() > 50);
    }
}
