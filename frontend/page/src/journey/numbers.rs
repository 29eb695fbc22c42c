//! Numbers in place of the cutout. In: a cutout. Out: the query's numbers.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Journey;
use crate::failure::{Failure, Fault, Retry};
use crate::state::{Cutout, Numbers, Step};

impl Journey {
    /// Sends numbers in place of cutouts from now on, or cutouts again.
    pub(crate) fn send_numbers(self, numbers: bool) {
        // What was answered stays: the choice is for what is sent next.
        self.choices.send_numbers(numbers);
    }

    /// Whether numbers take the cutout's place. Beside results: whether no picture of the look was ever sent. Before: in the next search.
    pub(crate) fn is_by_numbers(self) -> bool {
        if self.is_answered() {
            let chosen = self.choices.sends_numbers.get() || self.query.has_sent_numbers.get();
            chosen && !self.query.has_sent_picture.get()
        } else {
            self.choices.sends_numbers.get()
        }
    }

    /// Computes the numbers that would be sent, so that the visitor can see how many they are.
    pub(crate) fn prepare_numbers(self) {
        let is_wanted =
            self.choices.sends_numbers.get_untracked() && self.step.with_untracked(|step| *step == Step::Reviewing);
        if let Some(cutout) = self.query.outgoing_untracked().filter(|_| is_wanted) {
            // If this fails, sending fails as well, and says why.
            spawn_local(async move { drop(self.numbers_of(&cutout).await) });
        }
    }

    /// The numbers of a cutout: those that are known, or else the worker's.
    pub(super) async fn numbers_of(self, cutout: &Cutout) -> Result<Numbers, Failure> {
        // The widget may be removed before this begins.
        let known = self.query.numbers.try_get_untracked().flatten();
        if let Some(known) = known.filter(|numbers| numbers.are_of(cutout)) {
            return Ok(known);
        }
        let encoder = self.encoder.try_get_value().ok_or(Failure::new(Fault::Worker, Retry::Search))?;
        let numbers = encoder.numbers(cutout).await?;
        // The widget may have been removed meanwhile.
        self.query.numbers.try_set(Some(numbers.clone()));
        Ok(numbers)
    }
}
