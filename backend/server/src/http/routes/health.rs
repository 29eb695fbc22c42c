//! `/healthz` and `/readyz`. Out: 200 or 503.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::http::error::AppError;
use crate::http::extract::ReadyEngine;
use crate::http::state::AppState;

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
pub(super) async fn readyz(State(state): State<AppState>, ReadyEngine(engine): ReadyEngine) -> impl IntoResponse {
    // A server without its database serves on: a balancer that took it away would take all of them away.
    let waiting = state.waiting();
    let mut faults = state.replica().map(|replica| replica.faults()).unwrap_or_default();
    faults.extend(engine.version_of_shards().map(|(shards, _)| shards.faults()).unwrap_or_default());
    faults.extend(waiting);
    let body = if faults.is_empty() {
        "ready\n".to_owned()
    } else {
        let version = engine.catalogue.version();
        format!("ready: version {version} is served on: {}\n", faults.join("; "))
    };
    ([(header::CACHE_CONTROL, "no-store")], body)
}
