//! The answer to a search as JSON.

use serde::{Deserialize, Serialize};

use crate::wire::Product;
use crate::{Category, Layer};

/// A product with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// Higher is better, comparable within one answer only. The match's logit; in a row of a garment plus the natural logarithm of
    /// the probability that the garment is of the product's category. It orders the row.
    pub score: f32,
}

/// A row of the answer: the best products for one garment that was seen, or of one category that was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryCards {
    /// The garment's most probable category, or the category that was not seen.
    pub category: Category,
    /// The categories that the garment is likely of and whose products are in this row, the most probable first. Missing for a
    /// category that was not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub likely: Vec<LikelyCategory>,
    /// Best first, of all categories in one order; ties in the order of ids.
    pub cards: Vec<Card>,
    /// The next best products, if the request asked for `further` ones: their cards are fetched by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<FurtherCard>,
    /// Whether even its best product resembles the garment less than worn products mostly do. Missing if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weak: bool,
    /// The garment in the cutout. Missing for a category that was not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garment: Option<SeenGarment>,
}

impl CategoryCards {
    /// Products of the row, with those whose cards are not there yet.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cards.len() + self.further.len()
    }
}

/// A product that comes after the cards of its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FurtherCard {
    /// The product's id.
    pub id: String,
    /// As a [`Card`]'s.
    pub score: f32,
}

/// A category that a garment may be of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LikelyCategory {
    /// The category.
    pub category: Category,
    /// Its probability, in `0..=1`.
    pub probability: f32,
}

/// A garment in the cutout: its box in pixels, and its layer.
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
    /// Its layer. No other garment of the cutout has the same.
    pub layer: Layer,
    /// Whether it is a jacket or coat. There are no products of that kind: blazers and jumpers are searched.
    pub outerwear: bool,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResponse {
    /// One row for each garment seen in the cutout, the most relevant first. Then one row for each other category that has products,
    /// the category whose best card scores highest first.
    pub categories: Vec<CategoryCards>,
    /// Products that were scored: all that pass the filters.
    pub articles_scored: usize,
    /// The time of each step.
    pub timing: SearchTiming,
    /// Parts of the catalogue that could not be searched, such as `2/4`: their products are not among the cards. Missing if all were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_shards: Vec<String>,
    /// Whether the server counts [events](crate::wire::ShopEvents): only then a page sends them. Missing if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub events: bool,
}

/// What people wear with a product in the shop's own pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductLooks {
    /// Empty if no picture shows the product with another garment.
    pub looks: Vec<ProductLook>,
    /// As in a [`SearchResponse`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_shards: Vec<String>,
    /// As in a [`SearchResponse`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub events: bool,
}

/// A picture in which somebody wears a product with others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductLook {
    /// URL of the picture on this server.
    pub picture: String,
    /// A row for each other garment, the most relevant first: products that are similar to it. Boxes are in pixels of the picture's
    /// cutout, which has the picture's shape.
    pub categories: Vec<CategoryCards>,
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
