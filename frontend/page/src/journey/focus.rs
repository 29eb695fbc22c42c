//! What of the cutout is searched for: all of it, a garment or a marked part. In: presses and marks. Out: the query's signals.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::Rect;
use stl_types::worker::CutoutParams;

use super::Journey;
use crate::browser::scroll_to_top;
use crate::segmenter::CutoutSource;
use crate::state::{Focus, Made, Step};

impl Journey {
    /// Searches for something else in the same cutout; before the first search, only sets what it will be.
    pub(crate) fn focus_on(self, focus: Focus) {
        if self.query.focus.get_untracked() == focus {
            return;
        }
        if let Focus::Part(part) = focus {
            // It is shown before it is searched for.
            self.mark(part);
            return self.cut_part();
        }
        let was_part = matches!(self.query.focus.get_untracked(), Focus::Part(_));
        self.query.focus.set(focus);
        self.query.part.set(None);
        // Without an answer nothing was sent yet, or another cutout is being made.
        if self.results.answer.with_untracked(Option::is_some) {
            scroll_to_top();
            // The answer to the whole look has a row for each garment: only their order changes.
            if was_part {
                self.search_again();
            }
        }
    }

    /// Marks a part. It is reviewed before it is sent, also after another search.
    pub(crate) fn mark(self, part: Rect) {
        self.query.part.set(None);
        self.query.focus.set(Focus::Part(part));
        if self.step.with_untracked(|step| *step == Step::Done) {
            self.step.set(Step::Reviewing);
            scroll_to_top();
        }
    }

    /// Cuts out the marked part for review; sends nothing.
    pub(crate) fn cut_part(self) {
        let Focus::Part(part) = self.query.focus.get_untracked() else { return };
        // In another step it would replace what the worker is making.
        if self.step.with_untracked(|step| *step != Step::Reviewing) {
            return;
        }
        let params = CutoutParams { part: Some(part), ..self.cutout_params() };
        let segmenter = self.segmenter.get_value();
        let attempt = self.attempts.latest();
        let source = CutoutSource::LastPhoto(self.query.edited_mask.get_untracked());
        spawn_local(async move {
            if let Ok(Ok(Made::Cutout(cut))) = segmenter.cut_out(source, params).await
                && self.attempts.still(attempt).is_ok()
                && self.query.focus.get_untracked() == Focus::Part(part)
            {
                self.query.part.set(Some(*cut));
            }
        });
    }
}
