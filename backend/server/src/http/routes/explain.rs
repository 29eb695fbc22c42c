//! Which rules of the shop moved the products of an answer, for requests with the administration's token. In: an answer. Out: the same, its
//! cards with `rules`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use stl_types::wire::MovedBy;

use super::admin::may_read;
use crate::catalogue::{Catalogue, RuleChoice};
use crate::http::error::AppError;
use crate::http::state::AppState;

/// Whether the request carries a token of the administration that may read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Explain(bool);

impl FromRequestParts<AppState> for Explain {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        Ok(Self(may_read(state, &parts.headers).await))
    }
}

impl Explain {
    /// Whether rules are told.
    pub(super) const fn is_asked(self) -> bool {
        self.0
    }

    /// The answer of a market as JSON; with the token, each card with the rules that moved it.
    ///
    /// # Errors
    /// When there is no such market, or it cannot be written as JSON.
    pub(super) fn answer(
        self,
        catalogue: &Catalogue,
        (market, choice): (&str, &RuleChoice),
        answer: &impl Serialize,
    ) -> Result<Response, AppError> {
        if !self.0 {
            return Ok(Json(answer).into_response());
        }
        let mut answer = serde_json::to_value(answer).map_err(|error| AppError::Internal(error.into()))?;
        let now = Timestamp::now();
        let market = catalogue.market(market)?;
        if let Some(rules) = catalogue.rules_at(market, choice, now) {
            let moved_by = |id: &str| catalogue.moved_by(market, &rules, id, now);
            explain(&mut answer, &moved_by);
        }
        // What the token opens stays with whom has it.
        Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
    }
}

/// Writes into each object of a list `cards` what moved its product.
fn explain(value: &mut Value, moved_by: &impl Fn(&str) -> Vec<MovedBy>) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| explain(value, moved_by)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Array(cards) if name == "cards" => {
                        cards.iter_mut().for_each(|card| explain_card(card, moved_by));
                    }
                    other => explain(other, moved_by),
                }
            }
        }
        _ => {}
    }
}

fn explain_card(card: &mut Value, moved_by: &impl Fn(&str) -> Vec<MovedBy>) {
    let moved_by = card["id"].as_str().map(moved_by).unwrap_or_default();
    if let (Value::Object(card), false) = (card, moved_by.is_empty()) {
        card.insert("rules".to_owned(), serde_json::to_value(moved_by).unwrap_or_default());
    }
}
