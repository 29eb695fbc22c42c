//! `/api/v1/admin/jobs/{id}`. In: a job's number. Out: the [`ImportJob`].

use axum::Json;
use axum::http::StatusCode;
use stl_types::wire::ImportJob;

use super::access::Administration;
use crate::http::error::AppError;
use crate::http::extract::PathPart;

/// The progress of an import.
///
/// Jobs outlive a restart of the server, and their numbers are never used again.
#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs/{id}",
    tag = "admin",
    params(("id" = u64, Path, description = "The job's number")),
    responses((status = 200, description = "The job", body = ImportJob), AppError)
)]
pub(super) async fn job(
    administration: Administration,
    PathPart(id): PathPart<u64>,
) -> Result<Json<ImportJob>, AppError> {
    administration.run(move |admin| admin.job(id)?.ok_or(AppError::UnknownPath)).await
}

/// The imports that are remembered, the last one first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs",
    tag = "admin",
    responses((status = 200, description = "At most 32 jobs", body = Vec<ImportJob>), AppError)
)]
pub(super) async fn jobs(administration: Administration) -> Result<Json<Vec<ImportJob>>, AppError> {
    administration.run(|admin| admin.jobs()).await
}

/// Cancel an import.
///
/// It ends once the pictures that are being fetched have arrived or failed; the catalogue stays as it was.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/jobs/{id}",
    tag = "admin",
    params(("id" = u64, Path, description = "The job's number")),
    responses((status = 202, description = "The job, which will end", body = ImportJob), AppError)
)]
pub(super) async fn cancel(
    administration: Administration,
    PathPart(id): PathPart<u64>,
) -> Result<(StatusCode, Json<ImportJob>), AppError> {
    let job = administration.run(move |admin| admin.cancel(id)).await?;
    Ok((StatusCode::ACCEPTED, job))
}
