//! `/api/v1/facets`: what articles can be filtered by. Out: [`FacetCounts`].

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use stl_types::wire::{FacetCounts, Problem};

use super::images::names;
use crate::digest::Digest;
use crate::http::app::AppState;
use crate::http::error::AppError;

/// An import, an update or a sale that begins may change them at any moment.
const ASK_AGAIN: &str = "no-cache";

/// What articles can be filtered by, with how many there are of each.
///
/// Of brands and colours the 200 most frequent are named; of the others it is told how many there are.
#[utoipa::path(
    get,
    path = "/api/v1/facets",
    tag = "catalogue",
    responses(
        (status = 200, description = "Brands, colours, genders, prices and stock", body = FacetCounts),
        (status = 304, description = "What `If-None-Match` names is still right"),
        (status = 503, description = "Still loading", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn facets(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let engine = state.engine()?;
    let json = serde_json::to_vec(&engine.catalogue.facets.counts(Timestamp::now()))
        .map_err(|error| AppError::Internal(error.into()))?;
    // By the content, as prices change within a version of the catalogue when a sale begins or ends.
    let etag = format!("\"{}\"", Digest::of(&json).short());
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, ASK_AGAIN.to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known.as_bytes(), etag.as_bytes())) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(header::CONTENT_TYPE, "application/json")], json).into_response())
}
