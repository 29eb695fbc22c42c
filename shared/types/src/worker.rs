//! What the page and its segmenting worker say to each other. In and out: serde.
//!
//! Pictures travel beside these values as `Blob`s: a `segment` message carries the photo as `file`, a `cutout`
//! message the PNG as `cutout`, and as `regions` the PNG that says which of its pixels are which garment. Beside the
//! cut-out of a whole photo comes its `mask`, a `Uint8Array` of `(H, W)`, 0 = removed, which a `compose` message may bring
//! back mended. Nothing else that shows the photo leaves the worker.

use serde::{Deserialize, Serialize};

use crate::manifest::Network;
use crate::wire::{SeenGarment, SegmenterFile};
use crate::{Category, Rect};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToWorker {
    /// The first message: where the segmenter's files are.
    Load {
        /// The WebAssembly module.
        wasm: SegmenterFile,
        /// The packed network.
        model: SegmenterFile,
        /// The model manifest's entry of the network.
        network: Box<Network>,
    },
    /// Cut the person out of `file`.
    Segment {
        /// Comes back with the answer.
        id: u32,
        /// What of it.
        wanted: Wanted,
    },
    /// Cut the person out of the last photo once more, with the `mask` that may come beside.
    Compose {
        /// Comes back with the answer.
        id: u32,
        /// What of it.
        wanted: Wanted,
    },
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromWorker {
    /// Loading goes on.
    Progress {
        /// What is being done.
        stage: Stage,
        /// Bytes or steps done.
        done: f64,
        /// Bytes or steps in all.
        total: f64,
    },
    /// Loading is over: `segment` messages are answered from now on.
    Ready {
        /// How long loading took.
        timings: LoadTimings,
    },
    /// The answer to `segment`, with the PNGs beside it.
    Cutout {
        /// Of the request.
        id: u32,
        /// Columns of the PNG.
        width: u32,
        /// Rows of the PNG.
        height: u32,
        /// Share of the pixels that belong to the person, in `0..=1`.
        coverage: f64,
        /// The garments in it, the largest first.
        garments: Vec<GarmentOutline>,
        /// How long it took.
        timings: CutoutTimings,
    },
    /// Loading failed (without an `id`), or a request did.
    Failed {
        /// Of the request.
        #[serde(default)]
        id: Option<u32>,
        /// What kind of failure.
        code: WorkerFault,
        /// For the console, not for the visitor.
        message: String,
    },
}

/// What of a photo becomes a cut-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whether face, hair and skin become white too.
    pub hides_person: bool,
    /// Only this part, in the pixels of the whole cut-out.
    #[serde(default)]
    pub part: Option<Rect>,
}

/// A garment in a cut-out, to be drawn over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GarmentOutline {
    /// Its category.
    pub category: Category,
    /// Where it is, in the cut-out's pixels.
    pub place: SeenGarment,
    /// Its outline: SVG path data in the cut-out's pixels, for `fill-rule: evenodd`.
    pub path: String,
}

/// A stage of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Module and network are on their way.
    Download,
    /// The browser compiles the module, and the network is laid out.
    Compile,
    /// A first run, so that the visitor's photo is not the one that waits for the browser's optimising compiler.
    WarmUp,
}

/// Why the worker has no cut-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerFault {
    /// The browser cannot decode the file.
    Undecodable,
    /// The network sees nobody.
    NoPerson,
    /// Nothing is left of the cut-out that was asked for.
    NothingLeft,
    /// The worker's files did not arrive.
    Unreachable,
    /// Anything else: the program failed.
    Broken,
}

/// Milliseconds of loading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadTimings {
    /// Until module and network had arrived.
    pub download_ms: f64,
    /// Until the module was compiled and the network laid out, after that.
    pub compile_ms: f64,
    /// The first run.
    pub warm_up_ms: f64,
}

/// Milliseconds of one cut-out.
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
        let failed = serde_json::json!({"type": "failed", "code": "no-person", "message": ""});
        assert!(matches!(serde_json::from_value(failed), Ok(FromWorker::Failed { id: None, .. })));
        let segment = serde_json::to_value(ToWorker::Segment { id: 7, wanted: Wanted::default() }).expect("to JSON");
        assert_eq!(
            segment,
            serde_json::json!({"type": "segment", "id": 7, "wanted": {"hides_person": false, "part": null}})
        );
    }
}
