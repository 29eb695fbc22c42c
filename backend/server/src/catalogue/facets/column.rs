//! One property of all articles. In: its text at each position. Out: each distinct text once, and which of them is where.

use std::borrow::Cow;
use std::collections::HashMap;

use stl_types::wire::{FacetValue, FacetValues};

use crate::catalogue::words::folded;

/// Values of a property that are named: nobody reads a longer list, and its answer stays below some 10 KB.
pub(super) const MAX_VALUES: usize = 200;

/// Texts that repeat: each once, and for each position the index of its text.
#[derive(Debug)]
pub(super) struct Column {
    texts: Vec<String>,
    codes: Vec<u32>,
}

/// Which positions of a column pass.
pub(in crate::catalogue) struct Condition<'a> {
    /// By the index of the text.
    passing: Vec<bool>,
    codes: &'a [u32],
}

impl Condition<'_> {
    /// Whether every position passes.
    pub(super) fn admits_all(&self) -> bool {
        self.passing.iter().all(|passes| *passes)
    }

    /// Whether each text passes, by its index.
    pub(in crate::catalogue) fn passing(&self) -> &[bool] {
        &self.passing
    }

    /// For each position the index of its text.
    pub(in crate::catalogue) const fn codes(&self) -> &[u32] {
        self.codes
    }

    /// The part of the distinct texts that pass, in `0..=1`.
    pub(super) fn passing_share(&self) -> f64 {
        self.passing.iter().filter(|passes| **passes).count() as f64 / self.passing.len().max(1) as f64
    }

    /// Whether a position passes.
    pub(super) fn admits(&self, position: usize) -> bool {
        self.passing[self.codes[position] as usize]
    }
}

impl Column {
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut code_of, mut distinct) = (HashMap::new(), Vec::new());
        let codes = texts
            .map(|text| {
                *code_of.entry(text).or_insert_with(|| {
                    distinct.push(text.to_owned());
                    distinct.len() as u32 - 1
                })
            })
            .collect();
        Self { texts: distinct, codes }
    }

    /// The positions whose text passes.
    pub(super) fn condition(&self, passes: impl Fn(&str) -> bool) -> Condition<'_> {
        Condition { passing: self.texts.iter().map(|text| passes(text)).collect(), codes: &self.codes }
    }

    /// The distinct texts.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// For each position the index of its text in [`Column::texts`].
    pub(super) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The values of each text, all spellings of one together, each with the articles that a filter by it admits;
    /// the most frequent first.
    pub(super) fn values_by<'a>(&'a self, values_of: impl Fn(&'a str) -> Vec<&'a str>) -> FacetValues {
        self.values_alike(|text| values_of(text).into_iter().map(Cow::Borrowed).collect(), folded)
    }

    /// The same of values that are one if `key` of them is.
    pub(super) fn values_alike<'a>(
        &'a self,
        values_of: impl Fn(&'a str) -> Vec<Cow<'a, str>>,
        key: impl Fn(&str) -> String,
    ) -> FacetValues {
        let mut articles = vec![0_usize; self.texts.len()];
        for &code in &self.codes {
            articles[code as usize] += 1;
        }
        // By the key: the most frequent spelling, how often it occurs, and all articles.
        let mut found: HashMap<String, (String, usize, usize)> = HashMap::new();
        for (text, articles) in self.texts.iter().zip(articles) {
            let mut counted = Vec::new();
            let values = values_of(text);
            for value in values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()) {
                let key = key(value);
                if counted.contains(&key) {
                    continue;
                }
                let (spelling, highest, all) = found.entry(key.clone()).or_insert_with(|| (value.to_owned(), 0, 0));
                // Of equally frequent spellings the first in the alphabet, so that the order of articles does not matter.
                if articles > *highest || articles == *highest && value < spelling.as_str() {
                    (*spelling, *highest) = (value.to_owned(), articles);
                }
                *all += articles;
                counted.push(key);
            }
        }
        let value = |(value, _, count): (String, usize, usize)| FacetValue { value, count };
        let mut values: Vec<FacetValue> = found.into_values().map(value).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        let others = values.len().saturating_sub(MAX_VALUES);
        values.truncate(MAX_VALUES);
        FacetValues { values, others }
    }
}
