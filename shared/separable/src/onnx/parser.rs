//! Reads the nodes of a graph. In: a graph. Out: its convolutions and the tensors that they read.

use std::collections::HashMap;

use super::convolution::Convolution;
use super::error::PackError;
use super::proto;
use crate::map::LANES;
use crate::weights::Clamp;

/// The parts of a graph that have been read.
pub(super) struct Parser<'a> {
    graph: &'a proto::Graph,
    tensors: HashMap<&'a str, &'a proto::Tensor>,
    dequantised: HashMap<&'a str, &'a proto::Node>,
    pub(super) convolutions: Vec<Convolution>,
    /// Output of a `Concat` → the map that is upsampled, and the map whose channels follow.
    pub(super) upsampled: HashMap<String, (String, String)>,
    /// Output of a convolution → its channels.
    pub(super) channels: HashMap<String, usize>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(graph: &'a proto::Graph) -> Self {
        let mut tensors: HashMap<&str, &proto::Tensor> = HashMap::new();
        tensors.extend(graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)));
        let mut dequantised = HashMap::new();
        for node in &graph.node {
            let Some(output) = node.output.first() else { continue };
            if node.op_type == "Constant"
                && let Some(tensor) = node.attribute.iter().find_map(|attribute| attribute.t.as_ref())
            {
                tensors.insert(output, tensor);
            } else if node.op_type == "DequantizeLinear" {
                dequantised.insert(output.as_str(), node);
            }
        }
        let (convolutions, upsampled, channels) = (Vec::new(), HashMap::new(), HashMap::new());
        Self { graph, tensors, dequantised, convolutions, upsampled, channels }
    }

    pub(super) fn convolutions(&mut self) -> Result<(), PackError> {
        // Output of a transposed convolution → the map that it doubles.
        let mut doubled: HashMap<&str, &str> = HashMap::new();
        for node in &self.graph.node {
            let output = node.output.first().map(String::as_str).unwrap_or_default();
            let refused = |reason: &str| PackError::Unknown { node: output.to_owned(), reason: reason.to_owned() };
            let input = |at: usize| {
                node.input.get(at).map(String::as_str).ok_or_else(|| refused(&format!("expected {} inputs", at + 1)))
            };
            match node.op_type.as_str() {
                "Constant" | "DequantizeLinear" => {}
                "Conv" => {
                    let convolution = self.convolution(node, output).map_err(|reason| refused(&reason))?;
                    self.channels.insert(output.to_owned(), convolution.outputs);
                    self.convolutions.push(convolution);
                }
                "Clip" => {
                    let low = self.scalar(input(1)?).map_err(|reason| refused(&reason))?;
                    let high = self.scalar(input(2)?).map_err(|reason| refused(&reason))?;
                    let (last, name) = (self.convolutions.last_mut(), input(0)?);
                    let last = last.filter(|last| last.output == name && last.clamp == Clamp::NONE);
                    let last = last.ok_or_else(|| refused("expected a Clip right after its convolution"))?;
                    last.clamp = Clamp { low, high };
                    self.channels.insert(output.to_owned(), last.outputs);
                    output.clone_into(&mut last.output);
                }
                "Add" => {
                    let names = (input(0)?, input(1)?);
                    let last = self.convolutions.last_mut().filter(|last| last.clamp == Clamp::NONE);
                    let last =
                        last.ok_or_else(|| refused("expected an Add right after a convolution without activation"))?;
                    let other = if last.output == names.1 { names.0 } else { names.1 };
                    if last.output != names.0 && last.output != names.1 {
                        return Err(refused("expected an Add of the convolution before it"));
                    }
                    last.added = Some(other.to_owned());
                    self.channels.insert(output.to_owned(), last.outputs);
                    output.clone_into(&mut last.output);
                }
                "ConvTranspose" => {
                    self.bilinear(node).map_err(|reason| refused(&reason))?;
                    doubled.insert(output, input(0)?);
                }
                "Concat" => {
                    let small =
                        doubled.get(input(0)?).ok_or_else(|| refused("expected a Concat of what was upsampled"))?;
                    let whole = self.channels.get(*small).is_some_and(|channels| channels.is_multiple_of(LANES));
                    if !whole || node.input.len() != 2 || attribute(node, "axis") != Some(1) {
                        return Err(refused(
                            "expected a Concat of two maps' channels, the first's a multiple of eight",
                        ));
                    }
                    self.upsampled.insert(output.to_owned(), ((*small).to_owned(), input(1)?.to_owned()));
                }
                other => return Err(refused(&format!("a {other} is not known"))),
            }
        }
        Ok(())
    }

    fn convolution(&self, node: &proto::Node, output: &str) -> Result<Convolution, String> {
        let name = |at: usize| node.input.get(at).map(String::as_str).ok_or("expected weights and a bias");
        let (shape, weights) = self.floats(name(1)?)?;
        let &[outputs, inputs, rows, columns] = &shape[..] else { return Err("expected a 2D convolution".to_owned()) };
        let (_, bias) = self.floats(name(2)?)?;
        let group = attribute(node, "group").unwrap_or(1) as usize;
        let is_depthwise = group == outputs && inputs == 1;
        let stride = ints(node, "strides").first().copied().unwrap_or(1) as usize;
        let padding = ints(node, "pads");
        let is_padded =
            |by: i64| (padding.is_empty() && by == 0) || (padding.len() == 4 && padding.iter().all(|&pad| pad == by));
        let fits = match (rows, columns) {
            (1, 1) => !is_depthwise && group == 1 && stride == 1 && is_padded(0),
            (3, 3) if is_depthwise => (1..=2).contains(&stride) && is_padded(1),
            (3, 3) => group == 1 && stride == 2 && inputs == 3 && is_padded(1),
            _ => false,
        };
        let is_even = ints(node, "strides").iter().all(|&along| along as usize == stride)
            && ints(node, "dilations").iter().all(|&dilation| dilation == 1);
        if !fits || !is_even || bias.len() != outputs {
            return Err(
                "expected a 1×1 convolution, a padded depthwise 3×3 one, or one 3×3 of the picture with stride 2"
                    .to_owned(),
            );
        }
        Ok(Convolution {
            outputs,
            inputs,
            taps: rows * columns,
            stride,
            is_depthwise,
            weights,
            bias,
            clamp: Clamp::NONE,
            input: name(0)?.to_owned(),
            added: None,
            output: output.to_owned(),
        })
    }

    /// Checks that a transposed convolution doubles its map bilinearly.
    fn bilinear(&self, node: &proto::Node) -> Result<(), String> {
        const TAPS: [f32; 4] = [0.25, 0.75, 0.75, 0.25];
        let (shape, weights) = self.floats(node.input.get(1).map(String::as_str).unwrap_or_default())?;
        let channels = shape.first().copied().unwrap_or_default();
        let is_bilinear = weights
            .chunks_exact(16)
            .all(|taps| (0..16).all(|at| (taps[at] - TAPS[at / 4] * TAPS[at % 4]).abs() < 1e-6));
        let fits = shape == [channels, 1, 4, 4]
            && attribute(node, "group") == Some(channels as i64)
            && ints(node, "strides") == [2, 2]
            && ints(node, "pads") == [1, 1, 1, 1]
            && node.input.len() == 2;
        if fits && is_bilinear {
            Ok(())
        } else {
            Err("expected a transposed convolution with bilinear taps for twice the size".to_owned())
        }
    }

    fn scalar(&self, name: &str) -> Result<f32, String> {
        match self.floats(name)?.1[..] {
            [value] => Ok(value),
            _ => Err(format!("expected one number as {name}")),
        }
    }

    /// Shape and numbers of a constant, dequantised if it is int8.
    fn floats(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        const FLOAT: i32 = 1;
        const INT8: i32 = 3;
        let missing = |name: &str| format!("expected a constant {name}");
        if let Some(node) = self.dequantised.get(name) {
            let [weights, scale, ..] = &node.input[..] else { return Err(missing(name)) };
            let weights = self.tensors.get(weights.as_str()).ok_or_else(|| missing(weights))?;
            let (_, scale) = self.floats(scale)?;
            let shape = dims(weights);
            let fits =
                weights.data_type == INT8 && attribute(node, "axis") == Some(0) && shape.first() == Some(&scale.len());
            if !fits || weights.raw_data.len() != shape.iter().product::<usize>() {
                return Err(format!("expected int8 weights with a scale for each output as {name}"));
            }
            let numbers = weights.raw_data.len() / scale.len().max(1);
            let rows = weights.raw_data.chunks_exact(numbers.max(1)).zip(&scale);
            let floats =
                rows.flat_map(|(row, scale)| row.iter().map(move |&byte| f32::from(i8::from_le_bytes([byte])) * scale));
            return Ok((shape, floats.collect()));
        }
        let tensor = self.tensors.get(name).ok_or_else(|| missing(name))?;
        let floats: Vec<f32> = if tensor.float_data.is_empty() {
            tensor
                .raw_data
                .chunks_exact(4)
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect()
        } else {
            tensor.float_data.clone()
        };
        let shape = dims(tensor);
        if tensor.data_type != FLOAT || floats.len() != shape.iter().product::<usize>() {
            return Err(format!("expected float32 numbers as {name}"));
        }
        Ok((shape, floats))
    }
}

fn dims(tensor: &proto::Tensor) -> Vec<usize> {
    tensor.dims.iter().map(|&length| usize::try_from(length).unwrap_or_default()).collect()
}

fn attribute(node: &proto::Node, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

fn ints<'a>(node: &'a proto::Node, name: &str) -> &'a [i64] {
    node.attribute.iter().find(|attribute| attribute.name == name).map_or(&[], |attribute| &attribute.ints)
}
