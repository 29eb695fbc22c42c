//! Reads an ONNX graph of fixed shapes. In: a file's bytes. Out: tract's typed graph.
//!
//! Constants are float32 or int64 here, whatever the file stores them as; everything that does not depend on the input is computed while
//! reading.

mod arithmetic;
mod maps;
mod norms;
mod parts;
mod reduce;
mod shapes;

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message as _;
use tract_core::internal::*;
use tract_core::ops::binary::TypedBinOp;
use tract_core::ops::cast::cast;

use crate::onnx::constants::{Constant, Numbers, types};
use crate::onnx::{PackError, proto};

/// The operator sets before this one need no import.
const DEFAULT_OPSET: i64 = 9;

/// What a name stands for.
#[derive(Clone, Debug)]
enum Named {
    Constant(Arc<Tensor>),
    Outlet(OutletId),
}

/// What was read so far.
struct Reader<'a> {
    model: TypedModel,
    names: HashMap<&'a str, Named>,
    opset: i64,
    /// Whether operators of this crate take the place of tract's where they fit.
    fuses: bool,
    /// Makes the names of tract's nodes unique.
    wired: usize,
}

/// Reads an ONNX file with one input of this shape, float32, and one output, as a graph that is neither decluttered nor optimised yet. Its
/// separable layers are operators of this crate.
///
/// # Errors
/// When it is another file, has other shapes, or an operator that is not known, which the error names.
pub fn from_onnx(onnx: &[u8], input: &[usize]) -> Result<TypedModel, PackError> {
    read(onnx, input, true)
}

/// [`from_onnx`] with tract's operators alone, for comparing both.
///
/// # Errors
/// As for [`from_onnx`].
pub fn from_onnx_plainly(onnx: &[u8], input: &[usize]) -> Result<TypedModel, PackError> {
    read(onnx, input, false)
}

fn read(onnx: &[u8], input: &[usize], fuses: bool) -> Result<TypedModel, PackError> {
    let file = proto::Model::decode(onnx)?;
    let default = file.opset_import.iter().find(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
    let opset = default.map_or(DEFAULT_OPSET, |set| set.version);
    let graph = file.graph.unwrap_or_default();
    let unfit = |error: TractError| PackError::Unfit(format!("{error:#}"));
    let mut reader = Reader { model: TypedModel::default(), names: HashMap::new(), opset, fuses, wired: 0 };
    reader.start(&graph, input).map_err(unfit)?;
    let unknown = |node: &proto::Node, error: TractError| PackError::Unknown {
        node: format!("{} {}", node.op_type, node.output.first().map(String::as_str).unwrap_or_default()),
        reason: format!("{error:#}"),
    };
    // First what does not depend on the input: it may stand between the nodes of a part.
    let mut nodes = Vec::new();
    for node in &graph.node {
        if reader.is_constant(node) {
            reader.node(node).map_err(|error| unknown(node, error))?;
        } else {
            nodes.push(node);
        }
    }
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in nodes.iter().flat_map(|node| &node.input).chain(graph.output.iter().map(|output| &output.name)) {
        *uses.entry(name).or_default() += 1;
    }
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        let part = if fuses { reader.part(&nodes[at..], &uses).map_err(|error| unknown(node, error))? } else { None };
        if part.is_none() {
            reader.node(node).map_err(|error| unknown(node, error))?;
        }
        at += part.unwrap_or(1);
    }
    reader.finish(&graph).map_err(unfit)
}

impl<'a> Reader<'a> {
    fn start(&mut self, graph: &'a proto::Graph, expected: &[usize]) -> TractResult<()> {
        for tensor in &graph.initializer {
            self.names.insert(&tensor.name, Named::Constant(tensor_of(tensor)?));
        }
        let mut inputs = graph.input.iter().filter(|input| !self.names.contains_key(input.name.as_str()));
        let (Some(input), None) = (inputs.next(), inputs.next()) else { bail!("expected one input") };
        let dims = input.r#type.as_ref().and_then(|kind| kind.tensor.as_ref()?.shape.as_ref()).map(|shape| &shape.dim);
        // A side without a number is of any length.
        let received: Vec<i64> = dims.into_iter().flatten().map(|dim| dim.dim_value).collect();
        let fits = |(received, expected): (&i64, &usize)| *received == 0 || *received == *expected as i64;
        ensure!(
            received.is_empty() || received.len() == expected.len() && received.iter().zip(expected).all(fits),
            "expected an input {expected:?}, got {received:?}"
        );
        let source = self.model.add_source(&input.name, f32::fact(expected))?;
        self.names.insert(&input.name, Named::Outlet(source));
        Ok(())
    }

