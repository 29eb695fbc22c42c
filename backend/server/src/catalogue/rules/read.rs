//! Rules as they are written. In: TOML or JSON. Out: [`ShopRules`], or which field of which rule is wrong.
//!
//! TOML becomes the JSON that the API takes, so both are read alike. A moment of TOML needs no quotation marks.

use serde_json::Value;
use stl_types::wire::{ShopRule, ShopRules};

use super::rule::{MAX_PINNED, MAX_RULES, MAX_RULES_BYTES, MAX_VARIANTS};
use crate::errors::plain;

/// Why rules are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Too long.
    #[error("expected at most {} kB of rules, got {received_bytes} bytes", MAX_RULES_BYTES / 1024)]
    TooLong {
        /// Bytes of the text.
        received_bytes: usize,
    },
    /// Not TOML or not JSON.
    #[error("the rules cannot be read: {0}")]
    Syntax(String),
    /// Something else than rules.
    #[error("expected only [[rule]] tables, got {0:?}")]
    Unknown(String),
    /// Too many.
    #[error("expected at most {MAX_RULES} rules, got {0}")]
    TooMany(usize),
    /// Too many variants.
    #[error("expected at most {MAX_VARIANTS} variants, got {0}")]
    TooManyVariants(usize),
    /// Too many pinned products.
    #[error("expected at most {MAX_PINNED} pinned products, got {0}")]
    TooManyPinned(usize),
    /// A field that is not as expected.
    #[error("rule {number}{}: {reason}", named(name))]
    Rule {
        /// From 1.
        number: usize,
        /// Its name, if it has one.
        name: String,
        /// The field, what was expected and what was received.
        reason: String,
    },
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" ({name:?})") }
}

impl RulesError {
    /// What is wrong with the rule of this number, from 0.
    pub(super) fn of(index: usize, rule: &ShopRule, reason: impl Into<String>) -> Self {
        Self::Rule { number: index + 1, name: rule.name.clone(), reason: reason.into() }
    }
}

pub(super) fn from_toml(text: &str) -> Result<ShopRules, RulesError> {
    bounded(text)?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        RulesError::Syntax(format!("line {line}: {}", error.message()))
    })?;
    rules(as_json(toml::Value::Table(table)))
}

pub(super) fn from_json(text: &str) -> Result<ShopRules, RulesError> {
    bounded(text)?;
    rules(serde_json::from_str(text).map_err(|error| RulesError::Syntax(error.to_string()))?)
}

/// Whether a text is within [`MAX_RULES_BYTES`].
pub(super) const fn bounded(text: &str) -> Result<(), RulesError> {
    match text.len() {
        ..=MAX_RULES_BYTES => Ok(()),
        received_bytes => Err(RulesError::TooLong { received_bytes }),
    }
}

fn rules(all: Value) -> Result<ShopRules, RulesError> {
    let Value::Object(mut fields) = all else { return Err(RulesError::Unknown(kind(&all).to_owned())) };
    let rules = fields.remove("rule").unwrap_or_else(|| Value::Array(Vec::new()));
    if let Some(name) = fields.keys().next() {
        return Err(RulesError::Unknown(name.clone()));
    }
    let Value::Array(rules) = rules else { return Err(RulesError::Unknown(format!("rule = {}", kind(&rules)))) };
    if rules.len() > MAX_RULES {
        return Err(RulesError::TooMany(rules.len()));
    }
    let rule = |(value, number): (Value, usize)| {
        let name = value["name"].as_str().unwrap_or_default().chars().take(64).collect();
        serde_path_to_error::deserialize::<_, ShopRule>(value).map_err(|error| {
            let path = error.path().to_string();
            let reason = plain(&error.into_inner().to_string());
            let reason = if path == "." { reason } else { format!("{path}: {reason}") };
            RulesError::Rule { number, name, reason }
        })
    };
    Ok(ShopRules { rule: rules.into_iter().zip(1..).map(rule).collect::<Result<_, _>>()? })
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        // JSON has no such numbers.
        toml::Value::Float(number) if !number.is_finite() => number.to_string().into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is_true) => is_true.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(fields) => fields.into_iter().map(|(name, value)| (name, as_json(value))).collect(),
    }
}
