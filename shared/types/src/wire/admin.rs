//! Answers of the administration as JSON.

use serde::{Deserialize, Serialize};

/// The state of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// The import is running.
    #[default]
    Running,
    /// The catalogue consists of the imported products.
    Done,
    /// The catalogue is unchanged.
    Failed,
    /// The import was cancelled; the catalogue is unchanged.
    Cancelled,
    /// The server ended while the import ran; the catalogue is unchanged. Send the feed again.
    Interrupted,
}

/// An import that runs in the background.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ImportJob {
    /// Its number, which no other job ever has.
    pub id: u64,
    /// The market that the feed is of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub market: String,
    /// The job's state.
    pub state: JobState,
    /// Pictures that are done: one for each row, and each further picture once.
    pub done: usize,
    /// Pictures in total; 0 until the feed is read.
    pub of: usize,
    /// A host that has not sent a picture for ten seconds or more, while the import runs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub waiting_for: String,
    /// For how many seconds it has been waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_s: Option<u64>,
    /// Products in the new catalogue.
    pub imported: usize,
    /// New pictures, which were encoded.
    pub encoded: usize,
    /// Products whose picture was encoded before.
    pub unchanged: usize,
    /// Products whose stored picture was kept, because its address failed.
    pub kept: usize,
    /// Further pictures of the products.
    pub further_pictures: usize,
    /// Products whose category FashionDNA predicted from the picture.
    pub predicted: usize,
    /// Products that the shop does not show, such as drafts. They are skipped without a fault.
    pub hidden: usize,
    /// Rows that were merged into an earlier row, because they are sizes of the same product.
    pub merged: usize,
    /// Rows that were left out.
    pub left_out: usize,
    /// Why the import failed, if it did; then the first hundred rows left out, each with file, line, field and reason.
    pub problems: Vec<String>,
    /// The first hundred notes on imported rows: optional fields that were dropped, pictures that were kept, further
    /// pictures that cannot be used, and what concerns the feed as a whole.
    pub notes: Vec<String>,
}

/// What came of a feed that a server fetches by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedOutcome {
    /// It is the catalogue.
    Imported,
    /// It is the one that was imported before.
    Unchanged,
    /// It would lose too many products: the catalogue stays as it was.
    HeldBack,
    /// It could not be fetched or imported: the catalogue stays as it was.
    #[default]
    Failed,
}

/// A feed that a server fetches by itself. Moments are of RFC 3339; one that was not yet is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct FeedState {
    /// Its address.
    pub url: String,
    /// The market that it is of.
    pub market: String,
    /// Seconds from one fetch to the next.
    pub every_s: u64,
    /// What came of the last try.
    pub outcome: FeedOutcome,
    /// Since when it is being fetched and imported; empty if it is not.
    pub running_since: String,
    /// Failures in a row.
    pub failures: u32,
    /// When it was fetched last.
    pub last_try: String,
    /// When it was fetched last and could be used: the age of what is served.
    pub last_good: String,
    /// When it was imported last.
    pub last_import: String,
    /// When it is fetched next.
    pub next_try: String,
    /// Products of the last import.
    pub products: usize,
    /// Rows that it left out.
    pub left_out: usize,
    /// Why the last try failed, or the rows that were left out and then notes of the feed as a whole: the first hundred.
    pub problems: Vec<String>,
    /// The header `ETag` of the imported feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its header `Last-Modified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// The result of a change to the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditResult {
    /// Products that were changed or deleted.
    pub edited: usize,
    /// Rows that were left out.
    pub left_out: usize,
    /// The first hundred rows left out, each with its reason.
    pub problems: Vec<String>,
    /// What the shop should know about what was changed, such as prices in another currency than before.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A match that was adapted to the shop's own pictures, and what was measured on articles that it was not adapted on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AdaptedMatch {
    /// The catalogue's version with which it came.
    pub version: u64,
    /// Articles that it was adapted on.
    pub training_articles: usize,
    /// Articles that it was measured on.
    pub held_out_articles: usize,
    /// Queries that it was measured on: whole people and garments in further pictures of these articles.
    pub held_out_queries: usize,
    /// Share of them whose article the shipped match ranks among the first 10 of its category.
    pub top_10_shipped: f64,
    /// The same of the adapted match.
    pub top_10_adapted: f64,
    /// Lower end of the 95 % interval of the difference.
    pub gain_low: f64,
    /// Upper end.
    pub gain_high: f64,
}

/// A market of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarketStats {
    /// Its name; empty for products of no market.
    pub name: String,
    /// Products that it sells.
    pub products: usize,
}

/// The versions and the size of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogueStats {
    /// The last published version; none if nothing was imported.
    pub published_version: Option<u64>,
    /// The version that the server uses; it loads the published one within seconds.
    pub served_version: Option<u64>,
    /// Products of the served version, each once.
    pub products: usize,
    /// The markets of the served version, the first one first; empty in a catalogue without markets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<MarketStats>,
    /// The match of the served version, if it was adapted; without it, the shipped match serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapted_match: Option<AdaptedMatch>,
}
