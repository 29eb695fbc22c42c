//! `/healthz` and `/readyz`. Out: 200 or 503.

use axum::http::header;
use axum::response::IntoResponse;

use crate::http::error::AppError;
use crate::http::extract::ReadyEngine;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The process answers", body = String)))]
pub(super) async fn healthz() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

/// Networks and catalogue are loaded.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses((status = 200, description = "The server answers searches", body = String), AppError)
)]
pub(super) async fn readyz(_: ReadyEngine) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ready\n")
}
