//! What visitors see of the hits. In: [`Hits`], the [`Look`] and the [`Catalogue`]. Out: [`CategoryCards`].

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stl_types::wire::{Card, CategoryCards, paths};

use crate::catalogue::Catalogue;
use crate::matching::Hits;
use crate::pipeline::look::Look;

/// Everything but RFC 3986's unreserved characters is escaped in a path's part.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Looks up each hit's product; categories and cards stay in the order of the hits.
#[must_use]
pub fn cards(catalogue: &Catalogue, look: &Look, hits: &[Hits]) -> Vec<CategoryCards> {
    hits.iter()
        .map(|hits| CategoryCards {
            category: hits.category,
            cards: hits
                .best
                .iter()
                .filter_map(|hit| {
                    let product = catalogue.get(hit.article)?.clone();
                    Some(Card { product, score: hit.score })
                })
                .collect(),
            garment: look.seen(hits.category),
        })
        .collect()
}

/// Where a product's picture is served. The address changes with the picture, so browsers may keep what they have.
#[must_use]
pub fn image_url(id: &str, picture_sha256: &str) -> String {
    let id = utf8_percent_encode(id, &ESCAPED);
    format!("{}/{id}?v={}", paths::PRODUCT_IMAGES, picture_version(picture_sha256))
}

/// The part of a picture's hash that stands in its address: 64 bits.
#[must_use]
pub fn picture_version(picture_sha256: &str) -> &str {
    picture_sha256.get(..16).unwrap_or(picture_sha256)
}
