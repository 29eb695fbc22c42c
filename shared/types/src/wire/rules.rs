//! The shop's rules as JSON: what moves products in the answers to searches.

use std::collections::BTreeMap;

use serde::de::{Deserializer, Error as _, Unexpected};
use serde::{Deserialize, Serialize};

use crate::Category;

/// What a rule does with its products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// They stand at a position of their row.
    Pin,
    /// Their score is raised.
    Boost,
    /// Their score is lowered.
    Bury,
    /// They are never found.
    Exclude,
}

/// A rule of the shop. Its products are those that fit every condition that is given; of several values of one condition, one has to fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopRule {
    /// Tells it from the others; at most 64 characters.
    pub name: String,
    /// What it does.
    pub action: RuleAction,
    /// `boost` and `bury`: what is added to the score or subtracted from it, above 0, at most 100; 1 if not given. The score is a logit:
    /// 0.7 doubles the odds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<f64>,
    /// `pin`: where the first of its products stands, 1 to 50; the others follow in the order of their ids here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The products' ids; a `pin` needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub id: Vec<String>,
    /// Categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub category: Vec<Category>,
    /// Brands.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub brand: Vec<String>,
    /// `female`, `male` or `unisex`; unisex products fit all three.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub gender: Vec<String>,
    /// `newborn`, `infant`, `toddler`, `kids` or `adult`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub age_group: Vec<String>,
    /// Colours, in the shop's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub color: Vec<String>,
    /// Materials.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub material: Vec<String>,
    /// Patterns or prints.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub pattern: Vec<String>,
    /// The shop's own labels: for each name one text or several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub label: BTreeMap<String, Texts>,
    /// The lowest price of the moment, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_min: Option<u64>,
    /// The highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_max: Option<u64>,
    /// The price's currency (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether they are in stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_stock: Option<bool>,
    /// They came to the catalogue at this moment or later (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_since: Option<String>,
    /// They came to the catalogue within so many days, 1 to 365.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_days: Option<u32>,
    /// The rule acts from this moment on (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// It acts until this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// It acts only in searches of this market.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub market: String,
    /// It acts only in searches of this variant of an A/B test.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

/// One text, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Texts(pub Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_or_many(deserializer).map(Self)
    }
}

/// All rules of a shop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShopRules {
    /// The rules; where two contradict each other, the first one counts.
    #[serde(default)]
    pub rule: Vec<ShopRule>,
}

/// Whether a rule acts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It acts.
    Active,
    /// It will act.
    Waiting,
    /// It does not act any more.
    Ended,
}

/// A rule and what it meets in the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportedRule {
    /// The rule.
    #[serde(flatten)]
    pub rule: ShopRule,
    /// Products that fit it now.
    pub products: usize,
    /// Whether it acts now.
    pub state: RuleState,
}

/// The rules of a shop, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesReport {
    /// All rules in their order.
    pub rules: Vec<ReportedRule>,
    /// The first hundred contradictions between rules, rules that no product fits, ids that no product has, and rules that have ended.
    pub problems: Vec<String>,
    /// All problems.
    pub problem_count: usize,
}

/// What a rule did to a product in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovedBy {
    /// The rule's name.
    pub rule: String,
    /// What it does.
    pub action: RuleAction,
    /// What it has added to the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<f64>,
    /// Where it puts the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// Reads one value or a list of them.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Visitor<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a text or a list of texts")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|value| vec![value])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut values: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(value) = values.next_element()? {
                all.push(value);
            }
            if all.is_empty() {
                return Err(A::Error::invalid_value(Unexpected::Other("an empty list"), &self));
            }
            Ok(all)
        }
    }

    deserializer.deserialize_any(Visitor(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_one_value_or_several_and_no_other_fields() {
        let read = |json: &str| serde_json::from_str::<ShopRule>(json).map_err(|error| error.to_string());
        let rule = read(
            r#"{"name":"a","action":"boost","brand":"Acme","category":["t-shirts","tops"],"label":{"fit":"slim"}}"#,
        )
        .expect("a rule");
        assert_eq!((&rule.brand[..], rule.category.len()), (&["Acme".to_owned()][..], 2));
        assert_eq!(rule.label["fit"].0, ["slim"]);
        let again = serde_json::to_string(&rule).expect("to JSON");
        assert_eq!(read(&again), Ok(rule));
        for (json, expected) in [
            (
                r#"{"name":"a","action":"hide"}"#,
                "unknown variant `hide`, expected one of `pin`, `boost`, `bury`, `exclude`",
            ),
            (r#"{"name":"a","action":"pin","colour":"red"}"#, "unknown field `colour`"),
            (r#"{"name":"a","action":"pin","id":[]}"#, "an empty list, expected a text or a list of texts"),
            (r#"{"name":"a","action":"pin","category":"hats"}"#, "unknown variant `hats`"),
        ] {
            let message = read(json).expect_err(json);
            assert!(message.contains(expected), "{message}");
        }
    }
}
