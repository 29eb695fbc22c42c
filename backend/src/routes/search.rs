//! `POST /api/v1/search`. In: a cut-out's bytes. Out: a [`SearchResponse`].

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest as _, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use stl_shared::Category;
use stl_shared::limits::{MAX_CARDS_PER_CATEGORY, MAX_UPLOAD_BYTES};
use stl_shared::wire::{Problem, SearchResponse};

use crate::app::AppState;
use crate::error::AppError;
use crate::search::Wish;

/// The query string as it stands; texts, so that a wrong value gets an answer that says what is expected.
#[derive(Deserialize)]
pub(super) struct Parameters {
    category: Option<String>,
    limit: Option<String>,
}

/// The articles of each category that are most similar to what a person wears.
///
/// The body is the person cut out of a photo, on white: PNG, WebP or JPEG, at most 4 MiB and 4 megapixels.
#[utoipa::path(
    post,
    path = "/api/v1/search",
    tag = "search",
    params(
        ("category" = Option<Category>, Query, description = "Only this category"),
        ("limit" = Option<usize>, Query, description = "Most cards for each category, 50 unless given", minimum = 1, maximum = 50),
    ),
    request_body(
        description = "The cut-out",
        content(("image/png"), ("image/webp"), ("image/jpeg"), ("application/octet-stream"))
    ),
    responses(
        (status = 200, description = "The best articles of each category", body = SearchResponse),
        (status = 400, description = "A wrong parameter, or no body", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or pixels", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not declared as a picture", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a whole picture, or an entirely white one", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy or still loading; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(state): State<AppState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    request: Request,
) -> Result<Json<SearchResponse>, AppError> {
    let Query(parameters) = parameters.map_err(|_| AppError::Query)?;
    let wish = wish(&parameters)?;
    check_headers(request.headers())?;
    state.engine()?;
    let upload = Bytes::from_request(request, &()).await.map_err(|rejection| body_error(&rejection))?;
    let worker_state = state.clone();
    let answer = move || -> Result<SearchResponse, AppError> { Ok(worker_state.engine()?.answer(&upload, wish)?) };
    state.queue.run(answer).await?.map(Json)
}

fn wish(parameters: &Parameters) -> Result<Wish, AppError> {
    let category = match &parameters.category {
        None => None,
        Some(name) => Some(name.parse().map_err(|error: stl_shared::UnknownCategory| AppError::Parameter {
            name: "category",
            reason: error.to_string(),
        })?),
    };
    let limit = match &parameters.limit {
        None => MAX_CARDS_PER_CATEGORY,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_CARDS_PER_CATEGORY).contains(limit))
            .ok_or_else(|| AppError::limit(text))?,
    };
    Ok(Wish { category, limit })
}

/// Refuses by the headers alone what would be refused after megabytes.
fn check_headers(headers: &HeaderMap) -> Result<(), AppError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["image/png", "image/webp", "image/jpeg", "application/octet-stream"].contains(&essence.as_str()) {
        return Err(AppError::MediaType(media_type.chars().take(80).collect()));
    }
    let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > MAX_UPLOAD_BYTES as u64) {
        return Err(AppError::UploadTooLarge);
    }
    Ok(())
}

fn body_error(rejection: &BytesRejection) -> AppError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { AppError::UploadTooLarge } else { AppError::BrokenBody }
}
