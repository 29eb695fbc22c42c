//! `/api/v1/images/{id}`. In: a product's id. Out: its stored picture, a JPEG.

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use stl_types::wire::Problem;

use crate::http::app::AppState;
use crate::http::error::AppError;

/// Addresses with the picture's version never show another picture.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Others may, after an import.
const ONE_HOUR: &str = "public, max-age=3600";

#[derive(Deserialize)]
pub(super) struct Version {
    v: Option<String>,
}

/// A product's picture, at most 800 pixels on its long side.
#[utoipa::path(
    get,
    path = "/api/v1/images/{id}",
    tag = "catalogue",
    params(
        ("id" = String, Path, description = "The shop's own id"),
        ("v" = Option<String>, Query, description = "The picture's version, as in a product's `image_url`"),
    ),
    responses(
        (status = 200, description = "The picture", content_type = "image/jpeg", body = Vec<u8>),
        (status = 304, description = "The picture that `If-None-Match` names is still the current one"),
        (status = 404, description = "No such product", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Still loading", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn image(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
    version: Result<Query<Version>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(id) = id.map_err(|_| AppError::UnknownPath)?;
    let Query(version) = version.map_err(|_| AppError::Query)?;
    let engine = state.engine()?;
    let catalogue = &engine.catalogue;
    let Some(article) = catalogue.find(&id) else { return Err(AppError::UnknownProduct(id)) };
    let current = article.picture_sha256.short();
    let etag = format!("\"{current}\"");
    let keep = if version.v.as_deref() == Some(current.as_str()) { FOREVER } else { ONE_HOUR };
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, keep.to_owned())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known.as_bytes(), etag.as_bytes())) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let jpeg = tokio::fs::read(catalogue.picture_path(article)).await.map_err(|error| match error.kind() {
        // Two imports that ran one after the other have replaced the picture.
        std::io::ErrorKind::NotFound => AppError::UnknownProduct(id),
        _ => AppError::Internal(error.into()),
    })?;
    Ok((caching, [(header::CONTENT_TYPE, "image/jpeg")], Body::from(jpeg)).into_response())
}

/// Whether a list of entity tags names this one, weakly compared (RFC 9110, 13.1.2).
pub(super) fn names(list: &[u8], etag: &[u8]) -> bool {
    list.split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag)
}
