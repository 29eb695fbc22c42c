//! What travels between page and server as JSON, and where. In and out: serde.

use serde::{Deserialize, Serialize};

use crate::manifest::NetworkSpec;
use crate::{Category, Price};

/// Paths of the HTTP API and of what is served beside it.
pub mod paths {
    /// `POST`: the cut-out's bytes (PNG, WebP or JPEG), or a form of [`super::parts`]; `?category=shirts&limit=20`, both
    /// optional, the category also several times. [`super::SearchResponse`].
    pub const SEARCH: &str = "/api/v1/search";
    /// `GET …/{id}`: one [`super::Product`]. `GET …/{id}/`[`SIMILAR`]: a [`super::SearchResponse`].
    pub const PRODUCTS: &str = "/api/v1/products";
    /// The last part of the path of the articles that are most similar to a product.
    pub const SIMILAR: &str = "similar";
    /// `GET`: what articles can be filtered by, [`super::FacetCounts`].
    pub const FACETS: &str = "/api/v1/facets";
    /// `GET …/{id}`: a product's picture.
    pub const PRODUCT_IMAGES: &str = "/api/v1/images";
    /// `GET`: the OpenAPI description.
    pub const OPENAPI: &str = "/api/v1/openapi.json";
    /// `GET`: the process answers.
    pub const HEALTHZ: &str = "/healthz";
    /// `GET`: models and catalogue are loaded.
    pub const READYZ: &str = "/readyz";
    /// `GET`: the segmenter's files, a [`super::SegmenterFiles`].
    pub const SEGMENTER: &str = "/segmenter/segmenter.json";
    /// `GET`: the sample looks, a list of [`super::SampleLook`].
    pub const SAMPLES: &str = "/samples/samples.json";
    /// The page's service worker.
    pub const SERVICE_WORKER: &str = "/service-worker.js";
    /// `POST`: where other apps send photos that are shared with the installed page. The service worker takes them on the device;
    /// the server only says that it was missed.
    pub const SHARE: &str = "/share";
    /// `GET`: the widget's loader, a JavaScript module.
    pub const WIDGET: &str = "/widget.js";
    /// `GET`: what the loader fetches, a list of [`super::WidgetFiles`].
    pub const WIDGET_FILES: &str = "/widget.json";
}

/// Parts of a search sent as `multipart/form-data`.
pub mod parts {
    /// The cut-out's bytes: PNG, WebP or JPEG.
    pub const CUTOUT: &str = "cutout";
    /// Which pixels of the cut-out are which garment, optional: an 8-bit PNG, grey or with a palette, of class indices
    /// `0..=12`, at most the cut-out's size and of its shape.
    pub const REGIONS: &str = "regions";
}

/// Whether an article can be bought, as in Google's feed attribute `availability`.
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

/// An article of the shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// The shop's own id.
    pub id: String,
    /// Name of the article.
    pub title: String,
    /// What the shop says about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The article's page in the shop.
    pub link: String,
    /// Where this server serves the title picture.
    pub image_url: String,
    /// What it costs now.
    pub price: Price,
    /// What it costs without the sale that is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regular_price: Option<Price>,
    /// The moment (RFC 3339) at which the sale ends, if it is known.
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
    /// One of the eight categories.
    pub category: Category,
    /// Whether the category was told from the picture, since the shop's words are silent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub category_predicted: bool,
}

/// A product as an answer to a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// The match's score: a logit without unit, higher is better, comparable within one answer only.
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
    /// Where such a garment was seen in the cut-out, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garment: Option<SeenGarment>,
}

/// A garment in the cut-out: a box in its pixels.
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
    /// One entry for each category that has articles: those seen in the cut-out first, the largest garment first, then
    /// the others, the category whose best card scores highest first.
    pub categories: Vec<CategoryCards>,
    /// Articles that were scored: all that the filter lets through.
    pub articles_scored: usize,
    /// Milliseconds for each of decode, encode, match and cards.
    pub timing: SearchTiming,
}

/// Where the server's time went, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchTiming {
    /// Cut-out to pixels.
    pub decode_ms: f32,
    /// Pixels to each f(I).
    pub encode_ms: f32,
    /// f(I) to hits.
    pub match_ms: f32,
    /// Hits to cards.
    pub cards_ms: f32,
}

