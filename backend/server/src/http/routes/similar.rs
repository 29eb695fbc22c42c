//! `/api/v1/products/{id}/similar`. In: a product's id. Out: a [`SearchResponse`] of its category.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use stl_types::wire::{Problem, SearchResponse};

use super::search::{FilterParameters, wish};
use crate::http::app::AppState;
use crate::http::error::AppError;

/// The articles that are most similar to a product.
///
/// Searches the product's own category with its stored picture; the product itself is left out. Filters are those of a
/// search.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/similar",
    tag = "search",
    params(
        ("id" = String, Path, description = "The shop's own id"),
        ("limit" = Option<usize>, Query, description = "Most cards, 50 unless given", minimum = 1, maximum = 50),
        FilterParameters,
    ),
    responses(
        (status = 200, description = "The best articles of the product's category", body = SearchResponse),
        (status = 400, description = "A wrong parameter", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The product's picture is entirely white", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy or still loading; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn similar(
    State(state): State<AppState>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<SearchResponse>, AppError> {
    let Path(id) = id.map_err(|_| AppError::UnknownPath)?;
    let wish = wish(query.as_deref().unwrap_or_default())?;
    if !wish.categories.is_empty() {
        let reason = "is the product's own here: expected none".to_owned();
        return Err(AppError::Parameter { name: "category".to_owned(), reason });
    }
    let engine = state.engine()?;
    let answer = move || -> Result<SearchResponse, AppError> {
        let Some(article) = engine.catalogue.find(&id) else { return Err(AppError::UnknownProduct(id)) };
        let picture = std::fs::read(engine.catalogue.picture_path(article)).map_err(|error| match error.kind() {
            // Two imports that ran one after the other have replaced the picture.
            std::io::ErrorKind::NotFound => AppError::UnknownProduct(id.clone()),
            _ => AppError::Internal(error.into()),
        })?;
        Ok(engine.similar(article, &picture, &wish)?)
    };
    state.queue.run(answer).await?.map(Json)
}
