//! An ONNX network of separable convolutions becomes a [`Network`]. In: the file's bytes. Out: a network, or what it has that this
//! crate does not know.
//!
//! Known are `Conv` (1×1; depthwise 3×3; one 3×3 of the picture with stride 2), `Clip` after it, `Add` of a block's input, `ConvTranspose` with
//! bilinear taps for twice the size, `Concat` after it, and `DequantizeLinear` of int8 weights with a scale for each output. Two 1×1 convolutions
//! with nothing between are one: their product, in int8 again.

mod convolution;
mod parser;
mod proto;

use std::collections::HashMap;

use convolution::Convolution;
use parser::Parser;
use prost::Message;

use crate::layer::Separable;
use crate::network::{Network, Step};
use crate::weights::{Clamp, TAPS};

/// Why an ONNX file cannot be packed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It is no ONNX file.
    #[error("not an ONNX file: {0}")]
    Syntax(#[from] prost::DecodeError),
    /// It has something that separable blocks do not.
    #[error("{node}: {reason}")]
    Unknown {
        /// The node's name or output.
        node: String,
        /// What is expected there.
        reason: String,
    },
    /// Its parts do not fit together.
    #[error("the network does not fit together: {0}")]
    Unfit(String),
}

/// Packs an ONNX file.
///
/// # Errors
/// When it is none, or holds what separable blocks do not.
pub fn pack(onnx: &[u8]) -> Result<Network, PackError> {
    let graph = proto::Model::decode(onnx)?.graph.unwrap_or_default();
    let (height, width) = picture_size(&graph)?;
    let output = graph.output.first().map(|output| output.name.clone()).unwrap_or_default();
    let mut parser = Parser::new(&graph);
    parser.convolutions()?;
    let upsampled = std::mem::take(&mut parser.upsampled);
    let convolutions = merged(parser.convolutions, &readers(&graph));
    let mut steps = Vec::new();
    // The step that makes a tensor.
    let mut made: HashMap<String, usize> = HashMap::new();
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
            made.get(tensor).copied().ok_or_else(|| refused(tensor, "expected an earlier block's output"))
        };
        let sources = match upsampled.get(&input) {
            _ if is_picture => None,
            Some((small, skip)) => Some((step(small)?, Some(step(skip)?))),
            None => Some((step(&input)?, None)),
        };
        made.insert(project.output.clone(), steps.len());
        let block = Separable {
            expand: expand.map(Convolution::pointwise),
            depthwise: depthwise.depthwise(),
            project: project.pointwise(),
            is_residual,
        };
        steps.push(match sources {
            None => Step::Picture(block),
            Some((small, Some(skip))) => Step::Upsampled { small, skip, block },
            Some((from, None)) => Step::Plain { from, block },
        });
    }
    match made.get(&output) {
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

/// How many nodes read each tensor, the graph's output being read once more.
fn readers(graph: &proto::Graph) -> HashMap<&str, usize> {
    let mut readers = HashMap::new();
    let inputs = graph.node.iter().flat_map(|node| &node.input);
    for name in inputs.chain(graph.output.iter().map(|output| &output.name)) {
        *readers.entry(name.as_str()).or_default() += 1;
    }
    readers
}

/// Joins a 1×1 convolution without activation to the 1×1 convolution that alone reads it.
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
