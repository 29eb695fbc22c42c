//! The answer to a search as JSON.

use serde::{Deserialize, Serialize};

use crate::Category;
use crate::wire::Product;

/// A product with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// The score of the match: a logit, higher is better, comparable within one answer only.
    pub score: f32,
}

/// The best products of one category, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryCards {
    /// The category.
    pub category: Category,
    /// Best first; ties in the order of ids.
    pub cards: Vec<Card>,
    /// The garment of this category in the cutout, if one was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garment: Option<SeenGarment>,
}

/// A garment in the cutout: its box in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenGarment {
    /// Columns left of it.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f32,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResponse {
    /// One entry for each category that has products: those seen in the cutout first, the largest garment first, then
    /// the others, the category whose best card scores highest first.
    pub categories: Vec<CategoryCards>,
    /// Products that were scored: all that pass the filters.
    pub articles_scored: usize,
    /// The time of each step.
    pub timing: SearchTiming,
}

/// The server's time for each step, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchTiming {
    /// From the cutout to pixels.
    pub decode_ms: f32,
    /// From pixels to query embeddings.
    pub encode_ms: f32,
    /// From query embeddings to hits.
    pub match_ms: f32,
    /// From hits to cards.
    pub cards_ms: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_one_flat_object() {
        let json = r#"{"id":"a","title":"Shirt","link":"https://shop.example/a","image_url":"/api/v1/images/a",
            "price":{"amount_minor":1995,"currency":"EUR"},"availability":"in_stock","category":"t-shirts","score":1.5}"#;
        let card: Card = serde_json::from_str(json).expect("a card");
        assert_eq!(card.product.category, Category::TShirts);
        let again: Card = serde_json::from_str(&serde_json::to_string(&card).expect("to JSON")).expect("a card");
        assert_eq!(again, card);
    }
}
