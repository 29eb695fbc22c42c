//! The messages between the page and its segmenter worker, for serde.
//!
//! Pictures are further properties of the message objects, as `Blob`s. A `segment` message has the photo as `file`. A `cutout` message
//! has the PNG as `cutout`, and as `regions` a PNG with the class of each of its pixels. The cutout of a whole photo also has its
//! `mask`, a `Uint8Array` of `(H, W)` with 0 = removed; a `compose` message may return it after the visitor has edited it. Nothing else
//! that shows the photo leaves the worker.

use serde::{Deserialize, Serialize};

use crate::manifest::NetworkSpec;
use crate::wire::{SeenGarment, SegmenterFile};
use crate::{Category, Rect};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToWorker {
    /// The first message: the addresses of the segmenter's files.
    Load {
        /// The WebAssembly module.
        wasm: SegmenterFile,
        /// The packed network.
        model: SegmenterFile,
        /// The model manifest's entry of the network.
        network: Box<NetworkSpec>,
    },
    /// Cut the person out of `file`.
    Segment {
        /// Returned with the response.
        id: u32,
        /// Which part of it.
        params: CutoutParams,
    },
    /// Cut the person out of the last photo again, with the message's `mask` if it has one.
    Compose {
        /// Returned with the response.
        id: u32,
        /// Which part of it.
        params: CutoutParams,
    },
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromWorker {
    /// Progress of loading.
    Progress {
        /// The current stage.
        stage: Stage,
        /// Bytes or steps done.
        done: f64,
        /// All bytes or steps.
        total: f64,
    },
    /// Loading is done. The worker now responds to `segment` messages.
    Ready {
        /// Its duration.
        timings: LoadTimings,
    },
    /// The response to `segment` and `compose`, with the PNGs as further properties.
    Cutout {
        /// The request's `id`.
        id: u32,
        /// Columns of the PNG.
        width: u32,
        /// Rows of the PNG.
        height: u32,
        /// Share of the pixels that belong to the person, in `0..=1`.
        coverage: f64,
        /// Share of the person's pixels that the face covers, in `0..=1`, also where it was removed.
        #[serde(default)]
        face_share: f64,
        /// Share of the person's pixels that are shoes, bags and the like, in `0..=1`.
        #[serde(default)]
        other_worn_share: f64,
        /// Whether face, hair and skin were removed, as [`CutoutParams::hides_person`] requests.
        hides_person: bool,
        /// Whether the network knows them, so that they can be removed.
        can_hide_person: bool,
        /// Who or what it shows.
        subject: Subject,
        /// Everybody in the photo from left to right, if they are several: their boxes in the photo's pixels.
        people: Vec<Rect>,
        /// The further quarter turns, clockwise, after which a person is clearly more certain.
        turns: Option<u8>,
        /// The garments in it, the largest first.
        garments: Vec<GarmentOutline>,
        /// Its duration.
        timings: CutoutTimings,
    },
    /// The response to `segment` if several people are seen and none of them is clearly meant: the page asks.
    People {
        /// The request's `id`.
        id: u32,
        /// Columns of the photo as it is sent.
        width: u32,
        /// Its rows.
        height: u32,
        /// The people from left to right: their boxes in its pixels.
        people: Vec<Rect>,
    },
    /// The response to `segment` if nobody is seen. The worker keeps the photo: a `compose` message may take the thing in it.
    Nobody {
        /// The request's `id`.
        id: u32,
        /// The likely reason.
        cause: Cause,
        /// Whether something stands out that may be searched for.
        has_thing: bool,
        /// The further quarter turns, clockwise, after which a person is seen.
        turns: Option<u8>,
    },
    /// Loading failed (without an `id`), or a request failed.
    Failed {
        /// The request's `id`.
        #[serde(default)]
        id: Option<u32>,
        /// What kind of failure.
        code: WorkerFault,
        /// For the console, not for the visitor.
        message: String,
    },
}

/// Which part of a photo becomes a cutout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutoutParams {
    /// Whether face, hair and skin become white too, if the network knows them.
    pub hides_person: bool,
    /// If set, only this part, in pixels of the whole cutout.
    #[serde(default)]
    pub part: Option<Rect>,
    /// Who or what of the photo; `None` for the person who is clearly meant, or whoever was cut out before.
    #[serde(default)]
    pub subject: Option<Subject>,
}

/// Who or what of a photo is cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A person, counted from the left, from 0.
    Person(u8),
    /// A garment that nobody wears: what stands out from the background.
    Garment,
}

/// Why nobody is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The photo is out of focus, or was moved.
    Blurred,
    /// It is too dark.
    Dark,
    /// Whoever may be there is too small.
    Small,
    /// There is nobody.
    Nobody,
}

impl Cause {
    /// The name in tables and in the page, e.g. `blurred`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blurred => "blurred",
            Self::Dark => "dark",
            Self::Small => "small",
            Self::Nobody => "nobody",
        }
    }

    /// What is said about it outside of the page.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Blurred => "the photo is blurred",
            Self::Dark => "the photo is too dark",
            Self::Small => "whoever is in the photo is too small in it",
            Self::Nobody => "nobody is in the photo",
        }
    }
}

/// A garment in a cutout and its outline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GarmentOutline {
    /// The category of most of its pixels. The server looks closer.
    pub category: Category,
    /// Its position, in the cutout's pixels.
    pub place: SeenGarment,
    /// Its outline: SVG path data in the cutout's pixels, for `fill-rule: evenodd`.
    pub path: String,
}

/// A stage of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The browser downloads module and network.
    Download,
    /// The browser compiles the module and reads the network.
    Compile,
    /// A first run, so that the browser's optimising compiler does not delay the visitor's photo.
    WarmUp,
}

/// Why the worker has no cutout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerFault {
    /// The browser cannot decode the file.
    Undecodable,
    /// The requested cutout is empty.
    NothingLeft,
    /// The worker's files cannot be downloaded.
    Unreachable,
    /// Any other failure of the program.
    Broken,
}

/// Milliseconds of loading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadTimings {
    /// Download of module and network.
    pub download_ms: f64,
    /// After that, compiling the module and reading the network.
    pub compile_ms: f64,
    /// The first run.
    pub warm_up_ms: f64,
}

/// Milliseconds of one cutout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CutoutTimings {
    /// File to pixels.
    pub decode_ms: f64,
    /// Pixels to mask.
    pub segment_ms: f64,
    /// Mask and pixels to PNG.
    pub encode_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_carry_their_type_as_the_loader_script_writes_it() {
        let load = serde_json::json!({"type": "progress", "stage": "warm-up", "done": 0, "total": 1});
        let read: FromWorker = serde_json::from_value(load).expect("the loader's progress message");
        assert_eq!(read, FromWorker::Progress { stage: Stage::WarmUp, done: 0.0, total: 1.0 });
        let failed = serde_json::json!({"type": "failed", "code": "nothing-left", "message": ""});
        assert!(matches!(serde_json::from_value(failed), Ok(FromWorker::Failed { id: None, .. })));
        let segment =
            serde_json::to_value(ToWorker::Segment { id: 7, params: CutoutParams::default() }).expect("to JSON");
        assert_eq!(
            segment,
            serde_json::json!({"type": "segment", "id": 7, "params": {"hides_person": false, "part": null, "subject": null}})
        );
    }
}
