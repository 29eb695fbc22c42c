//! What a rule must be. In: [`ShopRules`]. Out: [`Rules`] whose moments are read, or what was expected.

use std::collections::HashSet;

use jiff::Timestamp;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{MAX_EVENT_NAME_CHARS, RuleAction, ShopRule, ShopRules};

use super::read::RulesError;
use super::rule::{Effect, MAX_PINNED, MAX_VARIANTS, Rule, Rules, USUAL_BY};
use crate::catalogue::feed::KeptColumns;
use crate::catalogue::filter::{AGE_GROUPS, Filter, GENDERS, PriceRange};

/// Largest number that is added: far more than scores of a catalogue differ.
const MAX_BY: f64 = 100.0;

/// Most days that a product is new for.
const MAX_NEW_DAYS: u32 = 365;

pub(super) fn checked(ShopRules { rule: written }: ShopRules) -> Result<Rules, RulesError> {
    let mut names = HashSet::new();
    for (index, rule) in written.iter().enumerate() {
        if !names.insert(rule.name.as_str()) {
            return Err(RulesError::of(index, rule, "name: expected one that no other rule has"));
        }
    }
    let check =
        |(index, rule): (usize, &ShopRule)| checked_rule(rule).map_err(|reason| RulesError::of(index, rule, reason));
    let rules = Rules(written.iter().enumerate().map(check).collect::<Result<_, _>>()?);
    let variants = rules.variants().len();
    if variants > MAX_VARIANTS {
        return Err(RulesError::TooManyVariants(variants));
    }
    let pins = rules.iter().filter(|rule| rule.action() == RuleAction::Pin);
    match pins.map(|rule| rule.written.id.len()).sum() {
        ..=MAX_PINNED => Ok(rules),
        pinned => Err(RulesError::TooManyPinned(pinned)),
    }
}

fn checked_rule(rule: &ShopRule) -> Result<Rule, String> {
    name("name", &rule.name)?;
    if rule.name.is_empty() {
        return Err("name: expected one, got none".to_owned());
    }
    name("market", &rule.market)?;
    name("variant", &rule.variant)?;
    let [from, until, new_since] = [("from", &rule.from), ("until", &rule.until), ("new_since", &rule.new_since)]
        .map(|(field, text)| text.as_ref().map(|text| moment(field, text)).transpose());
    let (from, until, new_since) = (from?, until?, new_since?);
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        return Err(format!("until: expected a moment after {from}, got {until}"));
    }
    if let Some(days) = rule.new_days.filter(|days| !(1..=MAX_NEW_DAYS).contains(days)) {
        return Err(format!("new_days: expected 1 to {MAX_NEW_DAYS}, got {days}"));
    }
    let filter = filter(rule)?;
    let has_condition = !filter.is_empty()
        || !rule.id.is_empty()
        || !rule.category.is_empty()
        || rule.in_stock.is_some()
        || rule.new_days.is_some()
        || new_since.is_some();
    if !has_condition {
        return Err("expected a condition, such as id, brand, category or label".to_owned());
    }
    let is_of_sold_out = rule.in_stock == Some(false);
    Ok(Rule { written: rule.clone(), effect: effect(rule)?, filter, is_of_sold_out, new_since, from, until })
}

fn effect(rule: &ShopRule) -> Result<Effect, String> {
    let is_pin = rule.action == RuleAction::Pin;
    if !is_pin && rule.position.is_some() {
        return Err("position: expected none, as only a pin has one".to_owned());
    }
    if matches!(rule.action, RuleAction::Pin | RuleAction::Exclude) && rule.by.is_some() {
        return Err("by: expected none, as only boost and bury have it".to_owned());
    }
    let by = rule.by.unwrap_or(USUAL_BY);
    if !(by > 0.0 && by <= MAX_BY) {
        return Err(format!("by: expected a number above 0, at most {MAX_BY}, got {by}"));
    }
    Ok(match rule.action {
        RuleAction::Boost => Effect::Add(by as f32),
        RuleAction::Bury => Effect::Add(-by as f32),
        RuleAction::Exclude => Effect::Exclude,
        RuleAction::Pin => {
            let position = rule.position.ok_or("position: expected one, got none")? as usize;
            if !(1..=MAX_CARDS_PER_CATEGORY).contains(&position) {
                return Err(format!("position: expected 1 to {MAX_CARDS_PER_CATEGORY}, got {position}"));
            }
            let most = MAX_CARDS_PER_CATEGORY + 1 - position;
            match rule.id.len() {
                0 => return Err("id: expected the ids of the products to pin, got none".to_owned()),
                ids if ids > most => {
                    return Err(format!("id: expected at most {most} to pin from position {position} on, got {ids}"));
                }
                _ => Effect::Pin(position),
            }
        }
    })
}

fn filter(rule: &ShopRule) -> Result<Filter, String> {
    one_of("gender", &rule.gender, &GENDERS)?;
    one_of("age_group", &rule.age_group, &AGE_GROUPS)?;
    for (field, texts) in [
        ("id", &rule.id),
        ("brand", &rule.brand),
        ("color", &rule.color),
        ("material", &rule.material),
        ("pattern", &rule.pattern),
    ] {
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err(format!("{field}: expected texts, got an empty one"));
        }
    }
    if let Some(name) = rule.label.keys().find(|name| KeptColumns::label_of(name).is_empty()) {
        return Err(format!("label: expected the name of a label, got {name:?}"));
    }
    let any_price = PriceRange::default();
    let price_minor = PriceRange {
        lowest: rule.price_min.unwrap_or(any_price.lowest),
        highest: rule.price_max.unwrap_or(any_price.highest),
    };
    if price_minor.lowest > price_minor.highest {
        let (lowest, highest) = (price_minor.lowest, price_minor.highest);
        return Err(format!("price_max: expected at least the lowest price {lowest}, got {highest}"));
    }
    if let Some(currency) = &rule.currency
        && !(currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase()))
    {
        return Err(format!("currency: expected three capitals (ISO 4217), got {currency:?}"));
    }
    Ok(Filter {
        genders: rule.gender.clone(),
        colors: rule.color.clone(),
        brands: rule.brand.clone(),
        age_groups: rule.age_group.clone(),
        materials: rule.material.clone(),
        patterns: rule.pattern.clone(),
        labels: rule.label.iter().map(|(name, texts)| (KeptColumns::label_of(name), texts.0.clone())).collect(),
        price_minor,
        currency: rule.currency.clone(),
        in_stock: rule.in_stock == Some(true),
        sizes: Vec::new(),
    })
}

/// The names of rules and variants are those that events may carry.
fn name(field: &str, text: &str) -> Result<(), String> {
    let chars = text.chars().count();
    if chars > MAX_EVENT_NAME_CHARS {
        return Err(format!("{field}: expected at most {MAX_EVENT_NAME_CHARS} characters, got {chars}"));
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err(format!("{field}: expected no control characters, and no spaces around it, got {text:?}"));
    }
    Ok(())
}

fn moment(field: &str, text: &str) -> Result<Timestamp, String> {
    let expected = "expected a moment of RFC 3339 such as 2026-11-27T00:00:00+01:00";
    text.parse().map_err(|_| format!("{field}: {expected}, got {text:?}"))
}

fn one_of(field: &str, texts: &[String], known: &[&str]) -> Result<(), String> {
    match texts.iter().find(|text| !known.contains(&text.as_str())) {
        None => Ok(()),
        Some(text) => Err(format!("{field}: expected one of {}, got {text:?}", known.join(", "))),
    }
}
