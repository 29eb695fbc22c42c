//! A checked rule. In: what was written, and its conditions. Out: [`Rule`]s, which act at some moments.

use std::collections::BTreeSet;

use jiff::Timestamp;
use stl_types::wire::{RuleAction, RuleState, ShopRule};

use crate::catalogue::filter::Filter;

/// The rules in a catalogue's folder.
pub const FILE: &str = "rules.toml";

/// Rules at most: each is compared with each distinct value of the catalogue's columns.
pub const MAX_RULES: usize = 2000;

/// Bytes of their text: fifty thousand ids.
pub const MAX_RULES_BYTES: usize = 1 << 20;

/// Variants at most: what is added to scores is kept for each.
pub const MAX_VARIANTS: usize = 8;

/// Products that are pinned at most: each is scored in each search of its category.
pub const MAX_PINNED: usize = 500;

/// What a boost adds if the rule does not say: the odds nearly triple.
pub(super) const USUAL_BY: f64 = 1.0;

/// Checked rules, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules(pub(super) Vec<Rule>);

/// A checked rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub written: ShopRule,
    /// What it does.
    pub(super) effect: Effect,
    /// All conditions but those below.
    pub(super) filter: Filter,
    /// Whether only products that are not in stock fit.
    pub(super) is_of_sold_out: bool,
    /// Products that came at this moment or later fit.
    pub(super) new_since: Option<Timestamp>,
    /// When it acts.
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect {
    /// The first of its ids stands there, from 1.
    Pin(usize),
    /// What is added to the score.
    Add(f32),
    Exclude,
}

impl Rules {
    /// The rules.
    pub fn iter(&self) -> std::slice::Iter<'_, Rule> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them act in this market alone.
    #[must_use]
    pub fn of_market(&self, market: &str) -> usize {
        self.0.iter().filter(|rule| !market.is_empty() && rule.written.market == market).count()
    }

    /// The variants that rules name.
    #[must_use]
    pub fn variants(&self) -> BTreeSet<&str> {
        self.0.iter().map(|rule| rule.written.variant.as_str()).filter(|variant| !variant.is_empty()).collect()
    }
}

impl Rule {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// Whether it acts at a moment.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> RuleState {
        if self.until.is_some_and(|until| until <= now) {
            RuleState::Ended
        } else if self.from.is_some_and(|from| now < from) {
            RuleState::Waiting
        } else {
            RuleState::Active
        }
    }

    /// Whether it acts in searches of a market.
    #[must_use]
    pub fn acts_in(&self, market: &str) -> bool {
        self.written.market.is_empty() || self.written.market == market
    }

    /// What it does.
    #[must_use]
    pub const fn action(&self) -> RuleAction {
        self.written.action
    }

    /// The moment from which on products are new for it.
    pub(super) fn new_from(&self, now: Timestamp) -> Option<Timestamp> {
        let days = self.written.new_days.map(|days| now - jiff::SignedDuration::from_hours(24 * i64::from(days)));
        days.into_iter().chain(self.new_since).max()
    }

    /// Whether one of two rules acts in searches where the other does, at some moment.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        let begins_before_end = |a: &Self, b: &Self| match (a.from, b.until) {
            (Some(from), Some(until)) => from < until,
            _ => true,
        };
        same(&self.written.variant, &other.written.variant)
            && same(&self.written.market, &other.written.market)
            && begins_before_end(self, other)
            && begins_before_end(other, self)
    }
}
