//! What rules meet in a catalogue, and where they contradict each other. In: [`Rules`] and articles. Out: a [`RulesReport`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use stl_types::wire::{ReportedRule, RuleState, RulesReport};

use super::matched::Shelf;
use super::rule::{Effect, Rule, Rules};
use crate::catalogue::article::{Article, by_id};
use crate::catalogue::facets::Facets;

/// Problems that a report lists; it counts all of them.
const MAX_PROBLEMS: usize = 100;

/// Unknown ids of a rule that are named.
const MAX_IDS: usize = 3;

/// The report of rules on articles, with the second at which each came.
#[must_use]
pub fn of_articles(rules: &Rules, articles: &[Article], came_s: &[i64], now: Timestamp) -> RulesReport {
    let positions: Vec<u32> = (0..).take(articles.len()).collect();
    let facets = Facets::new(&positions, |number| articles.get(number), now);
    let by_id = by_id(articles);
    report(rules, &Shelf { articles, by_id: &by_id, came_s, positions: &positions, facets: &facets }, now)
}

pub(in crate::catalogue) fn report(rules: &Rules, shelf: &Shelf<'_>, now: Timestamp) -> RulesReport {
    let mut problems = Problems(Vec::new(), 0);
    let mut reported = Vec::new();
    let all: Vec<&Rule> = rules.iter().collect();
    let mut products = vec![0; all.len()];
    for counts in shelf.fold(&all, now, |_| vec![0; all.len()], |counts: &mut Vec<usize>, _, rule| counts[rule] += 1) {
        products.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
    }
    for (&rule, &products) in all.iter().zip(&products) {
        let (name, state) = (rule.name(), rule.state(now));
        if let (RuleState::Ended, Some(until)) = (state, rule.until) {
            problems.add(|| format!("rule {name:?}: ended at {until}"));
        }
        if products == 0 {
            problems.add(|| format!("rule {name:?}: no product fits it"));
        } else {
            unknown_ids(rule, shelf, &mut problems);
        }
        if rule.effect == Effect::Exclude && products == shelf.articles.len() && products > 0 {
            problems.add(|| format!("rule {name:?}: excludes all {products} products"));
        }
        if !rule.written.market.is_empty() {
            let market = &rule.written.market;
            problems
                .add(|| format!("rule {name:?}: acts in every market, as there are none yet, not only in {market:?}"));
        }
        reported.push(ReportedRule { rule: rule.written.clone(), products, state });
    }
    contradictions(rules, shelf, now, &mut problems);
    RulesReport { rules: reported, problems: problems.0, problem_count: problems.1 }
}

struct Problems(Vec<String>, usize);

impl Problems {
    fn add(&mut self, problem: impl FnOnce() -> String) {
        self.1 += 1;
        if self.0.len() < MAX_PROBLEMS {
            self.0.push(problem());
        }
    }
}

fn unknown_ids(rule: &Rule, shelf: &Shelf<'_>, problems: &mut Problems) {
    let mut unknown = rule.written.id.iter().filter(|id| shelf.find(id).is_none());
    let named: Vec<String> = unknown.by_ref().take(MAX_IDS).map(|id| format!("{id:?}")).collect();
    if !named.is_empty() {
        let (rest, name) = (unknown.count(), rule.name());
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        problems.add(|| format!("rule {name:?}: there is no product {}{rest}", named.join(", ")));
    }
}

/// A product that a rule pins.
struct Pinned<'a> {
    rule: &'a Rule,
    article: usize,
    position: usize,
}

fn contradictions(rules: &Rules, shelf: &Shelf<'_>, now: Timestamp, problems: &mut Problems) {
    let lasting: Vec<&Rule> = rules.iter().filter(|rule| rule.state(now) != RuleState::Ended).collect();
    let mut pins = Vec::new();
    for &rule in &lasting {
        let Effect::Pin(first) = rule.effect else { continue };
        let numbers = rule.written.id.iter().map(|id| shelf.find(id).filter(|number| shelf.fits(rule, *number, now)));
        let pinned = (first..).zip(numbers);
        pins.extend(pinned.filter_map(|(position, article)| Some(Pinned { rule, article: article?, position })));
    }
    for exclusion in lasting.iter().filter(|rule| rule.effect == Effect::Exclude) {
        for pin in pins.iter().filter(|pin| pin.rule.meets(exclusion) && shelf.fits(exclusion, pin.article, now)) {
            let (pinning, excluding) = (pin.rule.name(), exclusion.name());
            let id = &shelf.articles[pin.article].id;
            problems.add(|| format!("rules {pinning:?} and {excluding:?}: the one pins {id:?}, the other excludes it"));
        }
    }
    let mut by_place: BTreeMap<_, Vec<&Pinned<'_>>> = BTreeMap::new();
    let mut by_article: BTreeMap<usize, Vec<&Pinned<'_>>> = BTreeMap::new();
    for pin in &pins {
        let category = shelf.articles[pin.article].category;
        by_place.entry((category, pin.position)).or_default().push(pin);
        by_article.entry(pin.article).or_default().push(pin);
    }
    for (a, b) in by_place.values().flat_map(|pins| pairs(pins)).filter(|(a, b)| a.article != b.article) {
        let ([a_id, b_id], position) = ([a, b].map(|pin| &shelf.articles[pin.article].id), a.position);
        let (a, b) = (a.rule.name(), b.rule.name());
        problems.add(|| format!("rules {a:?} and {b:?}: both pin to position {position}, {a_id:?} and then {b_id:?}"));
    }
    for (a, b) in by_article.values().flat_map(|pins| pairs(pins)) {
        let id = &shelf.articles[a.article].id;
        let (a, b) = (a.rule.name(), b.rule.name());
        problems.add(|| format!("rules {a:?} and {b:?}: both pin {id:?}, the first one counts"));
    }
}

/// Neighbours that act in the same searches: of many alike, each is named with the one before it.
fn pairs<'p>(pins: &[&'p Pinned<'p>]) -> impl Iterator<Item = (&'p Pinned<'p>, &'p Pinned<'p>)> {
    (1..pins.len()).filter_map(move |second| {
        let former = pins[..second].iter().rev().find(|former| former.rule.meets(pins[second].rule))?;
        Some((*former, pins[second]))
    })
}
