//! Rules and their texts. In and out: TOML or JSON, and [`Rules`].

use stl_types::wire::ShopRules;

use super::check::checked;
use super::read::{self, RulesError};
use super::rule::Rules;

impl Rules {
    /// Reads rules in TOML.
    ///
    /// # Errors
    /// See [`RulesError`].
    pub fn from_toml(text: &str) -> Result<Self, RulesError> {
        checked(read::from_toml(text)?)
    }

    /// Reads rules in JSON, of the same fields.
    ///
    /// # Errors
    /// See [`RulesError`].
    pub fn from_json(text: &str) -> Result<Self, RulesError> {
        checked(read::from_json(text)?)
    }

    /// The rules as TOML.
    ///
    /// # Errors
    /// When a number cannot be written, or the text is longer than one that is read: TOML takes more letters than JSON.
    pub fn to_toml(&self) -> Result<String, RulesError> {
        let rules = ShopRules { rule: self.0.iter().map(|rule| rule.written.clone()).collect() };
        let written = toml::to_string(&rules).map_err(|error| RulesError::Syntax(error.to_string()))?;
        read::bounded(&written)?;
        Ok(written)
    }
}
