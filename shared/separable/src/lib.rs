//! Networks of separable convolutions (MobileNetV2 and its kin) on one thread, as fast as a browser's vectors allow.
//! In: a file that [`pack`] made of an ONNX network, and a picture `(3, H, W)`. Out: `(classes, H', W')`.
//!
//! What makes it fast: channels lie in blocks of eight ([`Map`], the literature's NCHW8c), so that every inner loop reads and writes
//! consecutive numbers at addresses known when compiling; a block's widening, depthwise and narrowing convolutions run strip by
//! strip within the caches ([`layer`]); upsampling and concatenation happen while a depthwise convolution's input is laid out;
//! weights stay int8 in memory as they are in the file, so that loading is copying.
//!
//! All `unsafe` code is in `kernels.rs` and `lanes.rs`.

mod file;
#[expect(
    unsafe_code,
    reason = "vector loads and stores through pointers; bounds are checked by the functions that call them"
)]
mod kernels;
#[expect(unsafe_code, reason = "vector loads and stores through pointers")]
mod lanes;
mod layer;
mod map;
mod network;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "tract")]
pub mod tract;
mod weights;

pub use file::FileError;
pub use layer::Separable;
pub use map::{Block, LANES, Map, View};
pub use network::{InputError, Network, Scratch, Step};
#[cfg(feature = "onnx")]
pub use onnx::{PackError, pack};
pub use weights::{Clamp, Depthwise, Pointwise};
