//! A product of the shop as JSON.

use serde::{Deserialize, Serialize};

use crate::{Category, Price};

/// Whether a product can be bought, as in Google's feed attribute `availability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Ready to be sent.
    InStock,
    /// Sold out.
    OutOfStock,
    /// Can be ordered before its release.
    Preorder,
    /// Will be sent later.
    Backorder,
}

/// A product of the shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// The shop's own id.
    pub id: String,
    /// Name of the product.
    pub title: String,
    /// The shop's description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The product's page in the shop.
    pub link: String,
    /// URL of the title picture on this server.
    pub image_url: String,
    /// URLs of further pictures on this server, in the feed's order; people wear the product in many of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_pictures: Vec<String>,
    /// The price now.
    pub price: Price,
    /// The price without the current sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<Price>,
    /// The end of the current sale (RFC 3339), if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_valid_until: Option<String>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// Brand, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    /// Colour in the shop's words, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub color: String,
    /// `female`, `male`, `unisex`, or empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gender: String,
    /// The shop's own classification, e.g. `Women > Tops`, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product_type: String,
    /// `newborn`, `infant`, `toddler`, `kids`, `adult`, or empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub age_group: String,
    /// What it is made of, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub material: String,
    /// Its pattern or print, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pattern: String,
    /// One of the eight categories.
    pub category: Category,
    /// Whether FashionDNA predicted the category from the picture, because no field implies one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub category_predicted: bool,
}
