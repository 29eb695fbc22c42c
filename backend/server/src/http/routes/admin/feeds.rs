//! `/api/v1/admin/feeds`. In: a feed's file. Out: the [`ImportJob`] that imports it; or what came of the feeds that the server fetches by itself.

use std::sync::Arc;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::{FeedState, ImportJob, paths};

use super::access::Administration;
use super::upload::{FeedFile, ImportParams, ImportRequest};
use crate::catalogue::{Store, StoreError};
use crate::http::admin::Admin;
use crate::http::error::AppError;

/// Import a feed, which replaces what its market sells; the whole catalogue, if it has no markets.
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
    administration: Administration,
    ImportParams(options): ImportParams,
    FeedFile { folder, path }: FeedFile,
) -> Result<Response, AppError> {
    let Json(job) = administration.run(move |admin| admin.start(folder, path, options)).await?;
    let location = format!("{}/jobs/{}", paths::ADMIN, job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(job)).into_response())
}

/// The feeds that the server fetches by itself.
///
/// What came of the last try, how old the feed is that is served, its products and faults. Empty without `serve --feeds`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/feeds",
    tag = "admin",
    responses((status = 200, description = "The feeds, by address", body = Vec<FeedState>), AppError)
)]
pub(super) async fn scheduled(administration: Administration) -> Result<Json<Vec<FeedState>>, AppError> {
    let states = |admin: &Arc<Admin>| match Store::open(&admin.catalogue).and_then(|store| store.feeds()) {
        Ok(states) => Ok(states),
        Err(StoreError::Missing { .. }) => Ok(Vec::new()),
        Err(error) => Err(AppError::Internal(error.into())),
    };
    administration.run(states).await
}
