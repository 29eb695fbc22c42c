//! `/api/v1/facets`: what products can be filtered by. Out: [`FacetCounts`].

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use stl_types::wire::FacetCounts;

use crate::digest::Digest;
use crate::http::caching::is_known;
use crate::http::error::AppError;
use crate::http::extract::{MarketRequest, Params, ReadyEngine};

/// An import, an update or a sale may change the facets at any moment.
const REVALIDATE: &str = "no-cache";

/// The values that the products of a market can be filtered by, each with its number of products.
///
/// Lists the 200 most frequent brands and colours and counts the others.
#[utoipa::path(
    get,
    path = "/api/v1/facets",
    tag = "catalogue",
    params(MarketRequest),
    responses(
        (status = 200, description = "Brands, colours, genders, prices and stock", body = FacetCounts),
        (status = 304, description = "The answer that `If-None-Match` names is still current"),
        AppError
    )
)]
pub(super) async fn facets(
    Params(MarketRequest { market }): Params<MarketRequest>,
    ReadyEngine(engine): ReadyEngine,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let json = serde_json::to_vec(&engine.catalogue.market(&market)?.facets.counts(Timestamp::now()))
        .map_err(|error| AppError::Internal(error.into()))?;
    // Made of the content: when a sale begins or ends, prices change within a version of the catalogue.
    let etag = format!("\"{}\"", Digest::of(&json).short());
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, REVALIDATE.to_owned())];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(header::CONTENT_TYPE, "application/json")], json).into_response())
}
