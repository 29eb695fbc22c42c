//! `GET /api/v1/admin/jobs/{id}`. In: a job's number. Out: the [`ImportJob`].

use axum::Json;
use stl_types::wire::ImportJob;

use super::access::Administration;
use crate::http::error::AppError;
use crate::http::extract::PathPart;

/// The progress of an import.
#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs/{id}",
    tag = "admin",
    params(("id" = u64, Path, description = "The job's number")),
    responses((status = 200, description = "The job", body = ImportJob), AppError)
)]
pub(super) async fn job(
    Administration(admin): Administration,
    PathPart(id): PathPart<u64>,
) -> Result<Json<ImportJob>, AppError> {
    admin.job(id).map(Json).ok_or(AppError::UnknownPath)
}
