//! The shop's rules on a catalogue. In: a market, a moment, and what a request chooses. Out: what its searches take of them.

use std::sync::Arc;

use jiff::Timestamp;
use stl_types::wire::{MovedBy, RulesReport};

use super::Catalogue;
use super::article::Article;
use super::filter::Filter;
use super::market::Market;
use super::rules::report::report;
use super::rules::served::ServedRules;
use super::rules::stored::StoredRules;
use super::rules::{AppliedRules, RuleChoice, Rules, Shelf};
use crate::matching::Selection;

impl Catalogue {
    /// What the shop's rules do to a search of a market at a moment; none if there are no rules.
    #[must_use]
    pub fn rules_at(&self, market: &Market, choice: &RuleChoice, now: Timestamp) -> Option<Arc<AppliedRules>> {
        self.rules.at(&market.shelf(&self.matcher), &self.matcher, choice, now)
    }

    /// The same of rules that are not this catalogue's own.
    #[must_use]
    pub fn rules_of(
        &self,
        rules: &ServedRules,
        market: &Market,
        choice: &RuleChoice,
        now: Timestamp,
    ) -> Option<Arc<AppliedRules>> {
        rules.at(&market.shelf(&self.matcher), &self.matcher, choice, now)
    }

    /// The positions of the match that a search of a market may return: those that a filter admits at a moment, and rules; `None` for all.
    #[must_use]
    pub fn selection(
        &self,
        market: &Market,
        filter: &Filter,
        rules: Option<&AppliedRules>,
        now: Timestamp,
    ) -> Option<Selection> {
        let admitted = rules.and_then(|rules| rules.admitted.as_ref());
        match (market.selection(filter, now), admitted) {
            (Some(selection), Some(admitted)) => Some(selection.and(admitted)),
            (selection, admitted) => selection.or_else(|| admitted.cloned()),
        }
    }

    /// What rules that are not stored would do to a search of a market at a moment; none if there are no rules.
    #[must_use]
    pub fn draft_at(
        &self,
        market: &Market,
        draft: Arc<Rules>,
        choice: &RuleChoice,
        now: Timestamp,
    ) -> Option<Arc<AppliedRules>> {
        let draft = ServedRules::new(StoredRules { rules: draft, ..StoredRules::default() });
        draft.at(&market.shelf(&self.matcher), &self.matcher, choice, now)
    }

    /// Whether rules let an article be found.
    #[must_use]
    pub fn is_admitted(&self, market: &Market, article: &Article, rules: &AppliedRules) -> bool {
        let Some(admitted) = &rules.admitted else { return true };
        let number = market.number_of(&article.id);
        let position = number.and_then(|number| self.matcher.position_of(article.category, number));
        position.is_some_and(|position| admitted.contains(position))
    }

    /// The rules that moved an article of a market, in their order.
    #[must_use]
    pub fn moved_by(&self, market: &Market, rules: &AppliedRules, id: &str, now: Timestamp) -> Vec<MovedBy> {
        rules.moved_by(&market.shelf(&self.matcher), id, now)
    }

    /// What rules meet in this catalogue at a moment, and what is wrong with them.
    #[must_use]
    pub fn rules_report(&self, rules: &Rules, now: Timestamp) -> RulesReport {
        let shelves: Vec<Shelf<'_>> = self.markets.iter().map(|market| market.shelf(&self.matcher)).collect();
        report(rules, &shelves, now)
    }
}
