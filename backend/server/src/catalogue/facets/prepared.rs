//! A filter prepared for the columns of a catalogue. In: what its texts admit, and the prices of a moment. Out: a [`Prepared`], which takes a few look-ups for each
//! position.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::column::Condition;
use super::prices::PricesNow;
use crate::matching::Selection;

/// A filter whose texts were compared with each distinct text of the catalogue.
pub(in crate::catalogue) struct Prepared<'a> {
    /// Those that some position does not pass.
    pub(super) conditions: Vec<Condition<'a>>,
    /// Whether it is about a label that no article has: then none passes.
    pub(super) unknown: bool,
    pub(super) possible: &'a Selection,
    pub(super) range_minor: RangeInclusive<u64>,
    pub(super) prices: Arc<PricesNow>,
}

impl Prepared<'_> {
    /// Whether a position passes.
    pub(in crate::catalogue) fn admits(&self, position: usize) -> bool {
        !self.unknown
            && self.possible.contains(position)
            && self.range_minor.contains(&self.prices.amounts_minor[position])
            && self.conditions.iter().all(|condition| condition.admits(position))
    }

    /// The condition that the smallest part of the distinct texts passes; none if there is no condition on texts.
    pub(in crate::catalogue) fn narrowest(&self) -> Option<&Condition<'_>> {
        self.conditions.iter().min_by(|a, b| a.passing_share().total_cmp(&b.passing_share()))
    }

    /// The number of positions.
    pub(super) fn positions(&self) -> usize {
        self.prices.amounts_minor.len()
    }
}
