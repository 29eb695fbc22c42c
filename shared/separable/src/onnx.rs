//! An ONNX network of separable convolutions becomes a [`Network`]. In: the file's bytes. Out: a network, or what it has that this
//! crate does not know.
//!
//! Known are `Conv` (1×1; depthwise 3×3; one 3×3 of the picture with stride 2), `Clip` after it, `Add` of a block's input, `ConvTranspose` with
//! bilinear taps for twice the size, `Concat` after it, and `DequantizeLinear` of int8 weights with a scale for each output. Two 1×1 convolutions
//! with nothing between are one: their product, in int8 again.

use std::collections::HashMap;

use prost::Message;

use crate::layer::Separable;
use crate::map::{Block, LANES};
use crate::network::{Network, Step};
use crate::weights::{Clamp, Depthwise, Pointwise, TAPS};

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

/// Of ONNX's messages, what is read here; the tags are those of `onnx.proto`.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Model {
        #[prost(message, optional, tag = "7")]
        pub(super) graph: Option<Graph>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub(super) node: Vec<Node>,
        #[prost(message, repeated, tag = "5")]
        pub(super) initializer: Vec<Tensor>,
        #[prost(message, repeated, tag = "11")]
        pub(super) input: Vec<ValueInfo>,
        #[prost(message, repeated, tag = "12")]
        pub(super) output: Vec<ValueInfo>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Node {
        #[prost(string, repeated, tag = "1")]
        pub(super) input: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        pub(super) output: Vec<String>,
        #[prost(string, tag = "4")]
        pub(super) op_type: String,
        #[prost(message, repeated, tag = "5")]
        pub(super) attribute: Vec<Attribute>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Attribute {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(int64, tag = "3")]
        pub(super) i: i64,
        #[prost(message, optional, tag = "5")]
        pub(super) t: Option<Tensor>,
        #[prost(int64, repeated, tag = "8")]
        pub(super) ints: Vec<i64>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Tensor {
        #[prost(int64, repeated, tag = "1")]
        pub(super) dims: Vec<i64>,
        #[prost(int32, tag = "2")]
        pub(super) data_type: i32,
        #[prost(float, repeated, tag = "4")]
        pub(super) float_data: Vec<f32>,
        #[prost(string, tag = "8")]
        pub(super) name: String,
        #[prost(bytes = "vec", tag = "9")]
        pub(super) raw_data: Vec<u8>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct ValueInfo {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(message, optional, tag = "2")]
        pub(super) r#type: Option<Type>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Type {
        #[prost(message, optional, tag = "1")]
        pub(super) tensor: Option<TensorType>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct TensorType {
        #[prost(message, optional, tag = "2")]
        pub(super) shape: Option<Shape>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Shape {
        #[prost(message, repeated, tag = "1")]
        pub(super) dim: Vec<Dimension>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Dimension {
        #[prost(int64, tag = "1")]
        pub(super) dim_value: i64,
    }
}

/// A convolution's weights in float32, `(outputs, inputs, taps)`, and what happens to its sums.
#[derive(Clone, Debug)]
struct Convolution {
    outputs: usize,
    inputs: usize,
    taps: usize,
    stride: usize,
    is_depthwise: bool,
    weights: Vec<f32>,
    bias: Vec<f32>,
    clamp: Clamp,
    /// What it reads.
    input: String,
    /// Whether a residual is added to its output: the other summand.
    added: Option<String>,
    /// What holds its output, activation and residual included.
    output: String,
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

impl Convolution {
    /// `next ∘ self`, both 1×1.
    fn then(&self, next: Self) -> Self {
        let mut weights = vec![0.0; next.outputs * self.inputs];
        let mut bias = next.bias.clone();
        for (output, (row, bias)) in weights.chunks_exact_mut(self.inputs).zip(&mut bias).enumerate() {
            for between in 0..self.outputs {
                let factor = next.weights[output * next.inputs + between];
                *bias += factor * self.bias[between];
                for (sum, weight) in row.iter_mut().zip(&self.weights[between * self.inputs..]) {
                    *sum += factor * weight;
                }
            }
        }
        Self { weights, bias, inputs: self.inputs, input: self.input.clone(), ..next }
    }

    /// The weights of each output in int8, `(outputs, numbers)`, and each output's scale: symmetric, the largest is 127. Weights that
    /// were int8 come out as they were.
    fn quantised(&self) -> (Vec<i8>, Vec<f32>) {
        let numbers = self.weights.len() / self.outputs;
        let scales: Vec<f32> = self
            .weights
            .chunks_exact(numbers)
            .map(|row| row.iter().fold(0.0_f32, |most, weight| most.max(weight.abs())) / 127.0)
            .map(|scale| if scale > 0.0 { scale } else { 1.0 })
            .collect();
        let rows = self.weights.chunks_exact(numbers).zip(&scales);
        (rows.flat_map(|(row, scale)| row.iter().map(move |weight| (weight / scale).round() as i8)).collect(), scales)
    }

    fn blocks_of(numbers: &[f32], count: usize) -> Vec<Block> {
        let at = |at: usize| numbers.get(at).copied().unwrap_or_default();
        (0..count).map(|block| Block(std::array::from_fn(|lane| at(block * LANES + lane)))).collect()
    }

    fn pointwise(self) -> Pointwise {
        let numbers = self.inputs * self.taps;
        let (inputs, outputs) = (numbers.div_ceil(LANES), self.outputs.div_ceil(LANES));
        let (quantised, scales) = self.quantised();
        let mut weights = vec![0; inputs * LANES * outputs * LANES];
        for (output, row) in quantised.chunks_exact(numbers).enumerate() {
            for (number, &weight) in row.iter().enumerate() {
                weights[(output / LANES * inputs * LANES + number) * LANES + output % LANES] = weight;
            }
        }
        let (scale, bias) = (Self::blocks_of(&scales, outputs), Self::blocks_of(&self.bias, outputs));
        Pointwise { inputs, outputs, weights, scale, bias, clamp: self.clamp }
    }

    fn depthwise(self) -> Depthwise {
        let blocks = self.outputs.div_ceil(LANES);
        let (quantised, scales) = self.quantised();
        let mut weights = vec![0; blocks * TAPS * LANES];
        for (channel, row) in quantised.chunks_exact(TAPS).enumerate() {
            for (tap, &weight) in row.iter().enumerate() {
                weights[(channel / LANES * TAPS + tap) * LANES + channel % LANES] = weight;
            }
        }
        let (scale, bias) = (Self::blocks_of(&scales, blocks), Self::blocks_of(&self.bias, blocks));
        Depthwise { blocks, stride: self.stride, weights, scale, bias, clamp: self.clamp }
    }
}

/// What has been read of a graph.
struct Parser<'a> {
    graph: &'a proto::Graph,
    tensors: HashMap<&'a str, &'a proto::Tensor>,
    dequantised: HashMap<&'a str, &'a proto::Node>,
    convolutions: Vec<Convolution>,
    /// Of a concatenation: what is upsampled, and what follows its channels.
    upsampled: HashMap<String, (String, String)>,
    /// Of a tensor that a convolution makes, its channels.
    channels: HashMap<String, usize>,
}

impl<'a> Parser<'a> {
    fn new(graph: &'a proto::Graph) -> Self {
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

    fn convolutions(&mut self) -> Result<(), PackError> {
        // What a transposed convolution doubled, by its output.
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

    /// Checks that a transposed convolution doubles a map bilinearly.
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

    /// A constant's shape and numbers, dequantised if need be.
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
