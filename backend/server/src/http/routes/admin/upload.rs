//! Uploaded feeds. In: the body and the query string of a request. Out: a [`FeedFile`] and [`FeedParams`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::catalogue::feed::{self, FeedOptions, Format, KeptColumns};
use crate::catalogue::import::{ImportOptions, admit_market};
use crate::http::error::AppError;
use crate::http::extract::Params;
use crate::http::params::{market, value, values};
use crate::http::state::AppState;

mod body;

pub(super) use body::FeedFile;

const FORMATS: &str = "expected jsonl, google-xml, google-tsv, google-csv, shopify-csv or woocommerce-csv, got none";

/// The query string of rows with new prices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FeedRequest {
    /// Format of the feed: jsonl, google-xml, google-tsv or google-csv
    #[param(value_type = String, required = true)]
    #[serde(deserialize_with = "format")]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one
    #[serde(deserialize_with = "currency")]
    currency: Option<String>,
    /// Address of the shop
    #[serde(deserialize_with = "shop_url")]
    shop_url: Option<String>,
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

/// The query string of an uploaded feed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ImportRequest {
    /// Format of the feed: jsonl, google-xml, google-tsv, google-csv, shopify-csv or woocommerce-csv
    #[param(value_type = String, required = true)]
    #[serde(deserialize_with = "format")]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one, as all of Shopify's and WooCommerce's are
    #[serde(deserialize_with = "currency")]
    currency: Option<String>,
    /// Address of the shop, which Shopify's and WooCommerce's exports do not contain
    #[serde(deserialize_with = "shop_url")]
    shop_url: Option<String>,
    /// Keep this column as a label, which products can be filtered by; may be given several times
    #[param(required = false)]
    #[serde(deserialize_with = "names")]
    keep: Vec<String>,
    /// Refuse a feed that loses more than this part of the former products, 0 to 100 percent (default 25)
    #[param(value_type = Option<u8>, maximum = 100)]
    #[serde(deserialize_with = "percent")]
    max_drop: Option<u8>,
    /// `true`: import the feed however many of the former products it loses
    #[param(value_type = Option<bool>)]
    #[serde(deserialize_with = "boolean")]
    force: bool,
    /// The market that the feed is of, which is added if it is new; required if the catalogue has markets
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    market: String,
}

/// The options of rows with new prices, from their [`FeedRequest`].
pub(super) struct FeedParams {
    pub(super) options: FeedOptions,
    /// The market; empty for the first one.
    pub(super) market: String,
}

/// The options of an uploaded feed, from its [`ImportRequest`].
pub(super) struct ImportParams(pub(super) ImportOptions);

impl<S: Sync> FromRequestParts<S> for FeedParams {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Params(FeedRequest { format, currency, shop_url, market }) =
            Params::from_request_parts(parts, state).await?;
        let options = FeedOptions { format: required(format)?, currency, shop_url, ..FeedOptions::default() };
        Ok(Self { options, market })
    }
}

impl FromRequestParts<AppState> for ImportParams {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Params(ImportRequest { format, currency, shop_url, keep, max_drop, force, market }) =
            Params::from_request_parts(parts, state).await?;
        let kept = KeptColumns::new(&keep).map_err(|error| AppError::parameter("keep", error.to_string()))?;
        let feed = FeedOptions { format: required(format)?, currency, shop_url, kept, ..FeedOptions::default() };
        let (admin, wanted) = (state.admin.clone().ok_or(AppError::UnknownPath)?, market.clone());
        // Before the feed is received. The import checks it again.
        let admitted = tokio::task::spawn_blocking(move || admit_market(&admin.catalogue, &wanted));
        let admitted = admitted.await.map_err(|error| AppError::Internal(error.into()))?;
        admitted.map_err(|error| AppError::parameter("market", error.to_string()))?;
        let max_drop_percent = if force { 100 } else { max_drop.unwrap_or(ImportOptions::MAX_DROP_PERCENT) };
        Ok(Self(ImportOptions { market, feed, max_drop_percent, ..ImportOptions::default() }))
    }
}

/// An upload has no file name that could imply the format.
fn required(format: Option<Format>) -> Result<Option<Format>, AppError> {
    if format.is_none() { Err(AppError::parameter("format", FORMATS)) } else { Ok(format) }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    value(deserializer, |text| text.parse::<Format>().map(Some))
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value(deserializer, |text| feed::currency(text).map(Some))
}

fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    values(deserializer, |text| Ok::<_, std::convert::Infallible>(text.to_owned()))
}

fn shop_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value(deserializer, |text| feed::shop_url(text).map(Some))
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    value(deserializer, |text| match text.parse() {
        Ok(percent @ 0..=100) => Ok(Some(percent)),
        _ => Err(format!("expected a number from 0 to 100, got {text:?}")),
    })
}

fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    value(deserializer, |text| text.parse().map_err(|_| format!("expected true or false, got {text:?}")))
}
