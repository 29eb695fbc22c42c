//! What rules meet in a catalogue, and where they contradict each other. In: [`Rules`] and articles. Out: a [`RulesReport`].

use std::collections::{BTreeMap, HashSet};

use std::collections::HashMap;

use jiff::Timestamp;
use stl_types::wire::{ReportedRule, RuleState, RulesReport};

use super::matched::Shelf;
use super::rule::{Effect, Rule, Rules};
use crate::catalogue::article::by_id;
use crate::catalogue::assortment::{Assortment, Assortments, UnknownMarket};
use crate::catalogue::facets::Facets;
use crate::catalogue::store::{Store, StoreError};
use crate::counted::counted;
use crate::digest::Digest;

/// Problems that a report lists; it counts all of them.
const MAX_PROBLEMS: usize = 100;

/// Unknown ids of a rule that are named.
const MAX_IDS: usize = 3;

/// The report of rules on the catalogue of a folder; on none before the first import.
///
/// # Errors
/// When the database fails.
pub fn of_folder(rules: &Rules, folder: &std::path::Path, now: Timestamp) -> Result<RulesReport, StoreError> {
    let read = || -> Result<(Assortments, Vec<Vec<i64>>), StoreError> {
        let mut store = Store::open(folder)?;
        let (_, assortments) = store.read_markets()?;
        let came = |Assortment { market, articles }: &Assortment| {
            store.came_s(market, articles.iter().map(|article| article.id.as_str()))
        };
        let came_s = assortments.0.iter().map(came).collect::<Result<_, _>>()?;
        Ok((assortments, came_s))
    };
    match read() {
        Err(StoreError::Missing { .. }) => Ok(of_assortments(rules, &Assortments::default(), &[], now)),
        outcome => outcome.map(|(assortments, came_s)| of_assortments(rules, &assortments, &came_s, now)),
    }
}

/// The report of rules on what markets sell, with the second at which each article came to its market.
#[must_use]
pub fn of_assortments(rules: &Rules, assortments: &Assortments, came_s: &[Vec<i64>], now: Timestamp) -> RulesReport {
    let columns = |articles: &[_]| -> (Vec<u32>, Facets, HashMap<String, usize>) {
        let positions: Vec<u32> = (0..).take(articles.len()).collect();
        let facets = Facets::new(&positions, |number| articles.get(number), now);
        (positions, facets, by_id(articles))
    };
    let columns: Vec<(Vec<u32>, Facets, HashMap<String, usize>)> =
        assortments.0.iter().map(|of| columns(&of.articles)).collect();
    let all = assortments.0.iter().zip(came_s).zip(&columns);
    let shelves: Vec<Shelf<'_>> = all
        .map(|((Assortment { market, articles }, came_s), (positions, facets, by_id))| Shelf {
            market,
            articles: articles.as_slice().into(),
            by_id,
            came_s,
            positions,
            facets,
            numbers: None,
        })
        .collect();
    report(rules, &shelves, now)
}

/// The report on the shelves of all markets.
pub(in crate::catalogue) fn report(rules: &Rules, shelves: &[Shelf<'_>], now: Timestamp) -> RulesReport {
    let mut problems = Problems::default();
    let mut reported = Vec::new();
    let products = products(rules, shelves, now);
    for (rule, products) in rules.iter().zip(products) {
        let (name, state) = (rule.name(), rule.state(now));
        if let (RuleState::Ended, Some(until)) = (state, rule.until) {
            problems.add(|| format!("rule {name:?}: ended at {until}"));
        }
        let acts = shelves.iter().any(|shelf| rule.acts_in(shelf.market));
        if !acts && !shelves.is_empty() {
            let known = shelves.iter().map(|shelf| shelf.market.to_owned()).collect();
            let unknown = UnknownMarket { received: rule.written.market.clone(), known };
            problems.add(|| format!("rule {name:?}: {unknown}"));
        } else if products == 0 {
            problems.add(|| format!("rule {name:?}: no product fits it"));
        } else {
            unknown_ids(rule, shelves, &mut problems);
        }
        let mut acting = shelves.iter().filter(|shelf| rule.acts_in(shelf.market) && !shelf.articles.is_empty());
        let fits_all = |shelf: &Shelf<'_>| (0..shelf.articles.len()).all(|number| shelf.fits(rule, number, now));
        if rule.effect == Effect::Exclude
            && let Some(shelf) = acting.find(|shelf| fits_all(shelf))
        {
            let of_market =
                if shelf.market.is_empty() { String::new() } else { format!(" of the market {:?}", shelf.market) };
            problems
                .add(|| format!("rule {name:?}: excludes all {}{of_market}", counted(shelf.articles.len(), "product")));
        }
        reported.push(ReportedRule { rule: rule.written.clone(), products, state });
    }
    for shelf in shelves {
        contradictions(rules, shelf, now, &mut problems);
    }
    RulesReport { rules: reported, problems: problems.listed, problem_count: problems.count }
}

/// For each rule, how many products fit it in a market where it acts; one that fits in several markets counts once.
fn products(rules: &Rules, shelves: &[Shelf<'_>], now: Timestamp) -> Vec<usize> {
    let mut products = vec![0; rules.iter().len()];
    for (place, shelf) in shelves.iter().enumerate() {
        let (indices, acting): (Vec<usize>, Vec<&Rule>) =
            rules.iter().enumerate().filter(|(_, rule)| rule.acts_in(shelf.market)).unzip();
        let fits_before = |rule: &Rule, id: &str| {
            let mut former = shelves[..place].iter().filter(|former| rule.acts_in(former.market));
            former.any(|former| former.find(id).is_some_and(|number| former.fits(rule, number, now)))
        };
        let is_new = |rule: &Rule, number: usize| {
            let article = shelf.articles.get(number);
            place == 0 || article.is_some_and(|article| !fits_before(rule, &article.id))
        };
        let empty = |_| vec![0; acting.len()];
        let counted = shelf.fold(&acting, now, empty, |counts: &mut Vec<usize>, (_, number), rule| {
            counts[rule] += usize::from(is_new(acting[rule], number));
        });
        for counts in counted {
            indices.iter().zip(counts).for_each(|(&rule, count)| products[rule] += count);
        }
    }
    products
}

/// What is wrong, each once: two rules may contradict each other in several markets.
#[derive(Default)]
struct Problems {
    listed: Vec<String>,
    count: usize,
    /// SHA-256 of all of them.
    known: HashSet<Digest>,
}

impl Problems {
    fn add(&mut self, problem: impl FnOnce() -> String) {
        let problem = problem();
        if self.known.insert(Digest::of(problem.as_bytes())) {
            self.count += 1;
            if self.listed.len() < MAX_PROBLEMS {
                self.listed.push(problem);
            }
        }
    }
}

fn unknown_ids(rule: &Rule, shelves: &[Shelf<'_>], problems: &mut Problems) {
    let is_sold = |id: &str| shelves.iter().any(|shelf| rule.acts_in(shelf.market) && shelf.find(id).is_some());
    let mut unknown = rule.written.id.iter().filter(|id| !is_sold(id));
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
    let lasts = |rule: &&Rule| rule.state(now) != RuleState::Ended && rule.acts_in(shelf.market);
    let lasting: Vec<&Rule> = rules.iter().filter(lasts).collect();
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
