//! The sample looks of the catalogue. In: a name. Out: their list, or a picture.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::SampleLook;

use crate::catalogue::looks::LookFile;
use crate::http::error::AppError;
use crate::http::extract::{PathPart, ReadyEngine};

/// Names contain their content's hash.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// An import loads the looks again.
const REVALIDATE: &str = "no-cache";

/// All of them; an empty list if the catalogue has none.
pub(super) async fn list(ReadyEngine(engine): ReadyEngine) -> Response {
    let looks: Vec<SampleLook> = engine.catalogue.looks.listed();
    ([(header::CACHE_CONTROL, REVALIDATE)], Json(looks)).into_response()
}

/// A picture, or its small copy.
pub(super) async fn picture(
    PathPart(name): PathPart<String>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Response, AppError> {
    let (media_type, file) = match engine.catalogue.looks.file(&name).ok_or(AppError::UnknownPath)? {
        LookFile::Thumbnail(file) => ("image/jpeg", Bytes::copy_from_slice(file)),
        LookFile::Picture(path, format) => {
            let file = tokio::fs::read(path).await.map_err(|error| AppError::Internal(error.into()))?;
            (format.media_type(), file.into())
        }
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, FOREVER)], Body::from(file)).into_response())
}
