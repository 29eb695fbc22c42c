//! An ONNX file: packed, and as a graph.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let _ = separable::pack(file);
    let _ = separable::graph::Program::from_onnx(file);
});
