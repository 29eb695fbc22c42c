//! Which articles rules are about. In: [`Rule`]s and a [`Shelf`]. Out: for each article the rules that it fits.
//!
//! All rules are compared in one pass over the articles. A rule that names texts, such as a brand, is looked up by the article's text, so that
//! thousands of rules of different brands cost an article little.

use std::collections::HashMap;

use jiff::Timestamp;
use rayon::prelude::*;
use stl_types::wire::Availability;

use super::rule::Rule;
use crate::catalogue::article::Article;
use crate::catalogue::articles::Shown;
use crate::catalogue::facets::{Facets, Prepared};
use crate::catalogue::numbers::Numbers;

/// Positions that a thread compares at a time.
const CHUNK: usize = 16_384;

/// What a market sells, as rules are compared with it.
#[derive(Clone, Copy, Debug)]
pub(in crate::catalogue) struct Shelf<'a> {
    /// The market's name.
    pub(in crate::catalogue) market: &'a str,
    pub(in crate::catalogue) articles: Shown<'a>,
    /// See [`by_id`](crate::catalogue::article::by_id).
    pub(in crate::catalogue) by_id: &'a HashMap<String, usize>,
    /// When each came, in seconds since 1970; 0 if that is not known.
    pub(in crate::catalogue) came_s: &'a [i64],
    /// The number of the article at each position of the facets.
    pub(in crate::catalogue) positions: &'a [u32],
    pub(in crate::catalogue) facets: &'a Facets,
    /// The catalogue's numbers of the articles, if they are other ones.
    pub(in crate::catalogue) numbers: Option<&'a Numbers>,
}

/// Rules, ordered by what an article is looked up with.
struct Lookup<'a> {
    prepared: &'a [Prepared<'a>],
    /// The rules with ids, by the article's number.
    by_article: HashMap<u32, Vec<usize>>,
    /// For each column of texts the code at each position, and the rules whose narrowest condition each code passes.
    by_text: Vec<(&'a [u32], Vec<Vec<usize>>)>,
    /// All others.
    others: Vec<usize>,
}

impl<'a> Shelf<'a> {
    /// The number of the article with this id, else of the one with a size of this id, else of the first one of this group.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Whether an id names the article of a number.
    fn names(&self, id: &str, number: usize) -> bool {
        self.find(id).is_some_and(|found| {
            let first = &self.articles[found];
            found == number || first.is_named_by_its_group(id) && self.articles[number].group == first.group
        })
    }

    /// The number of an article of the catalogue in this market, if it is sold here.
    pub(super) fn own(&self, number: usize) -> Option<usize> {
        self.numbers.map_or(Some(number), |numbers| numbers.own(number))
    }

    /// The catalogue's number of an article of this market.
    pub(super) fn of_catalogue(&self, own: usize) -> usize {
        self.numbers.map_or(own, |numbers| numbers.of_catalogue(own))
    }

    /// Whether an article fits a rule at a moment.
    pub(super) fn fits(&self, rule: &Rule, number: usize, now: Timestamp) -> bool {
        let Some(article) = self.articles.get(number) else { return false };
        let ids = &rule.written.id;
        (ids.is_empty() || ids.iter().any(|id| self.names(id, number)))
            && self.fits_beside(rule, number, article, now)
            && rule.filter.admits(article, now)
    }

    /// The conditions that are neither ids nor the filter's.
    fn fits_beside(&self, rule: &Rule, number: usize, article: &Article, now: Timestamp) -> bool {
        let categories = &rule.written.category;
        (categories.is_empty() || categories.contains(&article.category))
            && !(rule.is_of_sold_out && article.availability == Availability::InStock)
            && rule
                .new_from(now)
                .is_none_or(|from| self.came_s.get(number).is_some_and(|came| *came >= from.as_second()))
    }

