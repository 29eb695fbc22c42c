//! `/api/v1/products/{id}/similar`. In: a product's id. Out: a [`SearchResponse`] of its category.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::SearchResponse;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::explain::Explain;
use super::search::SearchRequest;
use crate::http::error::AppError;
use crate::http::extract::{Params, PathPart, ReadyEngine};
use crate::http::state::AppState;
use crate::pipeline::search::{SearchEngine, SearchParams};

/// The parameters of a [`SearchRequest`] without its category, for the description.
enum SimilarRequest {}

impl IntoParams for SimilarRequest {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = SearchRequest::into_params(parameter_in);
        params.retain(|param| !["category", "subject"].contains(&param.name.as_str()));
        params
    }
}

/// The products that are most similar to a product.
///
/// Compares f(A) of the product with every product of its own category and leaves out the product itself. Filters are those of a search.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/similar",
    tag = "search",
    params(("id" = String, Path, description = "The shop's own id"), SimilarRequest),
    responses(
        (status = 200, description = "The best products of the product's category", body = SearchResponse),
        AppError
    )
)]
pub(super) async fn similar(
    State(state): State<AppState>,
    PathPart(id): PathPart<String>,
    Params(request): Params<SearchRequest>,
    ReadyEngine(engine): ReadyEngine,
    explain: Explain,
) -> Result<Response, AppError> {
    if request.subject.is_some() {
        return Err(AppError::parameter("subject", "a product is searched with: expected none"));
    }
    if !request.category.is_empty() {
        return Err(AppError::parameter("category", "the product's own is searched: expected none"));
    }
    let params = SearchParams { in_stock_first: state.shop.in_stock_first, ..request.into() };
    let events = state.events.is_some();
    let market = engine.catalogue.market(&params.market)?;
    let Some(article) = market.find(&id) else { return Err(AppError::UnknownProduct(id)) };
    let known = if explain.is_asked() { None } else { engine.known_similar(article, &params) };
    if let Some(known) = known {
        return Ok(Json(SearchResponse { events, ..known }).into_response());
    }
    let search = move |engine: &SearchEngine| {
        let market = engine.catalogue.market(&params.market)?;
        let Some(article) = market.find(&id) else { return Err(AppError::UnknownProduct(id.clone())) };
        let found = engine.similar(article, &params)?;
        explain.answer(&engine.catalogue, (&params.market, &params.rules), &SearchResponse { events, ..found })
    };
    state.answered(engine, search).await
}
