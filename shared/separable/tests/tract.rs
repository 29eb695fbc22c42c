//! The operator within a graph of tract.
#![cfg(all(feature = "onnx", feature = "tract"))]

use separable::tract::Separables;
use separable::{Scratch, pack};
use tract_core::internal::*;

#[test]
fn a_graph_with_the_operator_computes_what_the_network_does() -> TractResult<()> {
    let network = pack(include_bytes!("../../../models/street2fashion.onnx"))?;
    let [channels, height, width] = network.input();
    let picture: Vec<f32> = (0..channels * height * width).map(|at| (at % 251) as f32 / 125.0 - 1.0).collect();
    let expected = network.run(&picture, &mut Scratch::new(4))?;

    let mut graph = TypedModel::default();
    let source = graph.add_source("picture", f32::fact([1, channels, height, width]))?;
    let logits = graph.wire_node("logits", Separables::new(network.clone(), 6), &[source])?;
    graph.select_output_outlets(&logits)?;
    let runnable = graph.into_optimized()?.into_runnable()?;
    let input = Tensor::from_shape(&[1, channels, height, width], &picture)?;
    for _ in 0..2 {
        let output = runnable.run(tvec!(input.clone().into_tvalue()))?;
        let found: Vec<f32> = output[0].to_plain_array_view::<f32>()?.iter().copied().collect();
        assert_eq!(output[0].shape(), [&[1][..], &network.output()].concat());
        assert_eq!(found, expected);
    }

    let mut other = TypedModel::default();
    let source = other.add_source("picture", f32::fact([1, channels, height, width + 2]))?;
    let refused = other.wire_node("logits", Separables::new(network, 6), &[source]);
    assert!(format!("{:#}", refused.expect_err("another size")).contains("expected an input"));
    Ok(())
}
