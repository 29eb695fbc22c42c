//! The form of a search. In: `multipart/form-data`. Out: a [`SearchForm`], or a [`FormError`].

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use stl_types::wire::parts;
use utoipa::ToSchema;

/// Characters of a client's text that an answer repeats.
const MAX_REPEATED_CHARS: usize = 80;

/// A search sent as `multipart/form-data`.
#[derive(Debug, ToSchema)]
pub(in crate::http::routes) struct SearchForm {
    /// The cutout: PNG, WebP or JPEG, at most 4 megapixels.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub(super) cutout: Bytes,
    /// The garment that each pixel belongs to: an 8-bit PNG, grey or with a palette, of class indices (0 background, 1 hair,
    /// 2 skin, 3 blazers, 4 dresses, 5 jumpers, 6 shirts, 7 skirts, 8 trousers, 9 t-shirts, 10 tops, 11 outerwear,
    /// 12 other), at most of the cutout's size, of the same shape, and at most 256 KiB.
    #[schema(value_type = Option<String>, format = Binary, content_media_type = "image/png")]
    pub(super) regions: Option<Bytes>,
}

/// Why a form is no search.
#[derive(Debug, thiserror::Error)]
pub(in crate::http::routes) enum FormError {
    /// It has more bytes than the limit.
    #[error("the form is too large")]
    TooLarge,
    /// The parts are not those of a search, or it is no form: what was received.
    #[error("{0}")]
    Parts(String),
}

impl SearchForm {
    /// Reads each part once. The limit of the whole body bounds them.
    ///
    /// # Errors
    /// When it is no form, has other parts, or is too large.
    pub(in crate::http::routes) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Self, FormError> {
        let mut form = Multipart::from_request(request, state).await.map_err(|error| bad_form(&error.body_text()))?;
        let (mut cutout, mut regions) = (None, None);
        while let Some(part) = form.next_field().await.map_err(broken_form)? {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = match name.as_str() {
                parts::CUTOUT => &mut cutout,
                parts::REGIONS => &mut regions,
                _ => return Err(FormError::Parts(format!("got {:?}", shortened(&name)))),
            };
            if bytes.replace(part.bytes().await.map_err(broken_form)?).is_some() {
                return Err(FormError::Parts(format!("got {name:?} twice")));
            }
        }
        let cutout = cutout.ok_or_else(|| FormError::Parts("got no cutout".to_owned()))?;
        Ok(Self { cutout, regions })
    }
}

fn broken_form(error: MultipartError) -> FormError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => FormError::TooLarge,
        _ => bad_form(&error.body_text()),
    }
}

/// The extractor's own words name what is missing and contain nothing internal.
fn bad_form(reason: &str) -> FormError {
    FormError::Parts(reason.trim_end_matches('.').to_owned())
}

/// The beginning of a client's text, for an answer.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(MAX_REPEATED_CHARS).collect()
}
