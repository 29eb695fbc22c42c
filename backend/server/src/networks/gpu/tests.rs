use std::path::Path;

use separable::graph::{Graph, Workspace};
use stl_types::Manifest;

use super::*;
use crate::matching::gpu::fixtures::is_available;

/// Largest difference from the processor's numbers, whose mean square is one.
const TOLERANCE: f32 = 1e-3;

fn models() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn spec(choose: impl Fn(Manifest) -> NetworkSpec) -> (Vec<u8>, NetworkSpec) {
    let manifest = std::fs::read_to_string(models().join("manifest.toml")).expect("a manifest");
    let spec = choose(Manifest::parse(&manifest).expect("a manifest"));
    (std::fs::read(models().join(&spec.file)).expect("the network"), spec)
}

/// Pictures of a garment's colours on white, each another one.
fn pictures(spec: &NetworkSpec, count: usize) -> Vec<u8> {
    let [_, _, height, width] = spec.input;
    let pixel = |picture: usize, y: usize, x: usize| {
        let is_inside = (width / 5..width - width / 4).contains(&x) && (height / 8..height - height / 6).contains(&y);
        let stripes = [(x * (3 + picture)) % 200, (y * 2 + 40 * picture) % 250, (x * y / 7) % 180];
        stripes.map(|value| if is_inside { value as u8 } else { 255 })
    };
    let rows = (0..count).flat_map(|picture| (0..height).map(move |y| (picture, y)));
    rows.flat_map(|(picture, y)| (0..width).flat_map(move |x| pixel(picture, y, x))).collect()
}

/// What `separable` computes.
fn by_processor(onnx: &[u8], spec: &NetworkSpec, pictures: &[u8]) -> Vec<f32> {
    let [_, _, height, width] = spec.input;
    let area = height * width;
    let normalised: Vec<f32> = pictures
        .chunks_exact(3 * area)
        .flat_map(|picture| {
            (0..3 * area).map(move |at| spec.normalise(at / area, f32::from(picture[at % area * 3 + at / area])))
        })
        .collect();
    Graph::from_onnx(onnx).expect("known").run(&normalised, &mut Workspace::default()).expect("runs")
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_device_gives_the_processors_embeddings_alone_and_in_batches() {
    if !is_available() {
        return;
    }
    for (onnx, spec) in [spec(|manifest| manifest.fashion_dna), spec(|manifest| manifest.fashion2shop.query)] {
        let pictures = pictures(&spec, 2);
        let expected = by_processor(&onnx, &spec, &pictures);
        let gpu = Arc::new(GpuDevice::open(None).expect("a device"));
        let network = GpuNetwork::load(gpu, &onnx, &spec).expect("known");
        let together = network.run(&pictures, 2).expect("runs");
        assert!(largest_difference(&together, &expected) <= TOLERANCE, "{}", largest_difference(&together, &expected));
        // Alone, in the buffers of a larger batch, as on a device with room for one picture.
        locked(&network.room).max_batch = 1;
        let alone = network.run(&pictures, 2).expect("runs");
        assert!(largest_difference(&alone, &expected) <= TOLERANCE, "{}", largest_difference(&alone, &expected));
    }
}
