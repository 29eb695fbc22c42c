//! What is searched with: the cutout of a photo, a part of it, or a product of the shop. In: the steps. Out: signals.

use js_sys::Uint8Array;
use leptos::prelude::*;

use stl_types::worker::Subject;

use crate::state::{Crowd, Cutout, Focus, Nobody, Numbers, Photo, ProductQuery};

/// What is searched with; a handle, copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Query {
    /// The photo, once it is checked.
    pub(crate) photo: RwSignal<Option<Photo>, LocalStorage>,
    /// The people to choose from, if the page has asked.
    pub(crate) crowd: RwSignal<Option<Crowd>>,
    /// That nobody is seen in the photo.
    pub(crate) nobody: RwSignal<Option<Nobody>>,
    /// Who or what is to be cut out, if the visitor has chosen.
    pub(super) subject: RwSignal<Option<Subject>>,
    /// The cutout, once it is made.
    pub(crate) cutout: RwSignal<Option<Cutout>, LocalStorage>,
    /// What of the cutout is searched for.
    pub(crate) focus: RwSignal<Focus>,
    /// The marked part of the cutout, once it is cut out.
    pub(crate) part: RwSignal<Option<Cutout>, LocalStorage>,
    /// The numbers of the cutout or its part, if they were asked for.
    pub(crate) numbers: RwSignal<Option<Numbers>, LocalStorage>,
    /// Whether the last search sent numbers.
    pub(crate) has_sent_numbers: RwSignal<bool>,
    /// Whether a picture of this look was sent: that stays true, whatever later searches send.
    pub(crate) has_sent_picture: RwSignal<bool>,
    /// The product in the photo's place, whose similar products are the results.
    pub(crate) product: RwSignal<Option<ProductQuery>>,
    /// The mask as the visitor edited it, `(H, W)`, 0 = removed.
    pub(super) edited_mask: RwSignal<Option<Uint8Array>, LocalStorage>,
    /// Whether the visitor wants another cutout by now: a stale one is never sent.
    pub(super) is_stale: StoredValue<bool>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            photo: RwSignal::new_local(None),
            crowd: RwSignal::new(None),
            nobody: RwSignal::new(None),
            subject: RwSignal::new(None),
            cutout: RwSignal::new_local(None),
            focus: RwSignal::new(Focus::Everything),
            part: RwSignal::new_local(None),
            numbers: RwSignal::new_local(None),
            has_sent_numbers: RwSignal::new(false),
            has_sent_picture: RwSignal::new(false),
            product: RwSignal::new(None),
            edited_mask: RwSignal::new_local(None),
            is_stale: StoredValue::new(false),
        }
    }
}

impl Query {
    /// What a search sends: the marked part, or the whole cutout.
    pub(crate) fn outgoing(self) -> Option<Cutout> {
        self.part.get().or_else(|| self.cutout.get())
    }

    /// [`Query::outgoing`] of now.
    pub(super) fn outgoing_untracked(self) -> Option<Cutout> {
        self.part.get_untracked().or_else(|| self.cutout.get_untracked())
    }

    /// The numbers that a search sends in place of [`Query::outgoing`], once they are known.
    pub(crate) fn outgoing_numbers(self) -> Option<Numbers> {
        let outgoing = self.outgoing()?;
        self.numbers.get().filter(|numbers| numbers.are_of(&outgoing))
    }

    /// Whether there is a photo or a cutout, which a product may hide.
    pub(crate) fn has_look(self) -> bool {
        self.photo.with(Option::is_some) || self.cutout.with(Option::is_some)
    }

    /// Takes a cutout that is what the visitor wants.
    pub(super) fn take(self, cutout: &Cutout) {
        self.is_stale.set_value(false);
        self.nobody.set(None);
        self.crowd.set(None);
        self.cutout.set(Some(cutout.clone()));
    }

    /// Forgets all that was made of the photo.
    pub(super) fn forget_cutout(self) {
        self.crowd.set(None);
        self.nobody.set(None);
        self.subject.set(None);
        self.cutout.set(None);
        self.part.set(None);
        self.numbers.set(None);
        self.has_sent_numbers.set(false);
        self.has_sent_picture.set(false);
        self.edited_mask.set(None);
        self.is_stale.set_value(false);
        self.focus.set(Focus::Everything);
    }
}
