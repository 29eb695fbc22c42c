//! `/healthz` and `/readyz`. Out: 200 or 503.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use stl_types::wire::Problem;

use crate::http::app::AppState;
use crate::http::error::AppError;

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
    responses(
        (status = 200, description = "Searches are answered", body = String),
        (status = 503, description = "Still loading", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(state): State<AppState>) -> Result<impl IntoResponse, AppError> {
    state.engine().map(|_| ([(header::CACHE_CONTROL, "no-store")], "ready\n"))
}
