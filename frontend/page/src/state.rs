//! State of the page: the step, and what each step has produced.

use std::rc::Rc;

use js_sys::{Object, Uint8Array};
use stl_types::wire::{CategoryCards, Product, SearchResponse};
use stl_types::worker::{Cause, CutoutTimings, GarmentOutline, Stage, Subject};
use stl_types::{Layer, Rect, Size};
use web_sys::Blob;

use crate::browser::ObjectUrl;
use crate::failure::Failure;

/// A step of the journey.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// No photo yet.
    Choosing,
    /// A file was chosen and is being read.
    Checking,
    /// The worker has the photo, or gets it once it is ready.
    CuttingOut,
    /// Several people are seen: the visitor chooses one. Nothing has been sent.
    Asking,
    /// The worker makes another cutout of the same photo.
    Composing,
    /// The visitor reviews what would be sent. Nothing has been sent.
    Reviewing,
    /// The server has the cutout.
    Searching,
    /// The cards are there.
    Done,
    /// A step failed.
    Failed(Failure),
}

/// How far the worker is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loading {
    /// At `stage`; `done` in `0..=1`.
    Underway { stage: Stage, done: f64 },
    /// Ready for photos.
    Ready,
    /// It could not be started.
    Failed(Failure),
}

/// The photo that was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Photo {
    /// The file, turned if the visitor has turned it.
    pub(crate) file: Blob,
    /// The file as it was chosen.
    pub(crate) original: Blob,
    /// Quarter turns, clockwise, from `original` to `file`.
    pub(crate) turns: u8,
    /// Shows it; revoked with the last clone.
    pub(crate) url: Rc<ObjectUrl>,
}

/// The person on white and the map of garments: exactly the files that are sent.
#[derive(Clone, Debug)]
pub(crate) struct Cutout {
    /// The PNG.
    pub(crate) png: Blob,
    /// The outline of the garments, a PNG.
    pub(crate) regions: Blob,
    /// What of the photo is kept, `(H, W)`, 0 = removed. Stays here.
    pub(crate) mask: Uint8Array,
    /// Shows it; revoked with the last clone.
    pub(crate) url: Rc<ObjectUrl>,
    /// Columns.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Share of the pixels that belong to the person, in `0..=1`.
    pub(crate) coverage: f64,
    /// Share of the person's pixels that the face covers, in `0..=1`.
    pub(crate) face_share: f64,
    /// Share of the person's pixels that are shoes, bags and the like, in `0..=1`.
    pub(crate) other_worn_share: f64,
    /// Who or what it shows.
    pub(crate) subject: Subject,
    /// Everybody in the photo from left to right, if they are several: boxes in its pixels.
    pub(crate) people: Vec<Rect>,
    /// The further quarter turns, clockwise, after which a person is clearly more certain.
    pub(crate) turns: Option<u8>,
    /// Whether face, hair and skin are white.
    pub(crate) hides_person: bool,
    /// Whether the shop's network knows them.
    pub(crate) can_hide_person: bool,
    /// Its garments, the largest first.
    pub(crate) garments: Vec<GarmentOutline>,
    /// How long it took.
    pub(crate) timings: CutoutTimings,
}

/// What is sent in place of a cutout.
#[derive(Clone)]
pub(crate) struct Numbers {
    /// The cutout that they are of.
    pub(crate) png: Blob,
    /// The body of the search.
    pub(crate) body: String,
    /// How many they are.
    pub(crate) count: usize,
}

impl Numbers {
    /// Whether they are of this cutout.
    pub(crate) fn are_of(&self, cutout: &Cutout) -> bool {
        Object::is(&self.png, &cutout.png)
    }
}

/// Several people, one of whom is to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// Size of the photo as it is sent.
    pub(crate) size: Size,
    /// Boxes in its pixels, from left to right.
    pub(crate) people: Vec<Rect>,
}

/// A photo of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nobody {
    /// The likely reason.
    pub(crate) cause: Cause,
    /// Whether something stands out that may be searched for.
    pub(crate) has_thing: bool,
    /// The quarter turns, clockwise, after which a person is seen.
    pub(crate) turns: Option<u8>,
}

/// What the worker makes of a photo.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    /// A cutout.
    Cutout(Box<Cutout>),
    /// A choice of people.
    Crowd(Crowd),
    /// Nobody is seen.
    Nobody(Nobody),
}

/// What of the cutout is searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    /// Everything that is worn.
    #[default]
    Everything,
    /// One garment, by its layer: there is at most one of each.
    Garment(Layer),
    /// A part of the cutout, in its pixels.
    Part(Rect),
}

/// A product of the shop that is searched with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductQuery {
    /// The shop's own id.
    pub(crate) id: String,
    /// Its data, once loaded.
    pub(crate) product: Option<Product>,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Cards by category.
    pub(crate) response: SearchResponse,
    /// From sending until the answer is read.
    pub(crate) round_trip_ms: f64,
}

impl Answer {
    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.response.categories.iter().all(|row| row.cards.is_empty())
    }

    /// Whether a part of the shop could not be searched: some of its servers do not answer.
    pub(crate) const fn misses_part(&self) -> bool {
        !self.response.missing_shards.is_empty()
    }

    /// Products of the rows that are open at first: those of garments seen in the photo, or all if none was seen.
    pub(crate) fn shown_cards(&self) -> usize {
        let rows = &self.response.categories;
        let has_seen = rows.iter().any(|row| row.garment.is_some());
        rows.iter().filter(|row| !has_seen || row.garment.is_some()).map(CategoryCards::count).sum()
    }
}
