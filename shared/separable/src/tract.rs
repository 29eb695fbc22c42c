//! With tract: a packed network as one operator of a graph, and ONNX files as graphs of `tract-core` alone.
//!
//! `tract-onnx` reads every ONNX operator, and links them all into a WebAssembly module. [`from_onnx`] reads those of vision networks and
//! needs only `tract-core`; what it does not know it names.

mod doubled;
mod onnx;
mod part;
mod runnable;
mod separables;

pub use self::onnx::{from_onnx, from_onnx_plainly};
pub use self::runnable::Runnable;
pub use self::separables::Separables;
