//! From a photo to its cutout. In: the photo and what the visitor wants removed. Out: the query's cutout.

use js_sys::Uint8Array;
use leptos::prelude::*;
use stl_types::worker::CutoutParams;

use super::Journey;
use super::attempts::Stop;
use crate::browser::shown;
use crate::failure::{Failure, Fault};
use crate::segmenter::CutoutSource;
use crate::state::{Cutout, Made, Photo, Step};

impl Journey {
    /// Whether face, hair and skin become white too: for this photo at once, and for all later ones.
    pub(crate) fn hide_person(self, hides: bool) {
        self.choices.hide_person(hides);
        self.compose_again();
    }

    /// Whether face, hair and skin can be removed: the shop's network may not know them.
    pub(crate) fn can_hide_person(self) -> bool {
        self.query.cutout.with(|cutout| cutout.as_ref().is_none_or(|cutout| cutout.can_hide_person))
    }

    /// Whether face, hair and skin are removed, as the visitor has chosen.
    pub(crate) fn is_person_hidden(self) -> bool {
        self.choices.hides_person.get() && self.can_hide_person()
    }

    /// Takes the mask as the visitor edited it, `(H, W)`, 0 = removed.
    pub(crate) fn mend(self, mask: Uint8Array) {
        self.query.edited_mask.set(Some(mask));
        self.compose_again();
    }

    pub(super) async fn cut_out(self, attempt: u32, photo: Photo) -> Result<(), Stop> {
        self.step.set(Step::CuttingOut);
        let mut cutout = self.cutout_of(attempt, CutoutSource::Photo(photo.file), self.cutout_params()).await?;
        // A worker that had to be started again does not have the edited mask.
        if let Some(mask) = self.query.edited_mask.get_untracked() {
            cutout = self.cutout_of(attempt, CutoutSource::LastPhoto(Some(mask)), self.cutout_params()).await?;
        }
        self.query.take(&cutout);
        shown().await;
        self.attempts.still(attempt)?;
        self.send_or_review(attempt, cutout).await
    }

    /// Makes another cutout of the same photo.
    pub(super) fn compose_again(self) {
        // A saved look has no photo.
        if self.query.cutout.with_untracked(Option::is_none) || self.query.photo.with_untracked(Option::is_none) {
            return;
        }
        let attempt = self.attempts.begin();
        // At once: nothing sends the former cutout from here on.
        self.query.is_stale.set_value(true);
        Self::forget_answer();
        self.step.set(Step::Composing);
        self.results.answer.set(None);
        self.query.part.set(None);
        self.go(attempt, async move {
            let source = CutoutSource::LastPhoto(self.query.edited_mask.get_untracked());
            let cutout = self.cutout_of(attempt, source, self.cutout_params()).await?;
            self.query.take(&cutout);
            self.send_or_review(attempt, cutout).await
        });
    }

    /// A cutout that the worker makes, unless there is something to choose first.
    pub(super) async fn cutout_of(
        self,
        attempt: u32,
        source: CutoutSource,
        params: CutoutParams,
    ) -> Result<Cutout, Stop> {
        let segmenter = self.segmenter.get_value();
        let made = segmenter.cut_out(source, params).await.map_err(|_| Stop::Replaced)?;
        self.attempts.still(attempt)?;
        match made? {
            Made::Cutout(cutout) => Ok(*cutout),
            Made::Crowd(crowd) => {
                self.query.crowd.set(Some(crowd));
                self.step.set(Step::Asking);
                Err(Stop::Asked)
            }
            Made::Nobody(nobody) => {
                self.query.nobody.set(Some(nobody));
                Err(Failure::of_photo(Fault::NoPerson(nobody.cause)).into())
            }
        }
    }

    /// What the visitor wants of the whole cutout.
    pub(super) fn cutout_params(self) -> CutoutParams {
        CutoutParams {
            hides_person: self.choices.hides_person.get_untracked(),
            part: None,
            subject: self.query.subject.get_untracked(),
        }
    }

    pub(super) async fn send_or_review(self, attempt: u32, cutout: Cutout) -> Result<(), Stop> {
        // Of a shop whose network does not know faces, the visitor sees first that the face is still there.
        let is_as_chosen = cutout.can_hide_person || !self.choices.hides_person.get_untracked();
        if self.choices.sends_at_once.get_untracked() && is_as_chosen {
            return self.search(attempt, cutout).await;
        }
        self.step.set(Step::Reviewing);
        self.cut_part();
        Ok(())
    }
}
