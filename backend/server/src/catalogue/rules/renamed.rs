//! A market of rules gets another name. In: a text in TOML, and both names. Out: the text with the new name; the rest as it was written.

use serde::Deserialize;
use toml::{Spanned, Value};

use super::read::RulesError;
use super::rule::Rules;

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
struct WrittenRule {
    market: Option<Spanned<String>>,
}

/// Rules whose market has another name now, and their text.
///
/// # Errors
/// When the text holds no rules, or would be too long.
pub(in crate::catalogue) fn with_market(text: &str, from: &str, to: &str) -> Result<(Rules, String), RulesError> {
    let syntax = |error: toml::de::Error| RulesError::Syntax(error.message().to_owned());
    let written: Written = toml::from_str(text).map_err(syntax)?;
    let markets = written.rule.iter().filter_map(|rule| rule.market.as_ref());
    let (mut renamed, to) = (text.to_owned(), Value::from(to).to_string());
    // From the end, so that the places before stay.
    for market in markets.rev().filter(|market| market.get_ref() == from) {
        renamed.replace_range(market.span(), &to);
    }
    Ok((Rules::from_toml(&renamed)?, renamed))
}
