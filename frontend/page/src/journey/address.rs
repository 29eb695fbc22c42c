//! Results survive a reload and the browser's back button. In: the present step of the browser's history. Out: the look that it names,
//! from this device, with its answer if this tab still has it.
//!
//! Nothing is sent: without the answer the visitor reviews the cutout, and decides. The look is not in the page's URL, which is shared.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use stl_types::wire::{Product, SearchResponse, product_of_page, product_page};

use super::Journey;
use crate::browser;
use crate::filters::Filters;
use crate::history::{self, SavedLook};
use crate::state::{Answer, Step};

/// Name of the last answer in the tab's storage.
const LAST_ANSWER: &str = "last-answer";

/// Parameter that named a product before products had addresses of their own; such links still work.
const FORMER_PARAMETER: &str = "product";

/// The page without a product.
const START: &str = "/";

/// The id of the product that the page's address names.
pub(super) fn named_product() -> Option<String> {
    let path = window().location().pathname().ok()?;
    product_of_page(&path).or_else(|| browser::query_parameter(FORMER_PARAMETER))
}

/// Names a product in the page's address, or none, as a step that the browser's back button undoes.
pub(super) fn name_product(product: Option<&Product>) {
    let path = product.map_or_else(|| START.to_owned(), |product| product_page(&product.id, &product.title));
    browser::push_entry(&path, &[FORMER_PARAMETER], browser::step_state().as_deref());
}

/// The last answer of this tab.
#[derive(Serialize, Deserialize)]
struct LastAnswer {
    /// Key of the look that was searched with.
    key: String,
    filters: Filters,
    response: SearchResponse,
    round_trip_ms: f64,
}

impl Journey {
    /// Shows what the present step names: a product, else results, else the review.
    pub(crate) fn follow_address(self) {
        if !browser::remembers() {
            return;
        }
        // The skip link makes a step of its own.
        if browser::has_fragment() {
            return;
        }
        let named = browser::step_state().and_then(|number| history::key_of(&number));
        let shown = self.results.saved_key.get_value();
        match named {
            // Forward again: photo and cutout are still here.
            Some(key) if shown.as_ref() == Some(&key) && self.step.with_untracked(|step| *step == Step::Reviewing) => {
                self.attempts.begin();
                self.restore_answer(&key);
                self.follow_product();
            }
            Some(key) if shown.as_ref() != Some(&key) || !self.shows_look() => {
                let attempt = self.attempts.begin();
                spawn_local(async move {
                    let look = history::look(&key).await;
                    if self.attempts.still(attempt).is_ok() {
                        if let Some(look) = look {
                            self.restore(look);
                        }
                        self.follow_product();
                    }
                });
            }
            None if shown.is_some() && self.shows_look() && self.query.product.with_untracked(Option::is_none) => {
                // Back from the results.
                self.attempts.begin();
                self.results.answer.set(None);
                self.step.set(Step::Reviewing);
            }
            _ => self.follow_product(),
        }
    }

    /// Names the look whose results are shown in the browser's history, and keeps its answer while the tab is open.
    pub(super) fn keep_answer(self, key: &str) {
        browser::push_entry(START, &[FORMER_PARAMETER], history::number_of(key));
        let answer = self.results.answer.with_untracked(|answer| {
            let Answer { response, round_trip_ms } = answer.as_ref()?;
            let filters = self.results.filters.get_untracked();
            let (response, round_trip_ms) = (response.clone(), *round_trip_ms);
            serde_json::to_string(&LastAnswer { key: key.to_owned(), filters, response, round_trip_ms }).ok()
        });
        browser::remember_in_tab(LAST_ANSWER, answer.as_deref());
    }

    /// Forgets the answer that this tab keeps.
    pub(crate) fn forget_answer() {
        browser::remember_in_tab(LAST_ANSWER, None);
    }

    /// A step without look and product.
    pub(super) fn leave_address() {
        browser::push_entry(START, &[FORMER_PARAMETER], None);
    }

    /// Whether a look's results are shown or expected.
    fn shows_look(self) -> bool {
        self.is_answered() && self.query.cutout.with_untracked(Option::is_some)
    }

    /// Shows a saved look: with its answer, or for review.
    fn restore(self, look: SavedLook) {
        self.results.saved_key.set_value(Some(look.key.clone()));
        self.query.photo.set(None);
        self.query.part.set(None);
        self.query.focus.set(look.focus);
        self.query.has_sent_numbers.set(look.by_numbers);
        self.query.has_sent_picture.set(!look.by_numbers);
        self.query.cutout.set(Some(look.cutout));
        self.restore_answer(&look.key);
    }

    /// Shows the answer that this tab keeps of a look, or the review.
    fn restore_answer(self, key: &str) {
        let kept = browser::remembered_in_tab(LAST_ANSWER).and_then(|text| serde_json::from_str(&text).ok());
        if let Some(LastAnswer { filters, response, round_trip_ms, .. }) =
            kept.filter(|kept: &LastAnswer| kept.key == key)
        {
            self.results.filters.set(filters);
            self.results.answer.set(Some(Answer { response, round_trip_ms }));
            self.step.set(Step::Done);
        } else {
            self.results.answer.set(None);
            self.step.set(Step::Reviewing);
        }
    }
}
