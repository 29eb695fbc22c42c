//! Choices for all photos, stored on this device. In: clicks. Out: signals.

use leptos::prelude::*;

use crate::browser::{remember, remembered};
use crate::filters::Filters;

/// The choices; a handle, copies share them.
#[derive(Clone, Copy)]
pub(crate) struct Choices {
    /// Face, hair and skin become white too.
    pub(crate) hides_person: RwSignal<bool>,
    /// Cutouts are sent without review.
    pub(crate) sends_at_once: RwSignal<bool>,
    /// Looks are saved on this device.
    pub(crate) keeps_looks: RwSignal<bool>,
    /// Numbers are sent in place of cutouts.
    pub(crate) sends_numbers: RwSignal<bool>,
    /// The shop has decided that only numbers are sent.
    pub(crate) is_bound_to_numbers: RwSignal<bool>,
}

const HIDES_PERSON: &str = "hides-person";
const SENDS_AT_ONCE: &str = "sends-at-once";
const KEEPS_LOOKS: &str = "keeps-looks";
const SENDS_NUMBERS: &str = "sends-numbers";
const GENDER: &str = "gender";
const YES: &str = "yes";
const NO: &str = "no";

impl Choices {
    /// As stored. Defaults: review first, send the whole person as a picture, save looks. `only_numbers` is what the shop has decided.
    pub(crate) fn as_remembered(only_numbers: bool) -> Self {
        let is_chosen = |name: &str| RwSignal::new(remembered(name).as_deref() == Some(YES));
        let keeps_looks = RwSignal::new(remembered(KEEPS_LOOKS).as_deref() != Some(NO));
        let sends_numbers = is_chosen(SENDS_NUMBERS);
        if only_numbers {
            sends_numbers.set(true);
        }
        Self {
            hides_person: is_chosen(HIDES_PERSON),
            sends_at_once: is_chosen(SENDS_AT_ONCE),
            keeps_looks,
            sends_numbers,
            is_bound_to_numbers: RwSignal::new(only_numbers),
        }
    }

    /// Whether numbers are sent in place of cutouts from now on.
    pub(crate) fn send_numbers(self, numbers: bool) {
        self.sends_numbers.set(numbers);
        remember(SENDS_NUMBERS, numbers.then_some(YES));
    }

    /// Whether face, hair and skin become white too, from now on.
    pub(crate) fn hide_person(self, hides: bool) {
        self.hides_person.set(hides);
        remember(HIDES_PERSON, hides.then_some(YES));
    }

    /// Whether the next photo's cutout is sent without being shown first.
    pub(crate) fn send_at_once(self, at_once: bool) {
        self.sends_at_once.set(at_once);
        remember(SENDS_AT_ONCE, at_once.then_some(YES));
    }

    /// Whether looks are saved on this device from now on; the caller deletes those that were saved before.
    pub(crate) fn keep_looks(self, keeps: bool) {
        self.keeps_looks.set(keeps);
        remember(KEEPS_LOOKS, (!keeps).then_some(NO));
    }

    /// The filters that new results begin with: those of the gender that was chosen last.
    pub(crate) fn first_filters() -> Filters {
        let mut filters = Filters::default();
        filters.set_gender(remembered(GENDER).as_deref());
        filters
    }

    /// Remembers the filters' gender.
    pub(crate) fn remember_gender(filters: &Filters) {
        remember(GENDER, filters.gender());
    }
}
