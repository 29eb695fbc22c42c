//! Attempts: each photo and each search is one. In: beginnings. Out: whether an attempt is still the latest, and why steps stop.

use leptos::prelude::*;

use crate::api;
use crate::failure::Failure;

/// Why a step does not lead to the next.
pub(super) enum Stop {
    /// It failed.
    Failed(Failure),
    /// A newer attempt has begun.
    Replaced,
    /// The visitor has to choose first.
    Asked,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Counts attempts, so that what an earlier one causes is not shown with a later one.
#[derive(Clone, Copy)]
pub(super) struct Attempts {
    latest: StoredValue<u32>,
    /// The search that is being sent, stopped by the next attempt.
    sending: StoredValue<Option<api::Sending>, LocalStorage>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { latest: StoredValue::new(0), sending: StoredValue::new_local(None) }
    }
}

impl Attempts {
    /// Begins an attempt, which stops the former search.
    pub(super) fn begin(self) -> u32 {
        self.sending.set_value(None);
        self.latest.update_value(|latest| *latest += 1);
        self.latest.get_value()
    }

    /// The latest attempt.
    pub(super) fn latest(self) -> u32 {
        self.latest.get_value()
    }

    /// Goes on only while no newer attempt has begun.
    ///
    /// # Errors
    /// `Replaced` when a newer one has, or the widget was removed.
    pub(super) fn still(self, attempt: u32) -> Result<(), Stop> {
        if self.latest.try_get_value() == Some(attempt) { Ok(()) } else { Err(Stop::Replaced) }
    }

    /// Begins to send a search; returns what stops it.
    pub(super) fn send(self) -> Option<web_sys::AbortSignal> {
        let sending = api::Sending::begin();
        let signal = sending.as_ref().map(api::Sending::signal);
        self.sending.set_value(sending);
        signal
    }
}
