//! `/api/v1/openapi.json`: the API's description, made from the handlers. Out: OpenAPI 3.1 as JSON.

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use stl_types::wire::Problem;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::http::error::AppError;
use crate::http::state::AppState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shop the look",
        description = "Visual search for fashion: send a person cut out of a photo, get the shop's most similar products."
    ),
    components(schemas(Problem))
)]
struct Description;

/// A router without routes, with the description's title and the terms of the networks.
pub(super) fn described_router(terms: &str) -> OpenApiRouter<AppState> {
    let mut description = Description::openapi();
    if !terms.is_empty() {
        let about = description.info.description.get_or_insert_default();
        about.push_str("\n\n");
        about.push_str(terms);
    }
    OpenApiRouter::with_openapi(description)
}

/// The description as JSON, written once; none after a defect, which is logged.
pub(super) fn to_json(description: &utoipa::openapi::OpenApi) -> Option<Bytes> {
    description.to_json().map(Bytes::from).inspect_err(|error| tracing::error!("no OpenAPI description: {error}")).ok()
}

pub(super) fn response(description: Option<Bytes>) -> Response {
    match description {
        Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        None => AppError::Internal("the OpenAPI description could not be written".into()).into_response(),
    }
}
