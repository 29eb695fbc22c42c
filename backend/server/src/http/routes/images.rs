//! `/api/v1/images/{id}`. In: a product's id. Out: its stored picture, a JPEG.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::caching::is_known;
use crate::http::error::AppError;
use crate::http::extract::{Params, PathPart, ReadyEngine};

/// An address with the picture's version always shows the same picture.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Without the version, an import may replace the picture.
const ONE_HOUR: &str = "public, max-age=3600";

/// The query string of a picture. Other parameters are ignored.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ImageRequest {
    /// The picture's version, as in a product's `image_url`
    v: Option<String>,
}

/// A product's picture, at most 800 pixels on its long side.
#[utoipa::path(
    get,
    path = "/api/v1/images/{id}",
    tag = "catalogue",
    params(("id" = String, Path, description = "The shop's own id"), ImageRequest),
    responses(
        (status = 200, description = "The picture", content_type = "image/jpeg", body = Vec<u8>),
        (status = 304, description = "The picture that `If-None-Match` names is still current"),
        AppError
    )
)]
pub(super) async fn image(
    PathPart(id): PathPart<String>,
    Params(request): Params<ImageRequest>,
    ReadyEngine(engine): ReadyEngine,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let catalogue = &engine.catalogue;
    let Some(article) = catalogue.find(&id) else { return Err(AppError::UnknownProduct(id)) };
    let current = article.picture_sha256.short();
    let etag = format!("\"{current}\"");
    let lifetime = if request.v.as_deref() == Some(current.as_str()) { FOREVER } else { ONE_HOUR };
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, lifetime.to_owned())];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let jpeg = tokio::fs::read(catalogue.picture_path(article)).await.map_err(|error| match error.kind() {
        // Two imports that ran one after the other have replaced the picture.
        std::io::ErrorKind::NotFound => AppError::UnknownProduct(id),
        _ => AppError::Internal(error.into()),
    })?;
    Ok((caching, [(header::CONTENT_TYPE, "image/jpeg")], Body::from(jpeg)).into_response())
}
