//! PyTorch = the packed network natively = the packed network in WebAssembly, on a stored input. The worker's tests include this file,
//! so that the same test runs in the browser.
//!
//! The fixture holds a picture at the network's own size and what PyTorch computes from it with the shipped weights.

use stl_types::{Class, Manifest};
use stl_vision::{Pixels, Segmenter, network_input};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Largest difference, as a share of the largest output. Packing joins the last layer's projection with the next convolution and
/// quantises the product to int8 again, which alone differs by 4·10⁻⁴.
const RELATIVE_TOLERANCE: f32 = 2e-3;

fn segmenter() -> Segmenter {
    let manifest = Manifest::parse(include_str!("../../../models/manifest.toml")).expect("a manifest");
    let network = separable::pack(include_bytes!("../../../models/street2fashion.onnx")).expect("the network packs");
    let read = separable::Network::read(&network.write()).expect("what was written is read");
    assert!(read == network, "a packed network comes back as it was");
    Segmenter::new(read, &manifest.street2fashion).expect("the manifest's network")
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_cannot_be_packed_is_named() {
    let refusal = |onnx: &[u8]| separable::pack(onnx).expect_err("a refusal").to_string();
    let whole = include_bytes!("../../../models/street2fashion.onnx");
    assert!(refusal(&whole[..whole.len() / 2]).contains("not an ONNX file"));
    assert!(refusal(b"").contains("expected an input (1, 3, H, W)"));
    // FashionDNA has what separable blocks do not.
    let other = refusal(include_bytes!("../../../models/fashion-dna.onnx"));
    assert!(other.contains("expected") || other.contains("is not known"), "{other}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn street2fashion_computes_what_pytorch_computes_with_every_tile() {
    let spec = Manifest::parse(include_str!("../../../models/manifest.toml")).expect("a manifest").street2fashion;
    let png = include_bytes!("../../../tests/fixtures/parity/street2fashion-input.png");
    let picture = image::load_from_memory(png).expect("a PNG").into_rgb8();
    let pixels = Pixels::new(spec.input_size(), picture.as_raw()).expect("the stored picture has the input's size");
    let (input, _) = network_input(pixels, &spec).expect("an input");
    let stored = include_bytes!("../../../tests/fixtures/parity/street2fashion-logits.f32");
    let expected: Vec<f32> =
        stored.chunks_exact(4).map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]])).collect();
    let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(largest > 1.0, "the stored output is not near zero");
    let (height, width) = (spec.output[2], spec.output[3]);
    assert!(spec.output[1] > Class::ALL.len(), "classes and residuals");
    let segmenter = segmenter();
    assert_eq!(segmenter.tiles().len(), 3);
    for &tile in segmenter.tiles() {
        segmenter.set_tile(tile);
        // The second run works in what the first left.
        for run in 0..2 {
            let logits = segmenter.logits(&input).expect("the network runs");
            // Stored at every second row and column.
            let received = logits
                .chunks_exact(height * width)
                .flat_map(|plane| plane.chunks_exact(width).step_by(2).flat_map(|row| row.iter().copied().step_by(2)));
            let worst = received
                .zip(&expected)
                .fold(0.0_f32, |worst, (received, expected)| worst.max((received - expected).abs()));
            assert!(
                worst <= RELATIVE_TOLERANCE * largest,
                "tile {tile}, run {run}: differs by {worst}, largest output {largest}"
            );
        }
    }
}