    fn finish(mut self, graph: &proto::Graph) -> TractResult<TypedModel> {
        let [output] = &graph.output[..] else { bail!("expected one output, got {}", graph.output.len()) };
        let Some(Named::Outlet(outlet)) = self.names.get(output.name.as_str()) else {
            bail!("expected an output that depends on the input");
        };
        self.model.select_output_outlets(&[*outlet])?;
        Ok(self.model)
    }

    fn node(&mut self, node: &'a proto::Node) -> TractResult<()> {
        let found: TVec<Named> = match node.op_type.as_str() {
            "Constant" => tvec!(Named::Constant(constant_of(node)?)),
            "Identity" | "Dropout" => tvec!(self.named(node, 0)?),
            "Shape" => {
                let input = self.input(node, 0)?;
                let shape: Vec<i64> = self.shape(input)?.iter().map(|&side| side as i64).collect();
                tvec!(Named::Constant(tensor1(&shape).into_arc_tensor()))
            }
            _ if self.is_constant(node) => self.computed(node)?,
            _ => self.built(node)?.into_iter().map(Named::Outlet).collect(),
        };
        ensure!(
            found.len() >= node.output.len() || node.op_type == "Dropout",
            "expected at most {} outputs, got {}",
            found.len(),
            node.output.len()
        );
        for (name, named) in node.output.iter().zip(found) {
            self.names.insert(name, named);
        }
        Ok(())
    }

    /// Whether a node depends on constants alone.
    fn is_constant(&self, node: &proto::Node) -> bool {
        let mut given = node.input.iter().filter(|name| !name.is_empty());
        given.all(|name| matches!(self.names.get(name.as_str()), Some(Named::Constant(_))))
    }

    /// The outputs of a node with constant inputs.
    fn computed(&mut self, node: &proto::Node) -> TractResult<TVec<Named>> {
        let model = std::mem::take(&mut self.model);
        let outlets = self.built(node);
        let mut own = std::mem::replace(&mut self.model, model);
        own.select_output_outlets(&outlets?)?;
        let outputs = own.into_runnable()?.run(tvec!())?;
        Ok(outputs.into_iter().map(|output| Named::Constant(output.into_arc_tensor())).collect())
    }

    fn built(&mut self, node: &proto::Node) -> TractResult<TVec<OutletId>> {
        let kind = node.op_type.as_str();
        if kind == "Split" {
            return self.split(node);
        }
        let one = match kind {
            "Conv" | "ConvTranspose" | "MaxPool" | "AveragePool" | "GlobalAveragePool" | "GlobalMaxPool" | "Resize"
            | "Upsample" => self.map_node(node),
            "BatchNormalization" | "InstanceNormalization" | "LayerNormalization" | "Softmax" | "LogSoftmax" => {
                self.norm(node)
            }
            "ReduceMean" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceL2" => self.reduced(node),
            "Concat" | "Slice" | "Pad" | "Transpose" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Expand"
            | "Gather" | "ConstantOfShape" | "DepthToSpace" | "SpaceToDepth" => self.shaped(node),
            _ => self.arithmetic(node),
        };
        Ok(tvec!(one?))
    }

    fn named(&self, node: &proto::Node, at: usize) -> TractResult<Named> {
        let name = node.input.get(at).map(String::as_str).unwrap_or_default();
        self.names.get(name).cloned().with_context(|| format!("expected input {at}"))
    }

    /// Whether a node has input `at`.
    fn has(&self, node: &proto::Node, at: usize) -> bool {
        node.input.get(at).is_some_and(|name| !name.is_empty())
    }

    /// Input `at` in the graph.
    fn input(&mut self, node: &proto::Node, at: usize) -> TractResult<OutletId> {
        match self.named(node, at)? {
            Named::Outlet(outlet) => Ok(outlet),
            Named::Constant(tensor) => self.add(tensor),
        }
    }

    /// Input `at`, which must not depend on the graph's input.
    fn constant(&self, node: &proto::Node, at: usize) -> TractResult<Arc<Tensor>> {
        match self.named(node, at)? {
            Named::Constant(tensor) => Ok(tensor),
            Named::Outlet(_) => bail!("expected a constant as input {at}"),
        }
    }

    /// The integers of input `at`.
    fn integers(&self, node: &proto::Node, at: usize) -> TractResult<Vec<i64>> {
        let tensor = self.constant(node, at)?;
        Ok(tensor.cast_to::<i64>()?.to_plain_array_view::<i64>()?.iter().copied().collect())
    }

    /// The numbers of input `at`.
    fn floats(&self, node: &proto::Node, at: usize) -> TractResult<Vec<f32>> {
        let tensor = self.constant(node, at)?;
        Ok(tensor.cast_to::<f32>()?.to_plain_array_view::<f32>()?.iter().copied().collect())
    }

    fn name(&mut self, what: &str) -> String {
        self.wired += 1;
        format!("{what}.{}", self.wired)
    }

