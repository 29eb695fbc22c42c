//! What is served where: one file for each resource. In: requests. Out: answers.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::routing::get;
use stl_types::limits::MAX_UPLOAD_BYTES;
use stl_types::wire::paths;

use crate::http::app::AppState;
use crate::http::error::AppError;

mod admin;
mod client;
mod facets;
mod health;
mod images;
mod openapi;
mod products;
mod search;
mod share;
mod similar;

pub use client::Client;

/// All routes; whatever is none of them is one of the page's files.
pub(crate) fn router(client: Client, state: &AppState) -> Router<AppState> {
    let (api, description) = openapi::described_routes(state).split_for_parts();
    let description = openapi::to_json(&description);
    api.route(paths::OPENAPI, get(move || async move { openapi::response(description) }))
        .method_not_allowed_fallback(async || AppError::Method)
        .fallback(move |request: Request| client::serve(client, request))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES))
}
