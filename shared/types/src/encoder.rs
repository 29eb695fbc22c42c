//! The messages between the page and its encoder worker, for serde. The worker turns a cutout into numbers, so that no picture is sent.
//!
//! An `encode` message has the cutout, a PNG, as `cutout` and the class of each of its pixels as `regions`, both `Blob`s.

use serde::{Deserialize, Serialize};

use crate::wire::{NetworkFile, SegmenterFile};
use crate::worker::WorkerFault;

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToEncoder {
    /// The first message: the addresses of the encoder's files.
    Load {
        /// The WebAssembly module.
        wasm: SegmenterFile,
        /// Fashion2Shop's query encoder.
        query: Box<NetworkFile>,
    },
    /// Encode a cutout.
    Encode {
        /// Returned with the response.
        id: u32,
        /// FashionDNA, if the cutout shows a garment that nobody wears: its f(A) tells the category.
        article: Option<Box<NetworkFile>>,
    },
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromEncoder {
    /// Some of a file has arrived.
    Progress,
    /// Loading is done. The worker now responds to `encode` messages.
    Ready,
    /// The response to `encode`.
    Numbers {
        /// The request's `id`.
        id: u32,
        /// A [`crate::wire::NumbersSearch`] as JSON: the body of the search.
        body: String,
        /// How many numbers of embeddings are in it.
        count: usize,
        /// How long encoding took, in milliseconds.
        ms: f64,
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
