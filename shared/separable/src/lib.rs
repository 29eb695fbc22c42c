//! Runs networks of separable convolutions (MobileNetV2 and U-Nets on it) on one thread, with WebAssembly's vectors.
//! In: a file that `pack` made from an ONNX network, and a picture `(3, H, W)`. Out: `(channels, H', W')`.
//!
//! Why it is fast:
//!
//! - Channels are stored in blocks of eight ([`Map`], known as NCHW8c). Every inner loop reads and writes consecutive numbers, and
//!   their distances are compile-time constants.
//! - A layer's three convolutions run strip by strip, so that their intermediate results stay in the processor's caches (`layer`).
//! - Upsampling and concatenation happen while the input of a depthwise convolution is copied to its buffer.
//! - Weights stay int8 in memory, in the file's order: loading only copies.
//!
//! Read the modules in this order; each uses only those before it:
//!
//! 1. `map`: the memory layout, `weights`: the convolutions' parameters
//! 2. `lanes`: four numbers at once, `kernels`: the inner loops (all `unsafe` code is in these two)
//! 3. `patches`, `scratch`, `layer`: one layer
//! 4. `network`: layers in order
//! 5. `file`: the file format, `onnx`: packing, `graph`: whole ONNX networks
//! 6. `tract`: a network as one operator of a graph, other ONNX files as graphs
//!
//! # Features
//!
//! - `onnx`: [`pack`](crate::pack) and [`graph`](crate::graph), which read ONNX files.
//! - `tract`: [`tract`](crate::tract), for networks that both do not know.

mod file;
#[cfg(feature = "onnx")]
pub mod graph;
#[expect(
    unsafe_code,
    reason = "vector loads and stores through pointers; the functions of its interface check the bounds"
)]
mod kernels;
#[expect(unsafe_code, reason = "vector loads and stores through pointers")]
mod lanes;
mod layer;
mod map;
mod network;
#[cfg(feature = "onnx")]
mod onnx;
mod patches;
mod scratch;
#[cfg(feature = "onnx")]
#[expect(unsafe_code, reason = "vector instructions of the processor; the functions of its interface check the bounds")]
mod simd;
#[cfg(feature = "tract")]
pub mod tract;
mod weights;

/// The code in the README compiles.
#[cfg(all(doctest, feature = "tract"))]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub use file::FileError;
pub use layer::Separable;
pub use map::{Block, LANES, Map, View};
pub use network::{InputError, Network, Step};
#[cfg(feature = "onnx")]
pub use onnx::{PackError, pack};
pub use scratch::Scratch;
pub use weights::{Clamp, Depthwise, Pointwise};