/// What articles can be filtered by, and how many there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetCounts {
    /// All articles.
    pub articles: usize,
    /// Those in stock.
    pub in_stock: usize,
    /// Brands, in their most frequent spelling.
    pub brands: FacetValues,
    /// Colours in the shop's words: an article in `Navy/White` counts for both.
    pub colors: FacetValues,
    /// `female`, `male`, `unisex`: what is unisex counts for all three.
    pub genders: FacetValues,
    /// What articles cost, by currency, the one of most articles first.
    pub prices: Vec<PriceSpan>,
}

/// The values of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValues {
    /// The 200 most frequent, the most frequent first; of equally frequent ones in the order of their letters.
    pub values: Vec<FacetValue>,
    /// Values that there are besides.
    pub others: usize,
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValue {
    /// What a search is filtered by.
    pub value: String,
    /// Articles that pass a filter by it alone.
    pub count: usize,
}

/// What the articles in a currency cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceSpan {
    /// ISO 4217 code.
    pub currency: String,
    /// The lowest price, in minor units.
    pub lowest_minor: u64,
    /// The highest price, in minor units.
    pub highest_minor: u64,
    /// Articles in this currency.
    pub count: usize,
}

/// Where an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It is at work.
    #[default]
    Running,
    /// Its products are the catalogue.
    Done,
    /// The catalogue stays as it was.
    Failed,
}

/// An import that goes on by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportJob {
    /// Its number.
    pub id: u64,
    /// Where it is.
    pub state: JobState,
    /// Rows that are done.
    pub done: usize,
    /// Of so many; 0 until the feed is read.
    pub of: usize,
    /// Products in the new catalogue.
    pub imported: usize,
    /// Pictures that were new.
    pub encoded: usize,
    /// Products whose picture was known.
    pub unchanged: usize,
    /// Products whose category was told from their picture.
    pub predicted: usize,
    /// Products that the shop does not show, such as drafts: they are skipped, and no fault.
    pub hidden: usize,
    /// Rows that are sizes of a product of an earlier row.
    pub merged: usize,
    /// Rows that were left out.
    pub left_out: usize,
    /// The first hundred of them, each with file, line, field and reason; or why the import failed.
    pub problems: Vec<String>,
}

/// What a change of the catalogue did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditResult {
    /// Products that were changed or deleted.
    pub edited: usize,
    /// Rows that were left out.
    pub left_out: usize,
    /// The first hundred of them and why.
    pub problems: Vec<String>,
}

/// What the catalogue is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueStats {
    /// The last published version, none if nothing was imported.
    pub published_version: Option<u64>,
    /// The version that searches are answered from; it follows within seconds.
    pub served_version: Option<u64>,
    /// Products of the served version.
    pub products: usize,
}

/// An error as RFC 9457 problem details (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable URI reference that names the kind of error, e.g. `/problems/picture-too-large`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence on this very case, safe to show.
    pub detail: String,
    /// The last part of `type`, for programs.
    pub code: String,
}

/// The files that segment photos in the browser; all but this list are named by their content's hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmenterFiles {
    /// The build for WebAssembly with 128-bit SIMD.
    pub simd: SegmenterBuild,
    /// The build that uses relaxed SIMD.
    pub relaxed_simd: SegmenterBuild,
    /// The network, packed.
    pub model: SegmenterFile,
    /// The model manifest's entry of the network.
    pub network: NetworkSpec,
}

/// A file that the worker fetches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmenterFile {
    /// Its URL.
    pub url: String,
    /// Its size, uncompressed.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// One build of the worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmenterBuild {
    /// URL of the worker's script.
    pub script: String,
    /// The WebAssembly module.
    pub wasm: SegmenterFile,
}

/// Names of the files that make the widget, all named by their content's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetFiles {
    /// URL of the page's program, a JavaScript module.
    pub module: String,
    /// URL of its WebAssembly.
    pub wasm: String,
    /// URL of the style sheet for its shadow tree.
    pub style: String,
}

/// A picture that the page offers to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleLook {
    /// URL of the picture.
    pub image: String,
    /// What it shows.
    pub caption: String,
    /// Products worn in it, category → id, where the demo catalogue has them.
    #[serde(default)]
    pub products: std::collections::BTreeMap<String, String>,
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
