//! The body of a search. In: a picture's bytes, a form with the cutout and its regions, or numbers as JSON. Out: a [`SearchBody`].

use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use stl_types::limits::MAX_UPLOAD_BYTES;
use stl_types::wire::{MAX_NUMBERS_BYTES, NumbersSearch};

use super::form::{FormError, SearchForm, shortened};
use crate::http::error::AppError;
use crate::http::state::AppState;
use crate::pipeline::search::Upload;

/// The body of a search: a picture's bytes or a [`SearchForm`], or numbers.
#[derive(Debug)]
pub(in crate::http::routes) enum SearchBody {
    /// A cutout.
    Picture(Upload<Bytes>),
    /// What a browser has computed of one.
    Numbers(Box<NumbersSearch>),
}

/// Here and not beside [`AppError`], which knows no route.
impl From<FormError> for AppError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::TooLarge => Self::UploadTooLarge,
            FormError::Parts(reason) => Self::Form(reason),
        }
    }
}

impl FromRequest<AppState> for SearchBody {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let kind = check_headers(request.headers())?;
        if state.shop.only_numbers && kind != BodyKind::Numbers {
            return Err(AppError::OnlyNumbers);
        }
        let upload = match kind {
            BodyKind::Numbers => return numbers(request).await.map(Self::Numbers),
            BodyKind::Picture => {
                let cutout = Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| {
                    match rejection.status() {
                        StatusCode::PAYLOAD_TOO_LARGE => AppError::UploadTooLarge,
                        _ => AppError::BrokenBody,
                    }
                })?;
                Upload { cutout, ..Upload::default() }
            }
            BodyKind::Form => {
                let SearchForm { cutout, regions } = SearchForm::read(request, state).await?;
                Upload { cutout, regions, ..Upload::default() }
            }
        };
        Ok(Self::Picture(upload))
    }
}

/// Reads the numbers of a search.
async fn numbers(request: Request) -> Result<Box<NumbersSearch>, AppError> {
    let body = to_bytes(request.into_body(), MAX_NUMBERS_BYTES).await.map_err(|error| {
        let is_limit = std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>());
        if is_limit { AppError::Numbers("got more".to_owned()) } else { AppError::BrokenBody }
    })?;
    // The reader's words name the place and contain nothing internal.
    serde_json::from_slice(&body).map_err(|error| AppError::Numbers(shortened(&error.to_string())))
}

/// How a search is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyKind {
    Picture,
    Form,
    Numbers,
}

/// Refuses by the headers alone what would be refused after megabytes.
fn check_headers(headers: &HeaderMap) -> Result<BodyKind, AppError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = match essence.as_str() {
        // Not registered, but many programs write it for JPEG.
        "image/jpg" | "image/png" | "image/webp" | "image/jpeg" | "application/octet-stream" => BodyKind::Picture,
        "multipart/form-data" => BodyKind::Form,
        "application/json" => BodyKind::Numbers,
        _ => return Err(AppError::MediaType(shortened(media_type))),
    };
    let length_bytes: Option<u64> = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length_bytes.is_some_and(|length| length > MAX_UPLOAD_BYTES as u64) {
        return Err(AppError::UploadTooLarge);
    }
    Ok(kind)
}
