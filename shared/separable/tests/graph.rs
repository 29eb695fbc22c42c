//! Whole ONNX networks on every level of this processor.
#![cfg(feature = "onnx")]

use std::fs;
use std::path::Path;

use separable::Network;
use separable::graph::{Graph, Level, Workspace};

/// Largest difference of two levels, as a share of the largest output: float32 sums with and without fused multiply-add.
const RELATIVE_TOLERANCE: f32 = 1e-4;

const LITE: &[u8] = include_bytes!("../../../tests/fixtures/networks/lite.onnx");
const QUERY: &[u8] = include_bytes!("../../../models/fashion2shop-query.onnx");

/// Numbers in −1..1 without a short period.
fn pictures(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * at % 8191 + at * 31) % 509) as f32 / 254.0 - 1.0).collect()
}

#[test]
fn every_level_and_batch_computes_the_same() {
    for onnx in [LITE, QUERY] {
        let plain = Graph::for_level(onnx, Level::Plain).expect("a known network");
        let one: usize = plain.input().iter().product();
        let length: usize = plain.output().iter().product();
        let input = pictures(3 * one);
        let expected: Vec<f32> = input
            .chunks_exact(one)
            .flat_map(|picture| plain.run(picture, &mut Workspace::default()).expect("a picture"))
            .collect();
        let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(largest > 0.01, "the outputs are not near zero");
        assert_ne!(expected[..length], expected[length..2 * length], "pictures have outputs of their own");
        for level in Level::available() {
            let graph = Graph::for_level(onnx, level).expect("a known network");
            // One workspace for batches of all sizes.
            let mut workspace = Workspace::default();
            for count in [3, 1, 2, 3] {
                let output = graph.run(&input[..count * one], &mut workspace).expect("whole pictures");
                assert_eq!(output.len(), count * length);
                let worst = output.iter().zip(&expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
                assert!(worst <= RELATIVE_TOLERANCE * largest, "{level:?}, {count}: {worst} of {largest}");
            }
        }
        // More pictures than run together.
        let many = graph_of_many(onnx, &input);
        for (at, output) in many.chunks_exact(3 * length).enumerate() {
            let worst = output.iter().zip(&expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
            assert!(worst <= RELATIVE_TOLERANCE * largest, "pictures {} to {}: {worst}", 3 * at, 3 * at + 2);
        }
    }
}

/// The outputs of the pictures, eleven times.
fn graph_of_many(onnx: &[u8], input: &[f32]) -> Vec<f32> {
    let graph = Graph::from_onnx(onnx).expect("a known network");
    graph.run(&input.repeat(11), &mut Workspace::default()).expect("whole pictures")
}

#[test]
fn a_timed_workspace_knows_every_step() {
    let graph = Graph::from_onnx(LITE).expect("a known network");
    let mut workspace = Workspace::timed();
    graph.run(&pictures(graph.input().iter().product()), &mut workspace).expect("a picture");
    let (steps, whole) = (graph.step_times(&workspace), workspace.times().expect("timed"));
    assert!(steps.iter().any(|step| step.name.starts_with("layer ")), "{steps:?}");
    assert_eq!(steps.iter().map(|step| step.macs).sum::<usize>(), graph.macs());
    let sum = |part: fn(&separable::graph::Times) -> f64| steps.iter().map(|step| part(&step.times)).sum::<f64>();
    assert!(sum(|times| times.whole_s) <= whole.whole_s && sum(|times| times.pointwise_s) > 0.0, "{whole:?}");
}

#[test]
fn what_is_not_known_is_named() {
    let gemm = LITE.windows(4).position(|window| window == b"Gemm").expect("a Gemm");
    let mut other = LITE.to_vec();
    other[gemm..gemm + 4].copy_from_slice(b"Germ");
    let refusal = Graph::from_onnx(&other).expect_err("a refusal").to_string();
    assert!(refusal.contains("Germ z") && refusal.contains("is not known"), "{refusal}");
    let refusal = Graph::from_onnx(b"").expect_err("a refusal").to_string();
    assert!(refusal.contains("expected one input"), "{refusal}");
    for length in (0..LITE.len()).step_by(4999) {
        assert!(Graph::from_onnx(&LITE[..length]).is_err(), "{length} of {} bytes", LITE.len());
    }
}

#[test]
fn a_part_of_a_picture_is_refused() {
    let graph = Graph::from_onnx(LITE).expect("a known network");
    for length in [0, 1, 3 * 50 * 38 + 1] {
        let refused = graph.run(&vec![0.0; length], &mut Workspace::default());
        assert_eq!(refused, Err(separable::InputError { expected: 3 * 50 * 38, received: length }));
    }
}

/// What `cargo xtask fuzz` begins with: small, since inputs are as long as the longest of them, and of every kind of step.
#[test]
fn the_fuzzers_packed_networks_are_read() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/packed_network");
    let files = fs::read_dir(seeds).expect("seeds").map(|file| fs::read(file.expect("a file").path()).expect("read"));
    let mut steps: Vec<usize> = files.map(|file| Network::read(&file).expect("a network").steps().len()).collect();
    steps.sort_unstable();
    assert_eq!(steps, [1, 4]);
}
