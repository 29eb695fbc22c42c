//! Reads an ONNX graph. In: its nodes. Out: [`Node`]s over [`Value`]s of fixed shapes.
//!
//! Everything that does not depend on the picture (dequantised weights, shapes) is computed here.

mod maps;
mod plain;

use std::collections::HashMap;

use super::op::{Form, Node, Op, Program, Value, ValueId};
use crate::onnx::constants::{Constant, types};
use crate::onnx::{PackError, proto};
use crate::weights::Clamp;

/// What a name stands for.
#[derive(Clone)]
enum Named {
    Constant(Constant),
    Value(ValueId),
}

/// What was read so far.
#[derive(Default)]
struct Reader<'a> {
    names: HashMap<&'a str, Named>,
    /// How many nodes read each name; the graph's output counts as one more.
    readers: HashMap<&'a str, usize>,
    /// Zeros around a value, `[top, left, bottom, right]`, that a `Pad` has added. Only convolutions read these.
    padded: HashMap<&'a str, [usize; 4]>,
    values: Vec<Value>,
    nodes: Vec<Node>,
    /// Which node computes a value.
    computed_by: HashMap<ValueId, usize>,
    /// The same numbers in the other form.
    converted: HashMap<ValueId, ValueId>,
    /// The node that is read: its type and output.
    current: String,
}

/// Reads a graph with one picture `(1, 3, H, W)` as its input and one output.
pub(super) fn read(graph: &proto::Graph) -> Result<Program, PackError> {
    let mut reader = Reader::default();
    let unfit = |reason: String| PackError::Unfit(reason);
    for tensor in &graph.initializer {
        let constant = Constant::read(tensor).map_err(|reason| unfit(format!("{}: {reason}", tensor.name)))?;
        reader.names.insert(&tensor.name, Named::Constant(constant));
    }
    let mut inputs = graph.input.iter().filter(|input| !reader.names.contains_key(input.name.as_str()));
    let (Some(picture), None) = (inputs.next(), inputs.next()) else {
        return Err(unfit("expected one input".to_owned()));
    };
    let dims: Vec<i64> = picture
        .r#type
        .as_ref()
        .and_then(|kind| Some(kind.tensor.as_ref()?.shape.as_ref()?.dim.iter().map(|dim| dim.dim_value).collect()))
        .unwrap_or_default();
    // A batch of any size has no number here; one picture is read then.
    let &[0 | 1, 3, height, width] = &dims[..] else {
        return Err(unfit(format!("expected an input (1, 3, H, W), got {dims:?}")));
    };
    let is_side = |side: &i64| (1..=MAX_SIDE).contains(side);
    if !is_side(&height) || !is_side(&width) {
        return Err(unfit(format!("expected sides of 1 to {MAX_SIDE}, got {height}×{width}")));
    }
    let input = reader.value(vec![3, height as usize, width as usize], Form::Plain);
    reader.names.insert(&picture.name, Named::Value(input));
    let [output] = &graph.output[..] else { return Err(unfit("expected one output".to_owned())) };
    reader.finish(graph.node.iter(), &output.name)
}

