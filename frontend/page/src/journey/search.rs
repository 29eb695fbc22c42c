//! From the reviewed cutout to the answer. In: a press, or a change of filters. Out: the results' answer.

use std::time::Duration;

use leptos::prelude::*;
use stl_types::worker::{CutoutParams, Subject};

use super::Journey;
use super::attempts::Stop;
use crate::api::{self, Sent};
use crate::browser::scroll_to_top;
use crate::choices::Choices;
use crate::filters::Filters;
use crate::search_params::SearchParams;
use crate::segmenter::CutoutSource;
use crate::state::{Cutout, Focus, Step};

/// A search waits so long for the next change of a filter: about the pause between two keys.
const FILTER_PAUSE: Duration = Duration::from_millis(350);

impl Journey {
    /// Sends what the visitor has reviewed, and nothing else: not while another cutout is being made.
    pub(crate) fn send(self) {
        if self.step.with_untracked(|step| *step == Step::Reviewing) {
            // The results begin below the compact look, at the page's top.
            scroll_to_top();
            self.search_now();
        }
    }

    /// Searches with the same cutout or product and the parameters of now; not while another cutout is being made, nor with a
    /// part that is being reviewed.
    pub(crate) fn search_again(self) {
        let is_unreviewed = |step: &Step| {
            matches!(step, Step::Checking | Step::CuttingOut | Step::Composing)
                || *step == Step::Reviewing && matches!(self.query.focus.get_untracked(), Focus::Part(_))
        };
        if !self.step.with_untracked(is_unreviewed) {
            self.search_now();
        }
    }

    /// Changes the filters, and searches again after a pause.
    pub(crate) fn filter(self, change: impl FnOnce(&mut Filters)) {
        let mut filters = self.results.filters.get_untracked();
        change(&mut filters);
        if self.results.filters.with_untracked(|former| *former == filters) {
            return;
        }
        Choices::remember_gender(&filters);
        self.results.filters.set(filters);
        let change = self.results.count_filter_change();
        let search = move || {
            // A look that was chosen meanwhile is not sent before the visitor has seen what is sent.
            if self.results.is_last_filter_change(change) && self.results.answer.with_untracked(Option::is_some) {
                self.search_again();
            }
        };
        set_timeout(search, FILTER_PAUSE);
    }

    pub(super) fn search_now(self) {
        if let Some(product) = self.query.product.get_untracked() {
            self.search_similar(product);
        } else if let Some(cutout) = self.query.cutout.get_untracked()
            && !self.query.is_stale.get_value()
        {
            let attempt = self.attempts.begin();
            self.go(attempt, self.search(attempt, cutout));
        }
    }

    pub(super) async fn search(self, attempt: u32, cutout: Cutout) -> Result<(), Stop> {
        self.step.set(Step::Searching);
        let focus = self.query.focus.get_untracked();
        let sent = match (focus, self.query.part.get_untracked()) {
            (Focus::Part(_), Some(part)) => part,
            (Focus::Part(part), None) => {
                let params = CutoutParams { part: Some(part), ..self.cutout_params() };
                let source = CutoutSource::LastPhoto(self.query.edited_mask.get_untracked());
                let part = self.cutout_of(attempt, source, params).await?;
                self.query.part.set(Some(part.clone()));
                if !self.choices.sends_at_once.get_untracked() {
                    // It was not shown yet.
                    self.step.set(Step::Reviewing);
                    return Ok(());
                }
                part
            }
            (Focus::Everything | Focus::Garment(_), _) => cutout,
        };
        let params = self.params.with_value(SearchParams::query);
        // Its category is for the server to tell.
        let subject = (sent.subject == Subject::Garment).then(|| "subject=garment".to_owned());
        let params: Vec<String> =
            [Some(params), subject].into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let query = self.with_filters(params.join("&"));
        let answer = if self.choices.sends_numbers.get_untracked() {
            let numbers = self.numbers_of(&sent).await?;
            self.attempts.still(attempt)?;
            self.query.has_sent_numbers.set(true);
            api::search(Sent::Numbers(&numbers), &query, self.attempts.send()).await
        } else {
            // Before: a search that fails may have arrived.
            self.query.has_sent_picture.set(true);
            api::search(Sent::Cutout(&sent), &query, self.attempts.send()).await
        };
        self.attempts.still(attempt)?;
        self.results.answer.set(Some(answer?));
        self.step.set(Step::Done);
        self.save(sent, focus);
        Ok(())
    }

    /// A query string with the filters of now.
    pub(super) fn with_filters(self, params: String) -> String {
        let parts = [params, self.results.filters.with_untracked(Filters::query)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
    }
}
