//! `POST /api/v1/search`. In: a cut-out's bytes, alone or in a form. Out: a [`SearchResponse`].

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use stl_types::Category;
use stl_types::limits::{MAX_CARDS_PER_CATEGORY, MAX_UPLOAD_BYTES};
use stl_types::wire::{Problem, SearchResponse, parts};

use crate::catalogue::filter::Filter;
use crate::http::app::AppState;
use crate::http::error::AppError;
use crate::pipeline::search::{Upload, Wish};

/// The parts of a form, for the description.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read part by part")]
pub(super) struct SearchForm {
    /// The cut-out: PNG, WebP or JPEG, at most 4 megapixels.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    cutout: String,
    /// Which of its pixels are which garment: an 8-bit PNG, grey or with a palette, of class indices (0 background, 1 hair,
    /// 2 skin, 3 blazers, 4 dresses, 5 jumpers, 6 shirts, 7 skirts, 8 trousers, 9 t-shirts, 10 tops, 11 outerwear,
    /// 12 other), at most of the cut-out's size and of its shape, and of 256 KiB.
    #[schema(format = Binary, content_media_type = "image/png")]
    regions: Option<String>,
}

/// The filters of a query string, for the description; [`Filter::take`] reads them.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters, which are read one by one")]
pub(super) struct FilterParameters {
    /// For female, male or unisex; what is unisex is for everybody
    gender: Option<Vec<String>>,
    /// In this colour, in the shop's words; navy also finds Navy/White
    color: Option<Vec<String>>,
    /// Of this brand
    brand: Option<Vec<String>>,
    /// Costs at least so much, in minor units
    price_min: Option<u64>,
    /// Costs at most so much, in minor units
    price_max: Option<u64>,
    /// Priced in this currency (ISO 4217)
    currency: Option<String>,
    /// Only what is in stock
    in_stock: Option<bool>,
}

/// The articles of each category that are most similar to what a person wears.
///
/// The body is the person cut out of a photo, on white: PNG, WebP or JPEG, at most 4 MiB and 4 megapixels. Sent as a form
/// with `regions`, each garment seen is searched for by itself, and the categories seen come first. A category that was
/// not seen is then searched with the garment on the same part of the body, if one was seen there.
///
/// Filters leave articles out before the best are chosen. `gender`, `color` and `brand` may be given several times: an
/// article has to be one of them.
#[utoipa::path(
    post,
    path = "/api/v1/search",
    tag = "search",
    params(
        ("category" = Option<Vec<Category>>, Query, description = "Only this category; may be given several times"),
        ("limit" = Option<usize>, Query, description = "Most cards for each category, 50 unless given", minimum = 1, maximum = 50),
        FilterParameters,
    ),
    request_body(
        description = "The cut-out, alone or with its regions",
        content(
            ("image/png"), ("image/webp"), ("image/jpeg"), ("application/octet-stream"),
            (SearchForm = "multipart/form-data")
        )
    ),
    responses(
        (status = 200, description = "The best articles of each category", body = SearchResponse),
        (status = 400, description = "A wrong parameter, a wrong form, or no body", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or pixels", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Declared neither as a picture nor as a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a whole picture, an entirely white one, or regions that do not fit it", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy or still loading; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<SearchResponse>, AppError> {
    let wish = wish(query.as_deref().unwrap_or_default())?;
    let body = check_headers(request.headers())?;
    let engine = state.engine()?;
    let upload = match body {
        Body::Picture => Upload { cutout: picture(request).await?, regions: None },
        Body::Form => form(request).await?,
    };
    let answer = move || -> Result<SearchResponse, AppError> { Ok(engine.answer(&upload, &wish)?) };
    state.queue.run(answer).await?.map(Json)
}

/// Reads the query string; an unknown parameter is refused, since a filter that is misspelt would be ignored in silence.
pub(super) fn wish(query: &str) -> Result<Wish, AppError> {
    let mut wish = Wish { categories: Vec::new(), filter: Filter::default(), limit: MAX_CARDS_PER_CATEGORY };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let refused = |reason: String| AppError::Parameter { name: name.chars().take(40).collect(), reason };
        match &*name {
            "category" => {
                let category = value.parse().map_err(|error: stl_types::UnknownCategory| refused(error.to_string()))?;
                if !wish.categories.contains(&category) {
                    wish.categories.push(category);
                }
            }
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_CARDS_PER_CATEGORY).contains(limit));
                wish.limit = limit.ok_or_else(|| AppError::limit(&value))?;
            }
            _ => {
                if !wish.filter.take(&name, &value).map_err(refused)? {
                    return Err(refused(format!("is not known: expected {KNOWN}")));
                }
            }
        }
    }
    Ok(wish)
}

/// The parameters of a search.
const KNOWN: &str = "category, limit, gender, color, brand, price_min, price_max, currency or in_stock";

/// How a search is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Picture,
    Form,
}

async fn picture(request: Request) -> Result<Bytes, AppError> {
    Bytes::from_request(request, &()).await.map_err(|rejection: BytesRejection| body_error(rejection.status()))
}

/// Reads the parts of a form, each once. The limit of the whole body bounds them.
async fn form(request: Request) -> Result<Upload<Bytes>, AppError> {
    let failed = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::UploadTooLarge,
        // Its own words, which say what is missing, hold nothing of the server.
        _ => AppError::Parts(error.body_text().trim_end_matches('.').to_owned()),
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| AppError::Parts(rejection.body_text().trim_end_matches('.').to_owned()))?;
    let (mut cutout, mut regions) = (None, None);
    while let Some(part) = form.next_field().await.map_err(failed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let place = match name.as_str() {
            parts::CUTOUT => &mut cutout,
            parts::REGIONS => &mut regions,
            _ => return Err(AppError::Parts(format!("got {:?}", name.chars().take(80).collect::<String>()))),
        };
        if place.replace(part.bytes().await.map_err(failed)?).is_some() {
            return Err(AppError::Parts(format!("got {name:?} twice")));
        }
    }
    let cutout = cutout.ok_or_else(|| AppError::Parts("got no cut-out".to_owned()))?;
    Ok(Upload { cutout, regions })
}

/// Refuses by the headers alone what would be refused after megabytes.
fn check_headers(headers: &HeaderMap) -> Result<Body, AppError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = match essence.as_str() {
        "image/png" | "image/webp" | "image/jpeg" | "application/octet-stream" => Body::Picture,
        "multipart/form-data" => Body::Form,
        _ => return Err(AppError::MediaType(media_type.chars().take(80).collect())),
    };
    let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > MAX_UPLOAD_BYTES as u64) {
        return Err(AppError::UploadTooLarge);
    }
    Ok(body)
}

fn body_error(status: StatusCode) -> AppError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { AppError::UploadTooLarge } else { AppError::BrokenBody }
}
