//! What an import does to the shop's rules. In: the catalogue's folder, before and after. Out: what is wrong with rules that was not before.
//!
//! A product that has another id now, or is gone, takes the rules with it that name it.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::catalogue::rules::{report, stored};

/// Sentences of one import at most; `catalogue rules` has all.
const MAX_HINTS: usize = 20;

/// What is wrong with the rules before an import.
pub(super) struct RuleProblems(HashSet<String>);

impl RuleProblems {
    /// Of a folder; none if it has no rules, or they cannot be read, which a server logs.
    pub(super) fn of(catalogue: &Path) -> Option<Self> {
        problems(catalogue).map(|problems| Self(problems.into_iter().collect()))
    }

    /// What is wrong after the import and was not before, a sentence each.
    pub(super) fn new_ones(&self, catalogue: &Path) -> Vec<String> {
        let after = problems(catalogue).unwrap_or_default().into_iter();
        after.filter(|problem| !self.0.contains(problem)).take(MAX_HINTS).collect()
    }
}

fn problems(catalogue: &Path) -> Option<Vec<String>> {
    let rules = stored::read(catalogue).ok()?.rules;
    let report = (!rules.is_empty()).then(|| report::of_folder(&rules, catalogue, Timestamp::now()))?;
    report.ok().map(|report| report.problems)
}
