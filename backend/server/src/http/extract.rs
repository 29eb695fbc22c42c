//! Parts of requests that several handlers read. In: a request's head. Out: checked values, or an [`AppError`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::http::error::AppError;
use crate::http::params::{market, params};
use crate::http::state::AppState;
use crate::http::version::AnsweredBy;
use crate::pipeline::search::SearchEngine;

/// The query string as a struct; refused with the parameter's name, what was expected and what was received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        Ok(Self(params(parts.uri.query().unwrap_or_default())?))
    }
}

/// The market of a request that has no other parameters; any others are ignored.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct MarketRequest {
    /// The market; the first one if not given
    #[param(value_type = Option<String>)]
    #[serde(deserialize_with = "market")]
    pub(super) market: String,
}

/// The variable part of a path; a path that does not fit is answered with 404.
#[derive(Clone, Debug)]
pub(super) struct PathPart<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathPart<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(part) = Path::from_request_parts(parts, state).await.map_err(|_| AppError::UnknownPath)?;
        Ok(Self(part))
    }
}

/// The search engine; while it is loading the answer is 503.
#[derive(Clone, Debug)]
pub(super) struct ReadyEngine(pub(super) Arc<SearchEngine>);

impl FromRequestParts<AppState> for ReadyEngine {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let engine = state.engine()?;
        if let Some(answered_by) = parts.extensions.get::<AnsweredBy>() {
            answered_by.note(engine.catalogue.version());
        }
        Ok(Self(engine))
    }
}
