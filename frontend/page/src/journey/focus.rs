//! What of the cut-out is searched for: all of it, a garment or a part that is marked. In: clicks and marks. Out: the journey's signals.

use leptos::prelude::*;
use leptos::task::spawn_local;
use stl_types::Rect;
use stl_types::worker::Wanted;

use super::Journey;
use crate::segmenter::Source;
use crate::state::{Cutout, Focus, Step};

impl Journey {
    /// Searches for something else in the same cut-out; before the first search, only says what it will be.
    pub(crate) fn focus_on(self, focus: Focus) {
        if self.focus.get_untracked() == focus {
            return;
        }
        if let Focus::Part(part) = focus {
            // Where it is, is said before it is searched for.
            self.mark(part);
            return self.cut_part();
        }
        self.focus.set(focus);
        self.part.set(None);
        // Without an answer nothing was sent yet, or another cut-out is being made.
        if self.answer.with_untracked(Option::is_some) {
            self.search_again();
        }
    }

    /// Marks a part; what would be sent of it is looked at first, also after another search.
    pub(crate) fn mark(self, part: Rect) {
        self.part.set(None);
        self.focus.set(Focus::Part(part));
        if self.step.with_untracked(|step| *step == Step::Done) {
            self.step.set(Step::Reviewing);
        }
    }

    /// Cuts out the part that is marked, so that it can be looked at; sends nothing.
    pub(crate) fn cut_part(self) {
        let Focus::Part(part) = self.focus.get_untracked() else { return };
        // Otherwise it would take the place of what the worker is asked for.
        if self.step.with_untracked(|step| *step != Step::Reviewing) {
            return;
        }
        let wanted = Wanted { part: Some(part), ..self.wanted() };
        let segmenter = self.segmenter.get_value();
        let attempt = self.attempt.get_value();
        let source = Source::Last(self.mended.get_untracked());
        spawn_local(async move {
            if let Ok(Ok(cut)) = segmenter.cut_out(source, wanted).await
                && self.still(attempt).is_ok()
                && self.focus.get_untracked() == Focus::Part(part)
            {
                self.part.set(Some(Cutout { hides_person: wanted.hides_person, ..cut }));
            }
        });
    }

    /// What a search sends: the part that is searched for, or the whole cut-out.
    pub(crate) fn outgoing(self) -> Option<Cutout> {
        self.part.get().or_else(|| self.cutout.get())
    }
}
