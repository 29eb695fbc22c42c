//! `POST /api/v1/admin/preview`. In: rules, and a product's id or a photo. Out: a [`RulesPreview`]. Nothing is stored, neither rules nor photo.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use serde::Deserialize;
use stl_types::limits::MAX_PHOTO_BYTES;
use stl_types::wire::RulesPreview;
use utoipa::{IntoParams, ToSchema};

use super::rules::from_rules;
use crate::catalogue::RuleChoice;
use crate::catalogue::rules::{MAX_RULES_BYTES, Rules};
use crate::http::error::AppError;
use crate::http::extract::{Params, ReadyEngine};
use crate::http::params::market;
use crate::http::routes::search::request::variant;
use crate::http::state::AppState;
use crate::pipeline::search::preview::Tried;

/// Cards of each row: as many as a visitor sees of it before looking further.
const CARDS: usize = 10;

/// Bytes of a product's id.
const MAX_ID_BYTES: usize = 1024;

/// The query string of a preview.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PreviewRequest {
    /// The variant of an A/B test, whose rules apply as well
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "variant")]
    variant: String,
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

/// What is tried: `product` or `photo`.
#[derive(Debug, Default, ToSchema)]
pub(super) struct PreviewForm {
    /// The rules, TOML; none without.
    rules: Option<String>,
    /// The id of a product whose similar ones are searched.
    product: Option<String>,
    /// A photo of a person or of a garment alone: JPEG, PNG or WebP.
    #[schema(value_type = Option<String>, format = Binary, content_media_type = "application/octet-stream")]
    photo: Option<Bytes>,
}

/// What rules would do to a search, before they are stored.
///
/// The server cuts the photo out as a visitor's browser would. It stores nothing.
#[utoipa::path(
    post,
    path = "/api/v1/admin/preview",
    tag = "admin",
    params(PreviewRequest),
    request_body(description = "Rules, and a product or a photo", content(("multipart/form-data"))),
    responses((status = 200, description = "The rows before and after, and what is wrong with the rules", body = RulesPreview), AppError)
)]
pub(super) async fn preview(
    State(state): State<AppState>,
    Params(PreviewRequest { variant, market }): Params<PreviewRequest>,
    ReadyEngine(engine): ReadyEngine,
    request: Request,
) -> Result<Json<RulesPreview>, AppError> {
    let PreviewForm { rules, product, photo } = read(request).await?;
    let rules = Arc::new(Rules::from_toml(&rules.unwrap_or_default()).map_err(from_rules)?);
    let choice = RuleChoice { off: false, variant };
    let preview = move || -> Result<RulesPreview, AppError> {
        let market = engine.catalogue.market(&market)?;
        let product = product.filter(|id| !id.trim().is_empty());
        let tried = match (&product, &photo) {
            (Some(id), None) => Tried::Article(market.find(id).ok_or_else(|| AppError::UnknownProduct(id.clone()))?),
            (None, Some(file)) => Tried::Photo(file),
            (Some(_), Some(_)) => return Err(AppError::PreviewForm("got both".to_owned())),
            (None, None) => return Err(AppError::PreviewForm("got neither an id nor a photo".to_owned())),
        };
        Ok(engine.preview(market, tried, rules, &choice, CARDS)?)
    };
    state.queue.run(preview).await?.map(Json)
}

/// Reads each part once, up to its limit.
async fn read(request: Request) -> Result<PreviewForm, AppError> {
    let broken = |error: MultipartError| AppError::PreviewForm(error.body_text());
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|error| AppError::PreviewForm(error.body_text()))?;
    let mut form = PreviewForm::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "rules" => form.rules = Some(text(&name, bytes(part, MAX_RULES_BYTES, AppError::RulesTooLarge).await?)?),
            "product" => {
                let too_long = AppError::PreviewForm("got an id that is too long".to_owned());
                form.product = Some(text(&name, bytes(part, MAX_ID_BYTES, too_long).await?)?);
            }
            "photo" => {
                form.photo = Some(bytes(part, MAX_PHOTO_BYTES as usize, AppError::UploadTooLarge).await?.into());
            }
            other => {
                return Err(AppError::PreviewForm(format!("got {:?}", other.chars().take(40).collect::<String>())));
            }
        }
    }
    Ok(form)
}

async fn bytes(mut part: Field<'_>, most: usize, too_long: AppError) -> Result<Vec<u8>, AppError> {
    let mut all = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| AppError::PreviewForm(error.body_text()))? {
        if all.len() + chunk.len() > most {
            return Err(too_long);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, AppError> {
    String::from_utf8(bytes).map_err(|_| AppError::PreviewForm(format!("{name}: expected UTF-8")))
}