    /// Adds a constant to the graph.
    fn add(&mut self, tensor: impl IntoArcTensor) -> TractResult<OutletId> {
        let name = self.name("constant");
        self.model.add_const(name, tensor)
    }

    /// Adds an operator with one output to the graph.
    fn wire(&mut self, op: impl Into<Box<dyn TypedOp>>, inputs: &[OutletId]) -> TractResult<OutletId> {
        let op = op.into();
        let name = self.name(&op.name());
        Ok(self.model.wire_node(name, op, inputs)?[0])
    }

    /// Adds a function of two numbers to the graph; sides of one, and missing ones, stand for all.
    fn binary(&mut self, op: TypedBinOp, a: OutletId, b: OutletId) -> TractResult<OutletId> {
        let name = self.name(&op.name());
        let [a, b] = [a, b].map(|outlet| self.model.outlet_fact(outlet).map(|fact| (outlet, fact.datum_type)));
        let ((a, a_type), (mut b, b_type)) = (a?, b?);
        if a_type != b_type {
            b = self.wire(cast(a_type), &[b])?;
        }
        Ok(tract_core::ops::change_axes::wire_with_rank_broadcast(name, &mut self.model, op, &[a, b])?[0])
    }

    /// A function of `a` and one number.
    fn with_number(&mut self, op: TypedBinOp, a: OutletId, number: f32) -> TractResult<OutletId> {
        let number = self.add(tensor0(number))?;
        self.binary(op, a, number)
    }

    /// An outlet's shape.
    fn shape(&self, outlet: OutletId) -> TractResult<TVec<usize>> {
        let shape = &self.model.outlet_fact(outlet)?.shape;
        Ok(shape.as_concrete().with_context(|| format!("expected a fixed shape, got {shape:?}"))?.into())
    }
}

/// A constant as float32 or int64.
fn tensor_of(tensor: &proto::Tensor) -> TractResult<Arc<Tensor>> {
    let Constant { shape, numbers } = Constant::read(tensor).map_err(TractError::msg)?;
    let tensor = match numbers {
        Numbers::Floats(numbers) => Tensor::from_shape(&shape, &numbers)?,
        Numbers::Integers(numbers) => Tensor::from_shape(&shape, &numbers)?,
    };
    Ok(tensor.into_arc_tensor())
}

/// The value of a `Constant` node.
fn constant_of(node: &proto::Node) -> TractResult<Arc<Tensor>> {
    let attribute = node.attribute.first().context("expected a value")?;
    Ok(match attribute.name.as_str() {
        "value" => return tensor_of(attribute.t.as_ref().context("expected a tensor")?),
        "value_float" => tensor0(attribute.f),
        "value_int" => tensor0(attribute.i),
        "value_floats" => tensor1(&attribute.floats),
        "value_ints" => tensor1(&attribute.ints),
        other => bail!("a {other} is not known"),
    }
    .into_arc_tensor())
}

/// The type as which a constant or a value of an ONNX type is computed.
fn computed_type(onnx: i64) -> TractResult<DatumType> {
    const INT64: i64 = 7;
    const INT32: i64 = 6;
    match onnx {
        INT32 | INT64 => Ok(i64::datum_type()),
        other if [types::FLOAT, types::FLOAT16].map(i64::from).contains(&other) => Ok(f32::datum_type()),
        other => bail!("a cast to the type {other} is not known"),
    }
}

fn attribute<'n>(node: &'n proto::Node, name: &str) -> Option<&'n proto::Attribute> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// An integer attribute.
fn integer(node: &proto::Node, name: &str) -> Option<i64> {
    attribute(node, name).map(|attribute| attribute.i)
}

/// A number.
fn float(node: &proto::Node, name: &str) -> Option<f32> {
    attribute(node, name).map(|attribute| attribute.f)
}

/// A word.
fn word<'n>(node: &'n proto::Node, name: &str) -> Option<&'n str> {
    attribute(node, name).and_then(|attribute| std::str::from_utf8(&attribute.s).ok())
}

/// A list of integers.
fn integers<'n>(node: &'n proto::Node, name: &str) -> Option<&'n [i64]> {
    attribute(node, name).map(|attribute| &attribute.ints[..])
}

/// A list of sides or distances.
fn sides(node: &proto::Node, name: &str) -> TractResult<Option<TVec<usize>>> {
    let side =
        |&side: &i64| usize::try_from(side).with_context(|| format!("expected {name} of at least 0, got {side}"));
    integers(node, name).map(|all| all.iter().map(side).collect()).transpose()
}

/// An axis of `rank` dimensions as an index.
fn axis_of(axis: i64, rank: usize) -> TractResult<usize> {
    let index = if axis < 0 { axis + rank as i64 } else { axis };
    let index = usize::try_from(index).ok().filter(|&index| index < rank);
    index.with_context(|| format!("expected an axis of {rank} dimensions, got {axis}"))
}
