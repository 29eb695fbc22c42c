//! The networks in WebAssembly, in the worker's own builds, compute what PyTorch computes.
#![cfg(target_arch = "wasm32")]

#[path = "../../../shared/vision/tests/parity.rs"]
mod parity;
