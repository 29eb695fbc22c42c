//! What the page knows at a moment: where the journey stands, and what each step has brought.

use std::rc::Rc;

use stl_shared::wire::SearchResponse;
use stl_shared::worker::{CutoutTimings, Stage};
use web_sys::Blob;

use crate::browser::ObjectUrl;
use crate::failure::Failure;

/// Where the journey stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// No photo yet.
    Choosing,
    /// A file was chosen and is being read.
    Checking,
    /// The worker has the photo, or gets it once it is ready.
    CuttingOut,
    /// The server has the cut-out.
    Searching,
    /// The cards are there.
    Done,
    /// A step failed.
    Failed(Failure),
}

/// How far the worker is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loading {
    /// At `stage`; `done` of 1.
    Underway { stage: Stage, done: f64 },
    /// Ready for photos.
    Ready,
    /// It will not come.
    Failed(Failure),
}

/// The photo that was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Photo {
    /// The file.
    pub(crate) file: Blob,
    /// Shows it; revoked with the last clone.
    pub(crate) url: Rc<ObjectUrl>,
}

/// The person on white, and which garment is where: exactly the files that are sent.
#[derive(Clone, Debug)]
pub(crate) struct Cutout {
    /// The PNG.
    pub(crate) png: Blob,
    /// The outline of the garments, a PNG.
    pub(crate) regions: Blob,
    /// Shows it; revoked with the last clone.
    pub(crate) url: Rc<ObjectUrl>,
    /// Columns.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Share of the pixels that belong to the person, in `0..=1`.
    pub(crate) coverage: f64,
    /// How long it took.
    pub(crate) timings: CutoutTimings,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Cards by category.
    pub(crate) response: SearchResponse,
    /// From sending to having read the answer.
    pub(crate) round_trip_ms: f64,
}
