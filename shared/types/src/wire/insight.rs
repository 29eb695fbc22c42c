//! What the administration sees of products and rules, as JSON.

use serde::{Deserialize, Serialize};

use super::{Card, LikelyCategory, MovedBy, Product, RulesReport, WholeProduct};
use crate::Category;

/// The products that a text was found in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundProducts {
    /// The first ones: that with the text as its id, those whose id has it, then those whose title does, each in the order of ids.
    pub products: Vec<Product>,
    /// All of them.
    pub count: usize,
}

/// A part of a picture, in pixels of the stored copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Region {
    /// Columns before it.
    pub left: u32,
    /// Rows above it.
    pub top: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// Columns of the whole picture.
    pub picture_width: u32,
    /// Rows of the whole picture.
    pub picture_height: u32,
}

/// What a product looks like to the networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductSight {
    /// The product.
    pub product: WholeProduct,
    /// The probabilities of categories that FashionDNA sees in the picture, the highest first; what is missing from 1 is that of none of the
    /// eight. Empty if the models have no head for it.
    pub seen: Vec<LikelyCategory>,
    /// What is not white in its picture; none if the picture cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The products of its category that are most similar to it, without any rule.
    pub neighbours: Vec<Card>,
}

/// A card, and the rules that moved it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewCard {
    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// In their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<MovedBy>,
}

/// A row of a preview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewRow {
    /// The most probable category of a garment, or the category that was searched.
    pub category: Category,
    /// Best first.
    pub cards: Vec<PreviewCard>,
}

/// What rules would do to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesPreview {
    /// The rows with the rules in force.
    pub before: Vec<PreviewRow>,
    /// The rows with the rules that were sent, which are not stored.
    pub after: Vec<PreviewRow>,
    /// What these meet, and what is wrong with them.
    pub report: RulesReport,
}
