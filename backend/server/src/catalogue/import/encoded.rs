//! What the middle step of an import hands on: articles with f(A), what was fetched, and a report.

use std::sync::Arc;

use super::report::ImportReport;
use crate::catalogue::article::Article;
use crate::catalogue::store::FetchedPicture;

/// An article and its f(A), `(width)`.
pub(super) type Encoded = (Article, Arc<[f32]>);

/// What became of a feed's rows.
pub(super) struct EncodedFeed {
    /// In the order of ids, which decides ties: that of SQLite's `ORDER BY id`, by bytes of UTF-8.
    pub(super) articles: Vec<Encoded>,
    /// What the feed's addresses hold.
    pub(super) fetched: Vec<FetchedPicture>,
    pub(super) report: ImportReport,
}
