//! The JSON between page and server, and its paths. In and out: serde.

mod admin;
mod events;
mod facets;
mod files;
mod insight;
mod numbers;
mod page;
mod problem;
mod product;
mod rules;
mod search;

pub use admin::{AdaptedMatch, CatalogueStats, EditResult, FeedOutcome, FeedState, ImportJob, JobState, MarketStats};
pub use events::{
    EventCounts, EventKind, EventStats, MAX_EVENT_NAME_CHARS, MAX_EVENTS, MAX_EVENTS_BYTES, NamedCounts, ShopEvent,
    ShopEvents,
};
pub use facets::{FacetCounts, FacetValue, FacetValues, PriceSpan};
pub use files::{
    EncoderFiles, NetworkEngine, NetworkFile, SampleLook, SegmenterBuild, SegmenterFile, SegmenterFiles, WidgetFiles,
};
pub use insight::{FoundProducts, PreviewCard, PreviewRow, ProductSight, Region, RulesPreview};
pub use numbers::{
    MAX_NUMBERS_BYTES, MAX_NUMBERS_GARMENTS, NumbersArticle, NumbersGarment, NumbersSearch, Packed, UnpackError,
};
pub use page::{MARKET, SHOP_ELEMENT, ShopPage, product_of_page, product_page};
pub use problem::Problem;
pub use product::{Availability, Product, Variant, WholeProduct};
pub use rules::{MovedBy, ReportedRule, RuleAction, RuleState, RulesReport, ShopRule, ShopRules, Texts};
pub use search::{
    Card, CategoryCards, FurtherCard, LikelyCategory, ProductLook, ProductLooks, SearchResponse, SearchTiming,
    SeenGarment,
};

/// Paths of the HTTP API and of the page's files.
pub mod paths {
    /// `POST`: the cutout's bytes (PNG, WebP or JPEG), or a form of [`super::parts`]. Optional parameters: `limit=20`,
    /// `category=shirts`, which may be given several times, and filters. Returns a [`super::SearchResponse`].
    pub const SEARCH: &str = "/api/v1/search";
    /// `GET`, with `id=…` up to 50 times: a list of [`super::Product`]s. `GET …/{id}`: a [`super::WholeProduct`]. `GET …/{id}/`[`SIMILAR`]: a
    /// [`super::SearchResponse`]. `GET …/{id}/`[`LOOKS`]: [`super::ProductLooks`].
    pub const PRODUCTS: &str = "/api/v1/products";
    /// The last part of the path that returns the products most similar to a product.
    pub const SIMILAR: &str = "similar";
    /// The last part of the path that returns what people wear with a product, [`super::ProductLooks`].
    pub const LOOKS: &str = "looks";
    /// `GET`: the values that products can be filtered by, [`super::FacetCounts`].
    pub const FACETS: &str = "/api/v1/facets";
    /// `POST`: [`super::ShopEvents`], if the server counts events.
    pub const EVENTS: &str = "/api/v1/events";
    /// `GET …/{id}`: a product's picture. `GET …/{id}/{number}`: one of its further pictures, counted from 1.
    pub const PRODUCT_IMAGES: &str = "/api/v1/images";
    /// What the paths of all answers begin with that depend on a market.
    pub const API: &str = "/api/v1/";
    /// The administration of the catalogue, which needs a bearer token.
    pub const ADMIN: &str = "/api/v1/admin";
    /// `GET`: the administration's page, if the server has a token for it.
    pub const ADMIN_PAGE: &str = "/admin";
    /// `GET`: the OpenAPI description.
    pub const OPENAPI: &str = "/api/v1/openapi.json";
    /// `GET`: whether the process answers.
    pub const HEALTHZ: &str = "/healthz";
    /// `GET`: whether networks and catalogue are loaded.
    pub const READYZ: &str = "/readyz";
    /// `GET`: the segmenter's files, a [`super::SegmenterFiles`].
    pub const SEGMENTER: &str = "/segmenter/segmenter.json";
    /// `GET`: the sample looks, a list of [`super::SampleLook`].
    pub const SAMPLES: &str = "/samples/samples.json";
    /// `GET …/{name}`: a sample look's picture.
    pub const SAMPLE_PICTURES: &str = "/samples";
    /// `GET`: the style sheet of the shop's own colours.
    pub const SHOP_STYLE: &str = "/shop.css";
    /// `GET`: the shop's logo.
    pub const SHOP_LOGO: &str = "/shop-logo";
    /// `GET`: the privacy page.
    pub const PRIVACY: &str = "/privacy";
    /// `GET`: the paragraph for the shop's privacy notice, in all languages; `#de` leads to one.
    pub const NOTICE: &str = "/privacy/notice";
    /// The page's service worker.
    pub const SERVICE_WORKER: &str = "/service-worker.js";
    /// `POST`: the share target of the installed page. The service worker takes the photo on the device; if it does not run,
    /// the server redirects to the page without reading the photo.
    pub const SHARE: &str = "/share";
    /// `GET`: the widget's loader, a JavaScript module.
    pub const WIDGET: &str = "/widget.js";
    /// `GET`: the files that the loader fetches, [`super::WidgetFiles`].
    pub const WIDGET_FILES: &str = "/widget.json";
}

/// Parts of a search sent as `multipart/form-data`.
pub mod parts {
    /// The cutout's bytes: PNG, WebP or JPEG.
    pub const CUTOUT: &str = "cutout";
    /// The garment that each pixel of the cutout belongs to, optional: an 8-bit PNG, grey or with a palette, of class
    /// indices `0..=12`, at most of the cutout's size and of the same shape.
    pub const REGIONS: &str = "regions";
}
