//! What was found, and what narrows it. In: answers and filters. Out: signals.

use leptos::prelude::*;
use stl_types::wire::{Card, CategoryCards};

use crate::choices::Choices;
use crate::filters::Filters;
use crate::state::Answer;

/// What was found; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Results {
    /// The cards, once they are there.
    pub(crate) answer: RwSignal<Option<Answer>>,
    /// Filters of the cards.
    pub(crate) filters: RwSignal<Filters>,
    /// What was found with the look before a product took its place.
    set_aside: StoredValue<Option<SetAside>>,
    /// How far the page was scrolled then.
    pub(super) scrolled: StoredValue<f64>,
    /// Counts the changes of filters, so that only the last one causes a search.
    filter_changes: StoredValue<u32>,
    /// The key under which the look is saved, once it is.
    pub(super) saved_key: StoredValue<Option<String>>,
}

/// An answer with its filters.
#[derive(Clone)]
pub(super) struct SetAside {
    pub(super) answer: Option<Answer>,
    pub(super) filters: Filters,
}

impl Default for Results {
    fn default() -> Self {
        Self {
            answer: RwSignal::new(None),
            filters: RwSignal::new(Choices::first_filters()),
            scrolled: StoredValue::new(0.0),
            set_aside: StoredValue::new(None),
            filter_changes: StoredValue::new(0),
            saved_key: StoredValue::new(None),
        }
    }
}

impl Results {
    /// Sets the answer and its filters aside, for [`Self::take_set_aside`].
    pub(super) fn set_aside(self) {
        let set_aside = SetAside { answer: self.answer.get_untracked(), filters: self.filters.get_untracked() };
        self.set_aside.set_value(Some(set_aside));
    }

    /// What was set aside; nothing found and the first filters, if nothing was.
    pub(super) fn take_set_aside(self) -> SetAside {
        let set_aside = self.set_aside.try_update_value(Option::take).flatten();
        set_aside.unwrap_or_else(|| SetAside { answer: None, filters: Choices::first_filters() })
    }

    /// Counts a change of filters: searches that wait for earlier ones are not made.
    pub(super) fn count_filter_change(self) -> u32 {
        self.filter_changes.update_value(|changes| *changes += 1);
        self.filter_changes.get_value()
    }

    /// Whether no filter has changed since `change`, and the widget is still there.
    pub(super) fn is_last_filter_change(self, change: u32) -> bool {
        self.filter_changes.try_get_value() == Some(change)
    }

    /// Adds cards to the row of the answer that `is_row` finds, in place of their ids. Nothing is shown anew: the row shows them itself.
    pub(crate) fn add_cards(self, is_row: impl Fn(&CategoryCards) -> bool, cards: &[Card]) {
        self.answer.try_update_untracked(|answer| {
            let rows = answer.iter_mut().flat_map(|answer| &mut answer.response.categories);
            for row in rows.filter(|row| is_row(row)) {
                row.further.retain(|further| cards.iter().all(|card| card.product.id != further.id));
                row.cards.extend_from_slice(cards);
            }
        });
    }

    /// Forgets what belongs to the former look; other filters stay.
    pub(super) fn forget(self) {
        self.filters.update(Filters::forget_dislikes);
        self.answer.set(None);
        self.set_aside.set_value(None);
        self.saved_key.set_value(None);
    }
}
