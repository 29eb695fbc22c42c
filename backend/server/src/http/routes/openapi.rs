//! `/api/v1/openapi.json`: the API's description, made from the handlers. Out: OpenAPI 3.1 as JSON.

use axum::body::Bytes;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{admin, facets, health, images, products, search, similar};
use crate::http::app::AppState;
use crate::http::error::AppError;

#[derive(OpenApi)]
#[openapi(info(
    title = "Shop the look",
    description = "Visual search for fashion: a person cut out of a photo enters, the shop's most similar articles leave."
))]
struct Description;

/// The described part of the routes. The paths in the handlers' attributes are checked against `wire::paths` by a test.
pub(super) fn described_routes(state: &AppState) -> OpenApiRouter<AppState> {
    let administration = OpenApiRouter::new()
        .routes(routes!(admin::feeds))
        .routes(routes!(admin::job))
        .routes(routes!(admin::change))
        .routes(routes!(admin::delete))
        .routes(routes!(admin::catalogue))
        .route_layer(from_fn_with_state(state.clone(), admin::authorised));
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(search::search))
        .routes(routes!(products::product))
        .routes(routes!(similar::similar))
        .routes(routes!(facets::facets))
        .routes(routes!(images::image))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .merge(administration)
}

pub(super) fn to_json(description: &utoipa::openapi::OpenApi) -> Option<Bytes> {
    description.to_json().map(Bytes::from).inspect_err(|error| tracing::error!("no OpenAPI description: {error}")).ok()
}

pub(super) fn response(description: Option<Bytes>) -> Response {
    match description {
        Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        None => AppError::Internal("the OpenAPI description could not be written".into()).into_response(),
    }
}
