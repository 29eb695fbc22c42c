//! Parts of requests that several handlers read. In: a request's head. Out: checked values, or an [`AppError`].

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use utoipa::IntoParams;

use crate::catalogue::assortment::market_name;
use crate::http::error::AppError;
use crate::http::state::AppState;
use crate::http::version::AnsweredBy;
use crate::pipeline::search::SearchEngine;

/// Values of one parameter at most: no shop's page offers more, and each is compared with each distinct value.
const MAX_VALUES: usize = 64;

/// Characters of a parameter's name and of a reason that an answer repeats; more would only fill logs.
const MAX_NAME_CHARS: usize = 40;
const MAX_REASON_CHARS: usize = 400;

/// The query string as a struct; refused with the parameter's name, what was expected and what was received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        params(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string into a struct.
pub(super) fn params<T: DeserializeOwned>(query: &str) -> Result<T, AppError> {
    let deserializer = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let name = error.path().iter().next().map(ToString::to_string);
        let reason = error.into_inner().to_string();
        match name {
            Some(name) => AppError::parameter(&shortened(&name, MAX_NAME_CHARS), shortened(&reason, MAX_REASON_CHARS)),
            None => AppError::Query,
        }
    })
}

fn shortened(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

/// Reads every value of a parameter, which may be given several times. For `deserialize_with`.
pub(super) fn values<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, D::Error> {
    let values = Vec::<String>::deserialize(deserializer)?;
    if values.len() > MAX_VALUES {
        return Err(D::Error::custom(format!("expected at most {MAX_VALUES} values, got {}", values.len())));
    }
    values.iter().map(|value| parse(value).map_err(D::Error::custom)).collect()
}

/// Reads a parameter that has one value; it may be given again, but not with another one. For `deserialize_with`.
pub(super) fn value<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let given = values(deserializer, |text| Ok::<_, Infallible>(text.to_owned()))?;
    match &given[..] {
        [] => Err(D::Error::custom("expected a value, got none")),
        [first, others @ ..] => match others.iter().find(|other| *other != first) {
            Some(other) => Err(D::Error::custom(format!("expected one value, got {first:?} and {other:?}"))),
            None => parse(first).map_err(D::Error::custom),
        },
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

/// The name of a market, which may be unknown. For `deserialize_with`.
pub(super) fn market<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    value(deserializer, |text| match text {
        "" => Ok(String::new()),
        text => market_name(text),
    })
}

/// Reads a number of cards in a row, for [`value`].
pub(super) fn cards(text: &str) -> Result<usize, String> {
    let count = text.parse::<usize>().ok().filter(|count| (1..=MAX_CARDS_PER_CATEGORY).contains(count));
    count.ok_or_else(|| format!("expected a number from 1 to {MAX_CARDS_PER_CATEGORY}, got {text:?}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Example {
        #[serde(deserialize_with = "words")]
        word: Vec<String>,
        #[serde(deserialize_with = "number")]
        number: u8,
    }

    fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        values(deserializer, |text| Ok::<_, String>(text.to_owned()))
    }

    fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        value(deserializer, |text| text.parse().map_err(|_| format!("expected a number, got {text:?}")))
    }

    #[test]
    fn values_may_be_repeated_and_a_single_value_is_one() {
        let expected = Example { word: vec!["a b".to_owned(), "c&".to_owned()], number: 2 };
        assert_eq!(params::<Example>("word=a+b&number=2&word=c%26&number=2").ok(), Some(expected));
        assert_eq!(params::<Example>("").ok(), Some(Example::default()));
        let many = "word=x&".repeat(MAX_VALUES);
        assert_eq!(params::<Example>(&many).map(|found| found.word.len()).ok(), Some(MAX_VALUES));
        let error = params::<Example>(&format!("{many}word=x")).expect_err("one too many");
        assert_eq!(error.to_string(), "the parameter word: expected at most 64 values, got 65");
    }

    #[test]
    fn a_refusal_names_the_parameter_what_was_expected_and_what_came() {
        for (query, message) in [
            ("number=1&number=2", "the parameter number: expected one value, got \"1\" and \"2\""),
            ("number=many", "the parameter number: expected a number, got \"many\""),
            ("wrod=x", "the parameter wrod: unknown field `wrod`, expected `word` or `number`"),
        ] {
            assert_eq!(params::<Example>(query).expect_err("refused").to_string(), message);
        }
        let long = "x".repeat(10_000);
        assert!(params::<Example>(&long).expect_err("refused").to_string().len() < 500);
    }
}
