//! Runs the networks in plain Rust, with the same code in the browser's worker and on the server.
//!
//! `photo → letterboxed input → network → class probabilities → Mask`. In: [`Pixels`]. Out: a [`Segmentation`], or a [`Sight`] of the
//! people in it. The server's encoders share the first step ([`network_input`]). Natively, networks run by `separable`
//! (`GraphNetwork`), any other ONNX network by tract (`OnnxNetwork`), also in the browser.

mod bilinear;
mod certainty;
mod closer;
mod engine;
mod error;
mod exp;
mod far_away;
mod foreground;
#[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
mod graph_network;
mod guided_filter;
mod input;
mod layout;
#[cfg(feature = "onnx")]
mod network;
mod picture_in_screenshot;
mod placement;
mod quality;
mod query;
mod segmentation;
mod segmenter;
mod sight;
mod softmax;
mod thing;
#[cfg(feature = "tract")]
mod tract_network;

pub use certainty::Certainty;
pub use error::SegmentError;
#[cfg(all(feature = "onnx", not(target_arch = "wasm32")))]
pub use graph_network::GraphNetwork;
pub use input::{InputError, Pixels, network_input, resized, resized_part};
#[cfg(feature = "onnx")]
pub use network::{NetworkError, OnnxNetwork};
pub use query::{content_part, keep_garment};
pub use segmentation::{SeenGarment, Segmentation};
pub use segmenter::Segmenter;
pub use sight::{MIN_COVERAGE, Nobody, Seen, Sight, turned};
#[cfg(feature = "tract")]
pub use tract_network::TractError;
