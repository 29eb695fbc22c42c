//! Uploaded feeds. In: the body and the query string of a request. Out: a [`FeedFile`] and [`FeedParams`].

use std::path::PathBuf;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use http_body_util::BodyExt as _;
use serde::{Deserialize, Deserializer};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use utoipa::IntoParams;

use crate::catalogue::feed::{self, FeedOptions, Format};
use crate::http::error::AppError;
use crate::http::extract::{Params, value};

/// Bytes of an uploaded feed: a quarter of a million products of a kilobyte.
const MAX_FEED_BYTES: u64 = 256 << 20;

/// The query string of an uploaded feed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FeedRequest {
    /// Format of the feed: jsonl, google-xml, google-tsv, google-csv or shopify-csv
    #[param(value_type = String, required = true)]
    #[serde(deserialize_with = "format")]
    format: Option<Format>,
    /// Currency (ISO 4217) of prices without one, as all of Shopify's are
    #[serde(deserialize_with = "currency")]
    currency: Option<String>,
    /// Address of the shop, which Shopify's export does not contain
    #[serde(deserialize_with = "shop_url")]
    shop_url: Option<String>,
}

/// The options of an uploaded feed, from its [`FeedRequest`].
pub(super) struct FeedParams(pub(super) FeedOptions);

impl<S: Sync> FromRequestParts<S> for FeedParams {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Params(FeedRequest { format, currency, shop_url }) = Params::from_request_parts(parts, state).await?;
        // An upload has no file name that could imply the format.
        if format.is_none() {
            let reason = "expected jsonl, google-xml, google-tsv, google-csv or shopify-csv, got none";
            return Err(AppError::parameter("format", reason));
        }
        Ok(Self(FeedOptions { format, currency, shop_url }))
    }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    value(deserializer, |text| text.parse::<Format>().map(Some))
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value(deserializer, |text| feed::currency(text).map(Some))
}

fn shop_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    value(deserializer, |text| Ok::<_, std::convert::Infallible>(Some(text.to_owned())))
}

/// An uploaded feed in a folder of its own, which is deleted with `folder`.
pub(super) struct FeedFile {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
}

impl<S: Send + Sync> FromRequest<S> for FeedFile {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let internal = |error: std::io::Error| AppError::Internal(error.into());
        let mut body = request.into_body();
        let folder = tempfile::tempdir().map_err(internal)?;
        let path = folder.path().join("feed");
        let mut file = tokio::fs::File::create(&path).await.map_err(internal)?;
        let mut received_bytes = 0;
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame.map_err(|_| AppError::BrokenBody)?.into_data() else { continue };
            received_bytes += bytes.len() as u64;
            if received_bytes > MAX_FEED_BYTES {
                return Err(AppError::FeedTooLarge(MAX_FEED_BYTES >> 20));
            }
            file.write_all(&bytes).await.map_err(internal)?;
        }
        file.flush().await.map_err(internal)?;
        Ok(Self { folder, path })
    }
}
