//! Packs an ONNX network of separable convolutions. In: the bytes of an ONNX file. Out: a [`Network`], or the first unsupported node.
//!
//! Supported nodes: `Conv` (1×1; depthwise 3×3; one 3×3 of the picture with stride 2), `Clip` after it, `Add` of a layer's input,
//! `ConvTranspose` with bilinear taps that doubles a map, `Concat` after it, and `DequantizeLinear` of int8 weights with one scale for
//! each output. Two 1×1 convolutions with nothing between them become one: their product, in int8 again.

pub(crate) mod constants;
mod convolution;
mod error;
mod parser;
pub(crate) mod proto;

use std::collections::HashMap;

use convolution::Convolution;
pub use error::PackError;
use parser::Parser;
use prost::Message;

use crate::layer::Separable;
use crate::network::{Network, Step};
use crate::weights::{Clamp, TAPS};

/// Packs an ONNX file.
///
/// # Errors
/// When it is another file, or holds a node that separable layers do not.
pub fn pack(onnx: &[u8]) -> Result<Network, PackError> {
    let graph = proto::Model::decode(onnx)?.graph.unwrap_or_default();
    let (height, width) = picture_size(&graph)?;
    let output = graph.output.first().map(|output| output.name.clone()).unwrap_or_default();
    let mut parser = Parser::new(&graph);
    parser.convolutions()?;
    let upsampled = std::mem::take(&mut parser.upsampled);
    let convolutions = merged(parser.convolutions, &readers(&graph));
    let mut steps = Vec::new();
    // Tensor → the step that computes it.
    let mut computed_by: HashMap<String, usize> = HashMap::new();
    let mut rest = convolutions.into_iter().peekable();
    while let Some(first) = rest.next() {
        let refused =
            |node: &str, reason: &str| PackError::Unknown { node: node.to_owned(), reason: reason.to_owned() };
        let (expand, depthwise) = if first.is_depthwise {
            (None, first)
        } else {
            let depthwise = rest.next().filter(|next| next.is_depthwise && next.input == first.output);
            let depthwise =
                depthwise.ok_or_else(|| refused(&first.output, "expected a depthwise convolution after it"))?;
            (Some(first), depthwise)
        };
        let project = rest.next().filter(|next| !next.is_depthwise && next.taps == 1 && next.input == depthwise.output);
        let project = project.ok_or_else(|| refused(&depthwise.output, "expected a 1×1 convolution after it"))?;
        let input = expand.as_ref().map_or(&depthwise.input, |expand| &expand.input).clone();
        let is_residual = match &project.added {
            None => false,
            Some(added) if *added == input => true,
            Some(_) => return Err(refused(&project.output, "expected an Add of the block's input")),
        };
        let is_picture = expand.as_ref().is_some_and(|expand| expand.taps == TAPS);
        let step = |tensor: &str| {
            computed_by.get(tensor).copied().ok_or_else(|| refused(tensor, "expected an earlier block's output"))
        };
        let inputs = match upsampled.get(&input) {
            _ if is_picture => None,
            Some((small, skip)) => Some((step(small)?, Some(step(skip)?))),
            None => Some((step(&input)?, None)),
        };
        computed_by.insert(project.output.clone(), steps.len());
        let layer = Separable {
            expand: expand.map(Convolution::pointwise),
            depthwise: depthwise.depthwise(),
            project: project.pointwise(),
            is_residual,
        };
        steps.push(match inputs {
            None => Step::Picture(layer),
            Some((small, Some(skip))) => Step::Upsampled { small, skip, layer },
            Some((from, None)) => Step::Plain { from, layer },
        });
    }
    match computed_by.get(&output) {
        Some(&step) if step + 1 == steps.len() => {}
        _ => return Err(PackError::Unfit(format!("the output {output} is not the last block's"))),
    }
    let channels = parser.channels.get(&output).copied().unwrap_or_default();
    Network::new(height, width, channels, steps).map_err(PackError::Unfit)
}

fn picture_size(graph: &proto::Graph) -> Result<(usize, usize), PackError> {
    let shape = |value: &proto::ValueInfo| {
        let dims = value.r#type.as_ref()?.tensor.as_ref()?.shape.as_ref()?;
        Some(dims.dim.iter().map(|dim| dim.dim_value).collect::<Vec<_>>())
    };
    let input = graph.input.iter().find_map(shape);
    match input.as_deref() {
        Some(&[1, 3, height, width]) if height > 0 && width > 0 => Ok((height as usize, width as usize)),
        other => Err(PackError::Unfit(format!("expected an input (1, 3, H, W), got {other:?}"))),
    }
}

/// The number of nodes that read each tensor. The graph's output counts as one more.
fn readers(graph: &proto::Graph) -> HashMap<&str, usize> {
    let mut readers = HashMap::new();
    let inputs = graph.node.iter().flat_map(|node| &node.input);
    for name in inputs.chain(graph.output.iter().map(|output| &output.name)) {
        *readers.entry(name.as_str()).or_default() += 1;
    }
    readers
}

/// Joins a 1×1 convolution without activation with a 1×1 convolution that is its only reader.
fn merged(convolutions: Vec<Convolution>, readers: &HashMap<&str, usize>) -> Vec<Convolution> {
    let mut joined: Vec<Convolution> = Vec::with_capacity(convolutions.len());
    for next in convolutions {
        match joined.last_mut() {
            Some(last)
                if last.taps == 1
                    && next.taps == 1
                    && !last.is_depthwise
                    && !next.is_depthwise
                    && last.clamp == Clamp::NONE
                    && last.added.is_none()
                    && last.output == next.input
                    && readers.get(last.output.as_str()) == Some(&1) =>
            {
                *last = last.then(next);
            }
            _ => joined.push(next),
        }
    }
    joined
}
