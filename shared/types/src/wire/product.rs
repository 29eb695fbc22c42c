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
    /// The price now; of several sizes that of the cheapest one that can be bought.
    pub price: Price,
    /// The price now of the most expensive size that can be bought, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_price: Option<Price>,
    /// The price without the current sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<Price>,
    /// The end of the current sale (RFC 3339), if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_valid_until: Option<String>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// Sizes that can be bought, from small to large, at most [`Product::MOST_SIZES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
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

impl Product {
    /// Sizes that are listed: a card has room for some of them, and counts the others.
    pub const MOST_SIZES: usize = 40;
}

/// A product with all that the catalogue knows of its sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WholeProduct {
    /// The product, as on a card.
    #[serde(flatten)]
    pub product: Product,
    /// All of its sizes, also those that are sold out, from small to large.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// What it shares with the shop's other colours of it, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item_group_id: String,
}

/// A size of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Variant {
    /// The shop's own id, empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The size in the shop's words, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub size: String,
    /// The system of the size, such as `EU`, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub size_system: String,
    /// Its global trade item number, empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gtin: String,
    /// Its page in the shop.
    pub link: String,
    /// The price now.
    pub price: Price,
    /// The price without the current sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<Price>,
    /// Whether it can be bought.
    pub availability: Availability,
}
