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
        /// The garments in it, the largest first.
        garments: Vec<GarmentOutline>,
        /// Its duration.
        timings: CutoutTimings,
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
    /// Whether face, hair and skin become white too.
    pub hides_person: bool,
    /// If set, only this part, in pixels of the whole cutout.
    #[serde(default)]
    pub part: Option<Rect>,
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
    /// The network finds no person.
    NoPerson,
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
        let failed = serde_json::json!({"type": "failed", "code": "no-person", "message": ""});
        assert!(matches!(serde_json::from_value(failed), Ok(FromWorker::Failed { id: None, .. })));
        let segment =
            serde_json::to_value(ToWorker::Segment { id: 7, params: CutoutParams::default() }).expect("to JSON");
        assert_eq!(
            segment,
            serde_json::json!({"type": "segment", "id": 7, "params": {"hides_person": false, "part": null}})
        );
    }
}
