//! `POST /api/v1/admin/feeds`. In: a feed's file. Out: the [`ImportJob`] that imports it.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::{ImportJob, paths};

use super::access::Administration;
use super::upload::{FeedFile, ImportParams, ImportRequest};
use crate::http::error::AppError;

/// Import a feed, which replaces the catalogue.
///
/// The body is the feed's file, at most 256 MiB, plain or compressed by gzip; or a form with the file. The server fetches the pictures
/// from their addresses.
#[utoipa::path(
    post,
    path = "/api/v1/admin/feeds",
    tag = "admin",
    params(ImportRequest),
    request_body(
        description = "The feed",
        content(("application/octet-stream"), ("application/gzip"), ("multipart/form-data"))
    ),
    responses((status = 202, description = "The job, which runs in the background", body = ImportJob), AppError)
)]
pub(super) async fn feeds(
    Administration(admin): Administration,
    ImportParams(options): ImportParams,
    FeedFile { folder, path }: FeedFile,
) -> Result<Response, AppError> {
    let job = admin.start(folder, path, options).map_err(|_| AppError::ImportRunning)?;
    let location = format!("{}/jobs/{}", paths::ADMIN, job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(job)).into_response())
}
