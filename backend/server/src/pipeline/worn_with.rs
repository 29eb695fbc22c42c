//! What people wear with a product. In: an article's further pictures. Out: [`WornWith`]: for a picture, the rows of the other garments in
//! it. Nothing is claimed to be the same article.

use std::sync::Arc;

use image::RgbImage;
use stl_types::{Category, Layer};
use stl_vision::{SegmentError, Segmenter};

use crate::matching::Part;
use crate::pipeline::cutout::{Taken, taken_from_photo, wearer};
use crate::pipeline::kept::Kept;
use crate::pipeline::look::Look;
use crate::pipeline::rows::Row;

/// Pictures of an article that are looked at until one shows another garment.
pub const MAX_PICTURES: usize = 4;

/// Least probability that a picture shows a person. A look that is missing does less harm than trousers that are told to be worn beneath a
/// flat shirt. Of 30 studio photos of wearers none has less than .95, of 6 drawn ones none less than .76; of 30 flat pictures three are taken
/// for people, two of them with .71 and less.
const LEAST_CERTAINTY: f64 = 0.75;

/// Articles whose rows are kept: each takes some kilobytes.
const MAX_KEPT: usize = 2000;

/// A further picture of an article, and the rows of the other garments in it.
#[derive(Clone, Debug, PartialEq)]
pub struct WornWith {
    /// Which of the article's further pictures, from 0.
    pub picture: usize,
    /// The most relevant garment first.
    pub rows: Vec<Row>,
}

/// What was found for an article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundWornWith {
    /// The first picture that shows another garment.
    pub worn_with: Option<WornWith>,
    /// Parts of the catalogue that did not answer.
    pub missing: Vec<Part>,
}

/// Looks at pictures of people, and keeps what was found.
#[derive(Debug)]
pub struct WornWithFinder {
    segmenter: Arc<Segmenter>,
    kept: Kept<FoundWornWith>,
}

impl WornWithFinder {
    /// With nothing kept.
    #[must_use]
    pub fn new(segmenter: Arc<Segmenter>) -> Self {
        Self { segmenter, kept: Kept::new(MAX_KEPT) }
    }

    /// The same segmenter, for another catalogue.
    #[must_use]
    pub fn for_another_catalogue(&self) -> Self {
        Self::new(Arc::clone(&self.segmenter))
    }

    /// What was found for an article, or what `find` finds now.
    ///
    /// # Errors
    /// Those of `find`; they are not kept.
    pub fn kept_or<E>(
        &self,
        id: &str,
        find: impl FnOnce() -> Result<FoundWornWith, E>,
    ) -> Result<Arc<FoundWornWith>, E> {
        self.kept.get_or_whole(id, find, |found| found.missing.is_empty())
    }

    /// What the page would search with of a photo.
    ///
    /// # Errors
    /// As for [`WornWithFinder::person`].
    pub fn taken(&self, photo: RgbImage) -> Result<Taken, SegmentError> {
        taken_from_photo(&self.segmenter, photo, None)
    }

    /// The person in a picture, with the garments seen; none if there is nobody.
    ///
    /// # Errors
    /// When the picture cannot be resampled, or the network fails.
    pub fn person(&self, picture: RgbImage) -> Result<Option<Look>, SegmentError> {
        wearer(&self.segmenter, picture, LEAST_CERTAINTY)
    }
}

/// The rows of garments that are worn with an article of a category, not in its place.
#[must_use]
pub fn others(rows: Vec<Row>, category: Category) -> Vec<Row> {
    let own = category.layer();
    let is_other = |layer: Layer| match (own, layer) {
        (Layer::Whole, Layer::Upper | Layer::Lower) | (Layer::Upper | Layer::Lower, Layer::Whole) => false,
        (own, layer) => own != layer,
    };
    rows.into_iter()
        .filter(|row| row.garment.is_some_and(|garment| is_other(garment.layer)) && !row.best.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use stl_types::wire::SeenGarment;

    use super::*;
    use crate::matching::Hit;

    fn row(layer: Option<Layer>) -> Row {
        let garment = layer.map(|layer| SeenGarment {
            left: 0,
            top: 0,
            width: 1,
            height: 1,
            share: 0.5,
            layer,
            outerwear: false,
        });
        let best = vec![Hit { article: 0, score: 1.0 }];
        Row { category: Category::Tops, likely: Vec::new(), garment, hits: Vec::new(), best, pins: Vec::new() }
    }

    #[test]
    fn a_garment_in_the_articles_place_is_not_worn_with_it() {
        let all = [None, Some(Layer::Upper), Some(Layer::Outer), Some(Layer::Lower), Some(Layer::Whole)];
        for (category, expected) in [
            (Category::Tops, vec![Layer::Outer, Layer::Lower]),
            (Category::Skirts, vec![Layer::Upper, Layer::Outer]),
            (Category::Dresses, vec![Layer::Outer]),
            (Category::Blazers, vec![Layer::Upper, Layer::Lower, Layer::Whole]),
        ] {
            let rows = others(all.map(row).to_vec(), category);
            let layers: Vec<Layer> = rows.iter().filter_map(|row| Some(row.garment?.layer)).collect();
            assert_eq!(layers, expected, "{category}");
        }
        assert_eq!(others(vec![Row { best: Vec::new(), ..row(Some(Layer::Lower)) }], Category::Tops), Vec::new());
    }
}
