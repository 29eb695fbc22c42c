//! `GET /api/v1/admin/catalogue`. Out: [`CatalogueStats`].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use stl_types::wire::{CatalogueStats, MarketStats};

use super::access::Administration;
use crate::catalogue::{Market, Store, StoreError};
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::state::AppState;

/// The number of products, and the catalogue's published and served versions.
#[utoipa::path(
    get,
    path = "/api/v1/admin/catalogue",
    tag = "admin",
    responses((status = 200, description = "The published version and the served one", body = CatalogueStats), AppError)
)]
pub(super) async fn catalogue(
    State(state): State<AppState>,
    administration: Administration,
) -> Result<Json<CatalogueStats>, AppError> {
    let served = state.engine().ok();
    let stats = move |admin: &Arc<Admin>| {
        let published = match Store::open(&admin.catalogue).and_then(|store| store.published()) {
            Ok(published) => Some(published.version),
            Err(StoreError::Missing { .. }) => None,
            Err(error) => return Err(AppError::Internal(error.into())),
        };
        Ok(CatalogueStats {
            published_version: published,
            served_version: served.as_ref().map(|engine| engine.catalogue.version()),
            adapted_match: served.as_ref().and_then(|engine| engine.catalogue.adapted.clone()),
            products: served.as_ref().map_or(0, |engine| engine.catalogue.len()),
            markets: served.as_ref().map_or(Vec::new(), |engine| markets(engine.catalogue.markets())),
        })
    };
    administration.run(stats).await
}

/// None in a catalogue without markets.
fn markets(markets: &[Market]) -> Vec<MarketStats> {
    let stats = |market: &Market| MarketStats { name: market.name().to_owned(), products: market.articles().len() };
    match markets {
        [only] if only.name().is_empty() => Vec::new(),
        markets => markets.iter().map(stats).collect(),
    }
}
