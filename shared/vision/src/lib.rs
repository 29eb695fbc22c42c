//! The networks as plain Rust, the same code in the browser's worker and on the server.
//!
//! `photo → letterboxed input → network → class probabilities → Mask`: [`Pixels`] enter, a [`Segmentation`] leaves. The
//! encoders of the server share the first step ([`network_input`]) and run whatever ONNX holds (`OnnxNetwork`, by tract).

mod bilinear;
mod foreground;
mod guided_filter;
mod input;
#[cfg(feature = "onnx")]
mod network;
mod placement;
mod segmenter;

pub use input::{InputError, Pixels, network_input, resized};
#[cfg(feature = "onnx")]
pub use network::{NetworkError, OnnxNetwork};
pub use segmenter::{SeenGarment, SegmentError, Segmentation, Segmenter};