/// Reads some nodes of a graph that have one value of the shape (1, C, H, W) as their input, beside constants, and one as their output.
#[cfg(feature = "tract")]
pub(crate) fn read_part<'a>(
    nodes: &[&'a proto::Node],
    constants: impl IntoIterator<Item = (&'a str, Constant)>,
    (input, shape): (&'a str, [usize; 3]),
    output: &'a str,
) -> Result<Program, PackError> {
    let mut reader = Reader::default();
    reader.names.extend(constants.into_iter().map(|(name, constant)| (name, Named::Constant(constant))));
    let value = reader.value(shape.to_vec(), Form::Plain);
    reader.names.insert(input, Named::Value(value));
    reader.finish(nodes.iter().copied(), output)
}

/// Largest side of a picture.
const MAX_SIDE: i64 = 4096;

impl<'a> Reader<'a> {
    /// Reads all nodes, behind constants and input.
    fn finish(
        mut self,
        nodes: impl Iterator<Item = &'a proto::Node> + Clone,
        output: &'a str,
    ) -> Result<Program, PackError> {
        for name in nodes.clone().flat_map(|node| &node.input).map(String::as_str).chain([output]) {
            *self.readers.entry(name).or_default() += 1;
        }
        for node in nodes {
            let name = node.output.first().map(String::as_str).unwrap_or_default();
            self.current = format!("{} {name}", node.op_type);
            self.node(node, name).map_err(|reason| PackError::Unknown { node: self.current.clone(), reason })?;
        }
        let output = match self.names.get(output) {
            Some(Named::Value(value)) => *value,
            _ => return Err(PackError::Unfit("expected an output that depends on the picture".to_owned())),
        };
        let output = self.plain(output);
        Ok(Program { values: self.values, nodes: self.nodes, output })
    }

    fn node(&mut self, node: &'a proto::Node, name: &'a str) -> Result<(), String> {
        let input = |at: usize| node.input.get(at).map(String::as_str).filter(|name| !name.is_empty());
        if node.input.iter().any(|input| self.padded.contains_key(input.as_str())) && node.op_type != "Conv" {
            return Err("expected a convolution after a Pad".to_owned());
        }
        let all_constant = node.input.iter().all(|input| input.is_empty() || self.constant(input).is_some());
        match node.op_type.as_str() {
            "Constant" => {
                let tensor = node.attribute.iter().find_map(|attribute| attribute.t.as_ref());
                let constant = Constant::read(tensor.ok_or("expected a tensor")?)?;
                self.names.insert(name, Named::Constant(constant));
                Ok(())
            }
            "Shape" => {
                let shape = match self.names.get(input(0).unwrap_or_default()) {
                    Some(Named::Value(value)) => {
                        [1].into_iter().chain(self.values[*value].shape.iter().map(|&side| side as i64)).collect()
                    }
                    Some(Named::Constant(constant)) => constant.shape.iter().map(|&side| side as i64).collect(),
                    None => return Err("expected an input".to_owned()),
                };
                self.names.insert(name, Named::Constant(Constant::integers(shape)));
                Ok(())
            }
            "Identity" | "Dropout" => self.alias(input(0), name),
            "Cast" if !all_constant => match integer(node, "to") {
                Some(to) if to == i64::from(types::FLOAT) || to == i64::from(types::FLOAT16) => {
                    self.alias(input(0), name)
                }
                to => Err(format!("a cast to {to:?} is not known")),
            },
            _ if all_constant && !node.input.is_empty() => self.folded(node, name),
            "Conv" | "Gemm" | "ConvTranspose" | "Pad" | "AveragePool" | "GlobalAveragePool" => {
                self.map_node(node, name)
            }
            _ => self.plain_node(node, name),
        }
    }

    fn alias(&mut self, of: Option<&str>, name: &'a str) -> Result<(), String> {
        let named = self.names.get(of.unwrap_or_default()).cloned().ok_or("expected an input")?;
        self.names.insert(name, named);
        Ok(())
    }

    fn constant(&self, name: &str) -> Option<&Constant> {
        match self.names.get(name) {
            Some(Named::Constant(constant)) => Some(constant),
            _ => None,
        }
    }

    /// Input `at` of a node, which must be a constant.
    fn constant_input(&self, node: &proto::Node, at: usize) -> Result<&Constant, String> {
        let name = node.input.get(at).map(String::as_str).unwrap_or_default();
        self.constant(name).ok_or_else(|| format!("expected a constant as input {at}"))
    }

    /// Input `at` of a node, which must depend on the picture.
    fn input(&self, node: &proto::Node, at: usize) -> Result<ValueId, String> {
        match self.names.get(node.input.get(at).map(String::as_str).unwrap_or_default()) {
            Some(Named::Value(value)) => Ok(*value),
            _ => Err(format!("expected input {at} to depend on the picture")),
        }
    }

    /// Whether a node alone reads its input `at`.
    fn is_only_reader(&self, node: &proto::Node, at: usize) -> bool {
        node.input.get(at).is_some_and(|name| self.readers.get(name.as_str()) == Some(&1))
    }

    fn value(&mut self, shape: Vec<usize>, form: Form) -> ValueId {
        self.values.push(Value { shape, form });
        self.values.len() - 1
    }

    /// Adds an operator; returns what it computes.
    fn add(&mut self, op: Op, shape: Vec<usize>, form: Form) -> ValueId {
        let out = self.value(shape, form);
        self.computed_by.insert(out, self.nodes.len());
        self.nodes.push(Node { op, out, name: self.current.clone() });
        out
    }

    fn add_map(&mut self, op: Op, shape: [usize; 3]) -> ValueId {
        self.add(op, shape.to_vec(), Form::Map(shape))
    }

    fn add_plain(&mut self, op: Op, shape: Vec<usize>) -> ValueId {
        self.add(op, shape, Form::Plain)
    }

    /// The value as a map.
    fn map(&mut self, value: ValueId) -> Result<(ValueId, [usize; 3]), String> {
        match (&self.values[value].form, &self.values[value].shape[..]) {
            (&Form::Map(shape), _) => Ok((value, shape)),
            (Form::Plain, &[channels, height, width]) => {
                let shape = [channels, height, width];
                if let Some(&map) = self.converted.get(&value) {
                    return Ok((map, shape));
                }
                let map = self.add_map(Op::ToMap(value), shape);
                self.converted.insert(value, map);
                Ok((map, shape))
            }
            (Form::Plain, other) => Err(format!("expected channels, height and width, got {other:?}")),
        }
    }

    /// The value as plain numbers.
    fn plain(&mut self, value: ValueId) -> ValueId {
        if self.values[value].form == Form::Plain {
            return value;
        }
        if let Some(&plain) = self.converted.get(&value) {
            return plain;
        }
        let shape = self.values[value].shape.clone();
        let plain = self.add_plain(Op::ToPlain(value), shape);
        self.converted.insert(value, plain);
        plain
    }

    /// An activation: a clamp of what a convolution computes becomes a part of it.
    fn clamp(&mut self, node: &proto::Node, name: &'a str, clamp: Clamp) -> Result<(), String> {
        let from = self.input(node, 0)?;
        if self.is_only_reader(node, 0)
            && let Some(&at) = self.computed_by.get(&from)
            && let Op::Convolution(convolution) = &mut self.nodes[at].op
            && convolution.clamp == Clamp::NONE
        {
            convolution.clamp = clamp;
            self.names.insert(name, Named::Value(from));
            return Ok(());
        }
        self.unary(from, name, super::op::Unary::Clamp(clamp))
    }

    fn unary(&mut self, from: ValueId, name: &'a str, function: super::op::Unary) -> Result<(), String> {
        let Value { shape, form } = self.values[from].clone();
        let out = self.add(Op::Unary { from, function }, shape, form);
        self.names.insert(name, Named::Value(out));
        Ok(())
    }
}

/// An integer attribute.
fn integer(node: &proto::Node, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.i)
}

/// A list of integers.
fn integers<'n>(node: &'n proto::Node, name: &str) -> &'n [i64] {
    node.attribute.iter().find(|attribute| attribute.name == name).map_or(&[], |attribute| &attribute.ints)
}

/// A number.
fn float(node: &proto::Node, name: &str) -> Option<f32> {
    node.attribute.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.f)
}

/// An axis of a shape of `rank` dimensions as an index.
fn axis_of(axis: i64, rank: usize) -> Result<usize, String> {
    let index = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(index)
        .ok()
        .filter(|&index| index < rank)
        .ok_or_else(|| format!("expected an axis of {rank} dimensions, got {axis}"))
}

/// An axis as an index after the leading dimension.
fn inner_axis(axis: i64, rank: usize) -> Result<usize, String> {
    axis_of(axis, rank)?.checked_sub(1).ok_or_else(|| "expected another axis than the batch's".to_owned())
}
