//! The networks as plain Rust, the same code in the browser's worker and on the server.
//!
//! `photo → letterboxed input → ONNX network → class probabilities → Mask`: [`Pixels`] enter, a [`Segmentation`]
//! leaves. The encoders of the server share the first three steps ([`network_input`], [`OnnxNetwork`]).

mod bilinear;
mod foreground;
mod guided_filter;
mod input;
mod network;
mod placement;
mod segmenter;

pub use input::{InputError, Pixels, network_input, resized};
pub use network::{NetworkError, OnnxNetwork};
pub use segmenter::{SeenGarment, SegmentError, Segmentation, Segmenter};
