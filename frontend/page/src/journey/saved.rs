//! Looks saved on this device. In: what was sent, or a saved look. Out: the history's entries, or the query's cutout.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Journey;
use crate::browser::{self, scroll_to_top};
use crate::history::{self, SavedLook};
use crate::state::{Cutout, Focus, Step};

impl Journey {
    /// Takes a saved look as if it had just been cut out.
    pub(crate) fn choose_saved(self, look: SavedLook) {
        if self.choices.hides_person.get_untracked() && !look.cutout.hides_person {
            // The visitor has since chosen to hide face, hair and skin: the worker has to make another cutout of it.
            return self.choose(look.cutout.png.clone());
        }
        self.begin(Step::Reviewing);
        self.query.photo.set(None);
        self.results.saved_key.set_value(Some(look.key));
        self.query.focus.set(look.focus);
        // It is reviewed before it is sent again, whatever was chosen for photos.
        self.query.cutout.set(Some(look.cutout));
        scroll_to_top();
    }

    /// Whether looks are saved on this device from now on. If not, saved ones are deleted.
    pub(crate) fn keep_looks(self, keeps: bool) {
        self.choices.keep_looks(keeps);
        if !keeps {
            self.results.saved_key.set_value(None);
            self.forget_looks();
        }
    }

    /// Deletes all saved looks, and the answer that this tab keeps.
    pub(crate) fn forget_looks(self) {
        Self::forget_answer();
        spawn_local(history::forget_all());
    }

    /// Saves what was sent on this device, in place of what was sent of the same look before.
    pub(super) fn save(self, sent: Cutout, focus: Focus) {
        if !browser::remembers() || !self.choices.keeps_looks.get_untracked() {
            return;
        }
        let key = self.results.saved_key.get_value().unwrap_or_else(history::new_key);
        self.results.saved_key.set_value(Some(key.clone()));
        self.keep_answer(&key);
        let by_numbers = !self.query.has_sent_picture.get_untracked();
        spawn_local(history::save(key, sent, focus, by_numbers));
    }
}
