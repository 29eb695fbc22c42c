//! Query strings. In: a query string. Out: a struct whose values are checked, or a [`ParamsError`].

use std::convert::Infallible;
use std::fmt::Display;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

use crate::catalogue::assortment::market_name;

/// Values of one parameter at most: no shop's page offers more, and each is compared with each distinct value.
const MAX_VALUES: usize = 64;

/// Characters of a parameter's name and of a reason that an answer repeats; more would only fill logs.
const MAX_NAME_CHARS: usize = 40;
const MAX_REASON_CHARS: usize = 400;

/// Why a query string is refused.
#[derive(Debug, thiserror::Error)]
pub enum ParamsError {
    /// A parameter is unknown or has an invalid value.
    #[error("the parameter {name}: {reason}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What was expected and what was received.
        reason: String,
    },
    /// It is no query string.
    #[error("the query string cannot be read")]
    Malformed,
}

impl ParamsError {
    /// The parameter `name` is refused for a reason that says what was expected and received.
    pub(super) fn of(name: &str, reason: impl Into<String>) -> Self {
        Self::Parameter { name: name.to_owned(), reason: reason.into() }
    }
}

/// Reads a query string into a struct.
pub(super) fn params<T: DeserializeOwned>(query: &str) -> Result<T, ParamsError> {
    let deserializer = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let name = error.path().iter().next().map(ToString::to_string);
        let reason = error.into_inner().to_string();
        match name {
            Some(name) => ParamsError::of(&shortened(&name, MAX_NAME_CHARS), shortened(&reason, MAX_REASON_CHARS)),
            None => ParamsError::Malformed,
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
