//! `/api/v1/products/{id}`. In: an id. Out: a [`Product`].

use axum::Json;
use jiff::Timestamp;
use stl_types::wire::Product;

use crate::http::error::AppError;
use crate::http::extract::{PathPart, ReadyEngine};
use crate::pipeline::cards;

/// One product of the catalogue.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}",
    tag = "catalogue",
    params(("id" = String, Path, description = "The shop's own id")),
    responses((status = 200, description = "The product", body = Product), AppError)
)]
pub(super) async fn product(
    PathPart(id): PathPart<String>,
    ReadyEngine(engine): ReadyEngine,
) -> Result<Json<Product>, AppError> {
    match engine.catalogue.find(&id) {
        Some(article) => Ok(Json(cards::product(article, Timestamp::now()))),
        None => Err(AppError::UnknownProduct(id)),
    }
}
