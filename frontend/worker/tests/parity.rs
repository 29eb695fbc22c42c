//! The segmenter in WebAssembly, in the worker's own builds, computes what PyTorch computes.
#![cfg(target_arch = "wasm32")]

#[path = "../../../shared/vision/tests/packed.rs"]
mod packed;
