//! `/api/v1/images/{id}` and `/api/v1/images/{id}/{number}`. In: a product's id. Out: a stored picture of it, a JPEG.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::catalogue::import::MAX_STORED_SIDE;
use crate::catalogue::{Article, Catalogue};
use crate::digest::Digest;
use crate::http::caching::is_known;
use crate::http::error::AppError;
use crate::http::extract::{Params, PathPart, ReadyEngine};
use crate::http::params::value;
use crate::http::state::AppState;

/// An address with the picture's version always shows the same picture.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Without the version, an import may replace the picture.
const ONE_HOUR: &str = "public, max-age=3600";

/// The query string of a picture. Other parameters are ignored.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ImageRequest {
    /// The picture's version, as in a product's `image_url` and `further_pictures`
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
    State(state): State<AppState>,
    ReadyEngine(engine): ReadyEngine,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    respond((&state, &engine.catalogue), id, request, &headers, |article| Some(article.picture_sha256)).await
}

/// One of a product's further pictures, as the title picture is sent.
#[utoipa::path(
    get,
    path = "/api/v1/images/{id}/{number}",
    tag = "catalogue",
    params(
        ("id" = String, Path, description = "The shop's own id"),
        ("number" = usize, Path, description = "Which of `further_pictures`, counted from 1", minimum = 1),
        ImageRequest
    ),
    responses(
        (status = 200, description = "The picture", content_type = "image/jpeg", body = Vec<u8>),
        (status = 304, description = "The picture that `If-None-Match` names is still current"),
        AppError
    )
)]
pub(super) async fn further(
    PathPart((id, number)): PathPart<(String, usize)>,
    Params(request): Params<ImageRequest>,
    State(state): State<AppState>,
    ReadyEngine(engine): ReadyEngine,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let of = move |article: &Article| article.further_pictures.get(number.checked_sub(1)?).copied();
    respond((&state, &engine.catalogue), id, request, &headers, of).await
}

/// Sends one of a product's pictures.
async fn respond(
    (state, catalogue): (&AppState, &Catalogue),
    id: String,
    request: ImageRequest,
    headers: &HeaderMap,
    picture: impl Fn(&Article) -> Option<Digest>,
) -> Result<Response, AppError> {
    let Some(sha256) = catalogue.find(&id).and_then(picture) else { return Err(AppError::UnknownProduct(id)) };
    let current = sha256.short();
    let etag = match request.width {
        Some(width) => format!("\"{current}-{width}\""),
        None => format!("\"{current}\""),
    };
    let lifetime = if request.v.as_deref() == Some(current.as_str()) { FOREVER } else { ONE_HOUR };
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, lifetime.to_owned())];
    if is_known(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let paths = catalogue.picture_paths(&sha256, request.width.unwrap_or(u32::MAX));
    for path in paths {
        let read = match tokio::fs::read(&path).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fetched(state, &path).await,
            read => read,
        };
        match read {
            Ok(jpeg) => return Ok((caching, [(header::CONTENT_TYPE, "image/jpeg")], Body::from(jpeg)).into_response()),
            // Not every picture has copies.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(AppError::Internal(error.into())),
        }
    }
    // Two imports that ran one after the other have replaced the picture.
    Err(AppError::UnknownProduct(id))
}

/// Fetches a picture that the catalogue's folder lacks from where the folder comes from, if it does and that has it.
pub(super) async fn fetch_missing(state: &AppState, path: &std::path::Path) {
    if !tokio::fs::try_exists(path).await.unwrap_or(false)
        && let Err(error) = fetched(state, path).await
    {
        tracing::debug!("{} is not fetched: {error}", path.display());
    }
}

/// A picture that the catalogue's folder lacks, from where the folder comes from; not found if it stands for itself, or there is none.
async fn fetched(state: &AppState, path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let (Some(replica), Some(name)) = (state.replica(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(missing());
    };
    let name = name.to_owned();
    let fetching = tokio::task::spawn_blocking(move || replica.fetch_picture(&name));
    match fetching.await.map_err(std::io::Error::other)? {
        Ok(true) => tokio::fs::read(path).await,
        Ok(false) => Err(missing()),
        Err(error) => Err(std::io::Error::other(error)),
    }
}
