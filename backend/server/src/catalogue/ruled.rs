//! The shop's rules on a catalogue. In: a moment, and what a request chooses. Out: what its searches take of them.

use std::sync::Arc;

use jiff::Timestamp;
use stl_types::wire::{MovedBy, RulesReport};

use super::Catalogue;
use super::article::Article;
use super::rules::report::report;
use super::rules::{AppliedRules, RuleChoice, Rules, Shelf};

impl Catalogue {
    fn shelf(&self) -> Shelf<'_> {
        let positions = self.matcher.articles();
        Shelf { articles: &self.articles, by_id: &self.by_id, came_s: &self.came_s, positions, facets: &self.facets }
    }

    /// What the shop's rules do to a search at a moment; none if there are no rules.
    #[must_use]
    pub fn rules_at(&self, choice: &RuleChoice, now: Timestamp) -> Option<Arc<AppliedRules>> {
        self.rules.at(&self.shelf(), &self.matcher, choice, now)
    }

    /// Whether rules let an article be found.
    #[must_use]
    pub fn is_admitted(&self, article: &Article, rules: &AppliedRules) -> bool {
        let Some(admitted) = &rules.admitted else { return true };
        let number = self.by_id.get(&article.id);
        let position = number.and_then(|number| self.matcher.position_of(article.category, *number));
        position.is_some_and(|position| admitted.contains(position))
    }

    /// The rules that moved an article, in their order.
    #[must_use]
    pub fn moved_by(&self, rules: &AppliedRules, id: &str, now: Timestamp) -> Vec<MovedBy> {
        rules.moved_by(&self.shelf(), id, now)
    }

    /// What rules meet in this catalogue at a moment, and what is wrong with them.
    #[must_use]
    pub fn rules_report(&self, rules: &Rules, now: Timestamp) -> RulesReport {
        report(rules, &self.shelf(), now)
    }
}
