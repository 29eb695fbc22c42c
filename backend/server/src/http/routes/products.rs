//! `/api/v1/products/{id}`. In: an id. Out: a [`Product`].

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use jiff::Timestamp;
use stl_types::wire::{Problem, Product};

use crate::http::app::AppState;
use crate::http::error::AppError;
use crate::pipeline::cards;

/// One product of the catalogue.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}",
    tag = "catalogue",
    params(("id" = String, Path, description = "The shop's own id")),
    responses(
        (status = 200, description = "The product", body = Product),
        (status = 404, description = "No such product", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Still loading", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn product(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Product>, AppError> {
    let Path(id) = id.map_err(|_| AppError::UnknownPath)?;
    match state.engine()?.catalogue.find(&id) {
        Some(article) => Ok(Json(cards::product(article, Timestamp::now()))),
        None => Err(AppError::UnknownProduct(id)),
    }
}
