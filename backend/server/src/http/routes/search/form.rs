//! The body of a search. In: a picture's bytes, a form with the cutout and its regions, or numbers as JSON. Out: a [`SearchBody`].

use axum::body::{Bytes, to_bytes};
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use stl_types::limits::MAX_UPLOAD_BYTES;
use stl_types::wire::{MAX_NUMBERS_BYTES, NumbersSearch, parts};
use utoipa::ToSchema;

use crate::http::error::AppError;
use crate::http::state::AppState;
use crate::pipeline::search::Upload;

/// Characters of a client's text that an answer repeats.
const MAX_REPEATED_CHARS: usize = 80;

/// A search sent as `multipart/form-data`.
#[derive(Debug, ToSchema)]
pub(in crate::http::routes) struct SearchForm {
    /// The cutout: PNG, WebP or JPEG, at most 4 megapixels.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    cutout: Bytes,
    /// The garment that each pixel belongs to: an 8-bit PNG, grey or with a palette, of class indices (0 background, 1 hair,
    /// 2 skin, 3 blazers, 4 dresses, 5 jumpers, 6 shirts, 7 skirts, 8 trousers, 9 t-shirts, 10 tops, 11 outerwear,
    /// 12 other), at most of the cutout's size, of the same shape, and at most 256 KiB.
    #[schema(value_type = Option<String>, format = Binary, content_media_type = "image/png")]
    regions: Option<Bytes>,
}

/// The body of a search: a picture's bytes or a [`SearchForm`], or numbers.
#[derive(Debug)]
pub(in crate::http::routes) enum SearchBody {
    /// A cutout.
    Picture(Upload<Bytes>),
    /// What a browser has computed of one.
    Numbers(Box<NumbersSearch>),
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
                let SearchForm { cutout, regions } = SearchForm::from_request(request, state).await?;
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

impl<S: Send + Sync> FromRequest<S> for SearchForm {
    type Rejection = AppError;

    /// Reads each part once. The limit of the whole body bounds them.
    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let mut form = Multipart::from_request(request, state).await.map_err(|error| bad_form(&error.body_text()))?;
        let (mut cutout, mut regions) = (None, None);
        while let Some(part) = form.next_field().await.map_err(broken_form)? {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = match name.as_str() {
                parts::CUTOUT => &mut cutout,
                parts::REGIONS => &mut regions,
                _ => return Err(AppError::Form(format!("got {:?}", shortened(&name)))),
            };
            if bytes.replace(part.bytes().await.map_err(broken_form)?).is_some() {
                return Err(AppError::Form(format!("got {name:?} twice")));
            }
        }
        let cutout = cutout.ok_or_else(|| AppError::Form("got no cutout".to_owned()))?;
        Ok(Self { cutout, regions })
    }
}

fn broken_form(error: MultipartError) -> AppError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::UploadTooLarge,
        _ => bad_form(&error.body_text()),
    }
}

/// The extractor's own words name what is missing and contain nothing internal.
fn bad_form(reason: &str) -> AppError {
    AppError::Form(reason.trim_end_matches('.').to_owned())
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

fn shortened(text: &str) -> String {
    text.chars().take(MAX_REPEATED_CHARS).collect()
}
