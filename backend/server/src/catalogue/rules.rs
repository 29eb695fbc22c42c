//! The shop's rules: what pins, boosts, buries and excludes products. In: a text in TOML or JSON. Out: checked [`Rules`].
//!
//! The rules are in the file [`FILE`] of the catalogue's folder ([`stored`]). Which products they meet and where they contradict each other
//! is a [`report`](mod@report). A served catalogue computes from them what searches take into account ([`served`]).

mod check;
mod choice;
mod matched;
mod read;
pub(in crate::catalogue) mod renamed;
pub mod report;
mod rule;
pub mod served;
pub mod stored;
#[cfg(test)]
mod tests;
mod text;

pub use choice::RuleChoice;
pub(in crate::catalogue) use matched::Shelf;
pub use read::RulesError;
pub use rule::{FILE, MAX_PINNED, MAX_RULES, MAX_RULES_BYTES, MAX_VARIANTS, Rule, Rules};
pub use served::AppliedRules;
