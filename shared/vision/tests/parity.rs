//! PyTorch = tract = `separable` = `tract-core` with `separable`'s reader, on stored inputs.
//!
//! The fixtures hold pictures at the networks' own sizes and what PyTorch computes from them with the shipped weights.

#![cfg(feature = "onnx")]

use separable::tract::{Runnable, from_onnx, from_onnx_plainly};
use stl_types::Manifest;
use stl_types::manifest::NetworkSpec;
use stl_vision::{GraphNetwork, OnnxNetwork, Pixels, Segmenter, network_input};

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
    assert_close(&by_small_reader(onnx, network, &input), &by_tract);
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

/// By `tract-core` with `separable`'s operators, as in a browser. With tract's operators alone it is the same.
fn by_small_reader(onnx: &[u8], network: &NetworkSpec, input: &[f32]) -> Vec<f32> {
    let run = |graph: Result<_, separable::PackError>| {
        let runnable = Runnable::new(graph.expect("a known network")).expect("tract optimises it");
        assert_eq!((runnable.input(), runnable.output()), (&network.input[..], &network.output[..]));
        // The second run works in what the first left.
        runnable.run(&vec![0.0; input.len()]).expect("the network runs");
        runnable.run(input).expect("the network runs")
    };
    let fused = run(from_onnx(onnx, &network.input));
    assert_close(&fused, &run(from_onnx_plainly(onnx, &network.input)));
    fused
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
    assert_close(&by_small_reader(onnx, &network, &input), &expected);
}

/// A segmenter that `separable` does not know: see `tests/fixtures/networks/foreign.py`.
#[test]
fn a_network_that_separable_does_not_know_computes_what_tract_computes() {
    let onnx = include_bytes!("../../../tests/fixtures/networks/foreign.onnx");
    let network = NetworkSpec {
        input: [1, 3, 96, 64],
        output: vec![1, 2, 96, 64],
        classes: ["background", "person"].map(str::to_owned).to_vec(),
        ..manifest().street2fashion
    };
    assert!(
        GraphNetwork::load(onnx, &network).is_err() && separable::pack(onnx).is_err(),
        "separable does not know it"
    );
    let input: Vec<f32> = (0..3 * 96 * 64).map(|at| (at * at % 509) as f32 / 254.0 - 1.0).collect();
    let expected = OnnxNetwork::load(onnx, &network).expect("tract loads it").run(&input).expect("it runs");
    assert_close(&by_small_reader(onnx, &network, &input), &expected);
    // So a segmenter is loaded, however its network is run.
    let segmenter = Segmenter::from_onnx(onnx, &network).expect("a segmenter");
    assert_eq!((segmenter.engine(), segmenter.knows_body(), segmenter.tiles()), ("tract", false, &[][..]));
    assert_close(&segmenter.logits(&input).expect("it runs"), &expected);
}

/// Every operator that the reader knows, beside ONNX Runtime: see `tests/fixtures/networks/operators.py`.
#[test]
fn each_operator_computes_what_onnx_runtime_computes() {
    let onnx = include_bytes!("../../../tests/fixtures/networks/operators.onnx");
    let expected = stored(include_bytes!("../../../tests/fixtures/networks/operators.f32"));
    let network = NetworkSpec { input: [1, 8, 6, 4], output: vec![1, expected.len()], ..manifest().fashion_dna };
    let input: Vec<f32> = (0..8 * 6 * 4).map(|at| (at * at % 509) as f32 / 254.0 - 1.0).collect();
    let received = by_small_reader(onnx, &network, &input);
    for (at, (received, expected)) in received.iter().zip(&expected).enumerate() {
        let tolerance = RELATIVE_TOLERANCE * expected.abs().max(1.0);
        assert!((received - expected).abs() <= tolerance, "number {at}: {received}, expected {expected}");
    }
}

#[test]
fn what_does_not_fit_or_is_not_known_is_said() {
    let onnx = include_bytes!("../../../tests/fixtures/networks/foreign.onnx");
    let refusal = |input: &[usize]| from_onnx(onnx, input).expect_err("a refusal").to_string();
    assert!(refusal(&[1, 3, 48, 32]).contains("expected an input [1, 3, 48, 32], got [1, 3, 96, 64]"));
    let refusal = from_onnx(&onnx[..onnx.len() / 2], &[1, 3, 96, 64]).expect_err("half a file").to_string();
    assert!(refusal.contains("not an ONNX file"), "{refusal}");
    // The same length, so that the file stays whole.
    let other: Vec<u8> = replaced(onnx, b"Sigmoid", b"Sigmund");
    let refusal = from_onnx(&other, &[1, 3, 96, 64]).expect_err("an unknown operator").to_string();
    assert!(refusal.starts_with("Sigmund ") && refusal.contains("the operator Sigmund is not known"), "{refusal}");
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + new.len()].copy_from_slice(new);
        }
    }
    bytes
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
