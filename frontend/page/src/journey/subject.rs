//! Who or what of the photo is cut out: one of several people, a garment alone, the photo turned. In: presses. Out: the query's cutout.

use std::rc::Rc;

use leptos::prelude::*;
use stl_types::worker::Subject;

use super::Journey;
use crate::browser::ObjectUrl;
use crate::failure::{Failure, Fault};
use crate::segmenter::CutoutSource;
use crate::state::{Focus, Photo, Step};
use crate::turned::turned;

impl Journey {
    /// Cuts someone or something else out of the same photo. A garment alone is reviewed in any case: nobody has agreed to send things.
    pub(crate) fn choose_subject(self, subject: Subject) {
        if self.query.photo.with_untracked(Option::is_none) {
            return;
        }
        let attempt = self.attempts.begin();
        // At once: nothing sends the former cutout from here on.
        self.query.is_stale.set_value(true);
        Self::forget_answer();
        self.query.subject.set(Some(subject));
        self.query.edited_mask.set(None);
        self.query.part.set(None);
        self.query.focus.set(Focus::Everything);
        self.results.answer.set(None);
        self.step.set(Step::Composing);
        self.go(attempt, async move {
            let cutout = self.cutout_of(attempt, CutoutSource::LastPhoto(None), self.cutout_params()).await?;
            self.query.take(&cutout);
            if subject == Subject::Garment {
                self.step.set(Step::Reviewing);
                return Ok(());
            }
            self.send_or_review(attempt, cutout).await
        });
    }

    /// Turns the photo clockwise by quarters, and cuts it out again.
    pub(crate) fn turn(self, quarters: u8) {
        let Some(photo) = self.query.photo.get_untracked() else { return };
        let attempt = self.begin(Step::CuttingOut);
        self.go(attempt, async move {
            let turns = (photo.turns + quarters) % 4;
            let original = photo.original.clone();
            let file = if turns == 0 { Some(original.clone()) } else { turned(&original, turns).await };
            self.attempts.still(attempt)?;
            let file = file.ok_or(Failure::of_photo(Fault::Undecodable))?;
            let photo = Photo { url: Rc::new(ObjectUrl::new(&file)), file, original, turns };
            self.query.photo.set(Some(photo.clone()));
            self.cut_out(attempt, photo).await
        });
    }
}