    /// Compares all articles with all rules, on all cores. For each chunk of positions, in their order: what `with` makes of `empty(length)` with
    /// each place in the chunk, with the article's number, and index of a rule that fits there.
    pub(super) fn fold<T: Send>(
        &self,
        rules: &[&Rule],
        now: Timestamp,
        empty: impl Fn(usize) -> T + Sync,
        with: impl Fn(&mut T, (usize, usize), usize) + Sync,
    ) -> Vec<T> {
        let prepared: Vec<Prepared<'_>> =
            rules.par_iter().map(|rule| self.facets.prepared(&rule.filter, now)).collect();
        let lookup = self.lookup(rules, &prepared);
        let of_chunk = |(chunk, numbers): (usize, &[u32])| {
            let mut folded = empty(numbers.len());
            for (place, &number) in numbers.iter().enumerate() {
                let Some(article) = self.articles.get(number as usize) else { continue };
                let position = chunk * CHUNK + place;
                for index in lookup.candidates(position, number) {
                    let fits = self.fits_beside(rules[index], number as usize, article, now);
                    if fits && prepared[index].admits(position) {
                        with(&mut folded, (place, number as usize), index);
                    }
                }
            }
            folded
        };
        self.positions.par_chunks(CHUNK).enumerate().map(of_chunk).collect()
    }

    fn lookup<'p>(&self, rules: &[&Rule], prepared: &'p [Prepared<'p>]) -> Lookup<'p> {
        let mut lookup = Lookup { prepared, by_article: HashMap::new(), by_text: Vec::new(), others: Vec::new() };
        let mut by_group = HashMap::<&str, Vec<usize>>::new();
        for (index, rule) in rules.iter().enumerate() {
            if !rule.written.id.is_empty() {
                for id in &rule.written.id {
                    let Some(number) = self.find(id) else { continue };
                    if self.articles[number].is_named_by_its_group(id) {
                        by_group.entry(id).or_default().push(index);
                    } else {
                        lookup.add(number, index);
                    }
                }
            } else if let Some(condition) = lookup.prepared[index].narrowest() {
                let column = lookup.by_text.iter().position(|(codes, _)| std::ptr::eq(*codes, condition.codes()));
                let column = column.unwrap_or_else(|| {
                    lookup.by_text.push((condition.codes(), vec![Vec::new(); condition.passing().len()]));
                    lookup.by_text.len() - 1
                });
                for (rules, passes) in lookup.by_text[column].1.iter_mut().zip(condition.passing()) {
                    if *passes {
                        rules.push(index);
                    }
                }
            } else {
                lookup.others.push(index);
            }
        }
        if !by_group.is_empty() {
            for (number, article) in self.articles.iter().enumerate() {
                for &index in by_group.get(article.group.as_str()).into_iter().flatten() {
                    lookup.add(number, index);
                }
            }
        }
        lookup
    }

    /// The moments at which something about rules changes: one begins or ends, a product is not new any more, or a price changes that a rule
    /// is about.
    pub(super) fn changes(&self, rules: &[&Rule]) -> Vec<Timestamp> {
        let mut changes: Vec<Timestamp> =
            rules.iter().flat_map(|rule| rule.from.into_iter().chain(rule.until)).collect();
        if rules.iter().any(|rule| rule.written.price_min.is_some() || rule.written.price_max.is_some()) {
            let sales = self.articles.iter().filter_map(|article| article.sale.as_ref());
            changes.extend(sales.flat_map(|sale| sale.changes()));
        }
        let mut days: Vec<u32> = rules.iter().filter_map(|rule| rule.written.new_days).collect();
        days.sort_unstable();
        days.dedup();
        let mut came_s: Vec<i64> = if days.is_empty() { Vec::new() } else { self.came_s.to_vec() };
        came_s.sort_unstable();
        came_s.dedup();
        // Seconds are whole: a product that came at a second is new until the end of that second, so many days later.
        let ends = |came_s: i64| days.iter().map(move |days| came_s + 86_400 * i64::from(*days) + 1);
        changes.extend(came_s.into_iter().flat_map(ends).filter_map(|second| Timestamp::from_second(second).ok()));
        changes
    }
}

impl Lookup<'_> {
    /// Notes that a rule names an article: by its id, or by that of a size or of its group, and so perhaps twice.
    fn add(&mut self, number: usize, index: usize) {
        let rules = self.by_article.entry(number as u32).or_default();
        if !rules.contains(&index) {
            rules.push(index);
        }
    }

    /// The rules that may fit the article of a number at a position; no others do.
    fn candidates(&self, position: usize, number: u32) -> impl Iterator<Item = usize> {
        let by_article = self.by_article.get(&number).into_iter().flatten();
        let by_text = self.by_text.iter().flat_map(move |(codes, rules)| &rules[codes[position] as usize]);
        by_article.chain(by_text).chain(&self.others).copied()
    }
}
