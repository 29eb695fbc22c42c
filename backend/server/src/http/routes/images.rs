//! `/api/v1/images/{id}`. In: a product's id. Out: its stored picture, a JPEG.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::catalogue::import::MAX_STORED_SIDE;
use crate::http::caching::is_known;
use crate::http::error::AppError;
use crate::http::extract::{Params, PathPart, ReadyEngine, value};

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
    /// The least width in pixels; the smallest stored copy that has it is sent, else the whole picture
    #[param(minimum = 1, maximum = 800)]
    #[serde(deserialize_with = "width")]
    width: Option<u32>,
}

fn width<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    value(deserializer, |text| {
        let width = text.parse::<u32>().ok().filter(|width| (1..=MAX_STORED_SIDE).contains(width));
        width.map(Some).ok_or_else(|| format!("expected a number from 1 to {MAX_STORED_SIDE}, got {text:?}"))
    })
}

/// A product's picture, at most 800 pixels on its long side, or a smaller copy.
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
    let etag = match request.width {
        Some(width) => format!("\"{current}-{width}\""),
        None => format!("\"{current}\""),
    };
    let lifetime = if request.v.as_deref() == Some(current.as_str()) { FOREVER } else { ONE_HOUR };
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, lifetime.to_owned())];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let paths = catalogue.picture_paths(article, request.width.unwrap_or(u32::MAX));
    for path in paths {
        match tokio::fs::read(path).await {
            Ok(jpeg) => return Ok((caching, [(header::CONTENT_TYPE, "image/jpeg")], Body::from(jpeg)).into_response()),
            // Not every picture has copies.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(AppError::Internal(error.into())),
        }
    }
    // Two imports that ran one after the other have replaced the picture.
    Err(AppError::UnknownProduct(id))
}
