//! The list of routes; each resource has a file. In: requests. Out: answers.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::routing::get;
use stl_types::limits::MAX_UPLOAD_BYTES;
use stl_types::wire::{MAX_EVENTS_BYTES, paths};
use utoipa_axum::routes;

use crate::http::error::AppError;
use crate::http::state::AppState;

mod admin;
mod client;
mod events;
mod explain;
mod facets;
mod health;
mod images;
mod looks;
mod openapi;
mod product_looks;
mod products;
mod search;
mod share;
mod shop;
mod similar;

pub use client::Client;

/// All routes; any other path is a file of the page.
///
/// The handlers' attributes hold their paths; a test compares them with [`paths`].
pub(crate) fn router(client: Client, state: &AppState) -> Router<AppState> {
    let (api, description) = openapi::described_router(&state.terms)
        // A limit of its own; layers are of the routes before them.
        .routes(routes!(events::events))
        .layer(DefaultBodyLimit::max(MAX_EVENTS_BYTES))
        .routes(routes!(search::search))
        .routes(routes!(products::products))
        .routes(routes!(products::product))
        .routes(routes!(similar::similar))
        .routes(routes!(product_looks::looks))
        .routes(routes!(facets::facets))
        .routes(routes!(images::image))
        .routes(routes!(images::further))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .merge(admin::described_routes(state))
        .split_for_parts();
    let description = openapi::to_json(&description);
    api.route(paths::OPENAPI, get(move || async move { openapi::response(description) }))
        .route(paths::SAMPLES, get(looks::list))
        .route(&format!("{}/{{name}}", paths::SAMPLE_PICTURES), get(looks::picture))
        .merge(shop::routes(client.page()))
        .method_not_allowed_fallback(async || AppError::Method)
        .fallback(move |State(state): State<AppState>, request: Request| client::serve(client, state, request))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES))
}
