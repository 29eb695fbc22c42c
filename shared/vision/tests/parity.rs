//! PyTorch = tract = `separable`, on stored inputs.
//!
//! The fixtures hold pictures at the networks' own sizes and what PyTorch computes from them with the shipped weights.

#![cfg(feature = "onnx")]

use stl_types::Manifest;
use stl_types::manifest::NetworkSpec;
use stl_vision::{GraphNetwork, OnnxNetwork, Pixels, network_input};

/// Largest difference, as a share of the largest output: float32 sums of a thousand products in another order, with
/// or without fused multiply-add, stay a factor of ten below it.
const RELATIVE_TOLERANCE: f32 = 1e-3;

macro_rules! models {
    ($file:literal) => {
        include_bytes!(concat!("../../../models/", $file))
    };
}

macro_rules! fixture {
    ($file:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/parity/", $file))
    };
}

fn manifest() -> Manifest {
    Manifest::parse(std::str::from_utf8(models!("manifest.toml")).expect("UTF-8")).expect("a manifest")
}

/// Runs a network on a stored picture of its input size.
fn output_of(onnx: &[u8], network: &NetworkSpec, png: &[u8]) -> Vec<f32> {
    let picture = image::load_from_memory(png).expect("a PNG").into_rgb8();
    let pixels = Pixels::new(network.input_size(), picture.as_raw()).expect("the stored picture has the input's size");
    let (input, _) = network_input(pixels, network).expect("an input");
    let by_tract = OnnxNetwork::load(onnx, network).expect("the network loads").run(&input).expect("the network runs");
    let ours = GraphNetwork::load(onnx, network).expect("a known network");
    let one = ours.run(&input).expect("the network runs");
    assert_close(&one, &by_tract);
    // Each picture of a batch has the output that it has alone. Sums in another order differ in the last digits.
    let other: Vec<f32> = input.iter().rev().copied().collect();
    let batch = ours.run(&[&other[..], &input, &other, &other, &input].concat()).expect("a batch runs");
    for (at, output) in batch.chunks_exact(one.len()).enumerate() {
        let alone = if at == 1 || at == 4 { one.clone() } else { ours.run(&other).expect("the network runs") };
        assert_eq!(output, alone, "picture {at}");
    }
    by_tract
}

fn stored(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]])).collect()
}

fn assert_close(received: &[f32], expected: &[f32]) {
    assert_eq!(received.len(), expected.len());
    let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(largest > 0.0, "the stored output is not near zero");
    let difference = received
        .iter()
        .zip(expected)
        .fold(0.0_f32, |worst, (received, expected)| worst.max((received - expected).abs()));
    assert!(difference <= RELATIVE_TOLERANCE * largest, "differs by {difference}, largest output {largest}");
}

/// What the shipped networks lack and others have: see `tests/fixtures/networks/lite.py`.
#[test]
fn another_network_computes_what_tract_computes() {
    let onnx = include_bytes!("../../../tests/fixtures/networks/lite.onnx");
    let network = NetworkSpec { input: [1, 3, 50, 38], output: vec![1, 64], ..manifest().fashion_dna };
    let input: Vec<f32> = (0..3 * 50 * 38).map(|at| (at * at % 509) as f32 / 254.0 - 1.0).collect();
    let expected = OnnxNetwork::load(onnx, &network).expect("tract loads it").run(&input).expect("it runs");
    let received = GraphNetwork::load(onnx, &network).expect("a known network").run(&input).expect("it runs");
    assert_close(&received, &expected);
}

#[test]
fn street2fashion_computes_what_pytorch_computes() {
    let network = manifest().street2fashion;
    let logits = output_of(models!("street2fashion.onnx"), &network, fixture!("street2fashion-input.png"));
    let (height, width) = (network.output[2], network.output[3]);
    // Stored at every second row and column.
    let every_second: Vec<f32> = logits
        .chunks_exact(height * width)
        .flat_map(|plane| plane.chunks_exact(width).step_by(2).flat_map(|row| row.iter().copied().step_by(2)))
        .collect();
    assert_close(&every_second, &stored(fixture!("street2fashion-logits.f32")));
}

#[test]
fn fashion_dna_computes_what_pytorch_computes() {
    let embedding = output_of(models!("fashion-dna.onnx"), &manifest().fashion_dna, fixture!("fashion-dna-input.png"));
    assert_close(&embedding, &stored(fixture!("fashion-dna-embedding.f32")));
}

#[test]
fn the_query_encoder_computes_what_pytorch_computes() {
    let network = manifest().fashion2shop.query;
    let embedding = output_of(models!("fashion2shop-query.onnx"), &network, fixture!("fashion2shop-query-input.png"));
    assert_close(&embedding, &stored(fixture!("fashion2shop-query-embedding.f32")));
}
