//! Separable layers within a foreign graph. In: the nodes from one on. Out: how many of them one operator computes.
//!
//! A part is a run of nodes with one map as its input, beside constants, and of which only the last one's output is read by others. It has at
//! least one depthwise convolution: these gain most, and a product alone costs less than bringing its map into blocks.

use std::collections::{HashMap, HashSet};

use tract_core::internal::*;

use super::{Named, Reader};
use crate::graph::Graph;
use crate::graph::read::read_part;
use crate::onnx::constants::{Constant, Numbers};
use crate::onnx::proto;
use crate::tract::part::Part;

/// Operators that a part may have.
const KNOWN: [&str; 6] = ["Conv", "Clip", "Relu", "Add", "ConvTranspose", "Concat"];

/// How many ends are tried for a part: reading one copies its weights.
const TRIES: usize = 4;

impl<'a> Reader<'a> {
    /// Wires a part that begins with the first of `nodes`, if there is one; returns its number of nodes. `uses` counts how often each value is
    /// read in the whole graph.
    pub(super) fn part(
        &mut self,
        nodes: &[&'a proto::Node],
        uses: &HashMap<&str, usize>,
    ) -> TractResult<Option<usize>> {
        let Some(entry) = nodes.first().and_then(|node| self.entry(node)) else { return Ok(None) };
        let Some(Named::Outlet(source)) = self.names.get(entry).cloned() else { return Ok(None) };
        let shape = self.shape(source)?;
        let &[1, channels, height, width] = &shape[..] else { return Ok(None) };
        for end in self.ends(nodes, entry, uses).into_iter().rev().take(TRIES) {
            let nodes = &nodes[..end];
            if !nodes.iter().any(|node| self.is_depthwise(node)) {
                break;
            }
            let output = nodes.last().and_then(|node| node.output.first()).context("expected an output")?;
            let constants = self.constants(nodes)?;
            let program = read_part(nodes, constants, (entry, [channels, height, width]), output);
            if let Ok(graph) = program.and_then(Graph::of_part) {
                let outlet = self.wire(Part::new(graph), &[source])?;
                self.names.insert(output, Named::Outlet(outlet));
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// The only input of a node that is no constant.
    fn entry(&self, node: &'a proto::Node) -> Option<&'a str> {
        let mut inputs = node.input.iter().map(String::as_str);
        let entry = inputs.find(|name| matches!(self.names.get(name), Some(Named::Outlet(_))))?;
        KNOWN.contains(&&*node.op_type).then_some(entry)
    }

    /// The numbers of nodes after which only the last one's output is read by the nodes behind.
    fn ends(&self, nodes: &[&'a proto::Node], entry: &'a str, uses: &HashMap<&str, usize>) -> Vec<usize> {
        let (mut ends, mut left): (Vec<usize>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        for (at, node) in nodes.iter().enumerate() {
            let [output] = &node.output[..] else { break };
            let is_inside = |name: &str| {
                name.is_empty()
                    || name == entry
                    || left.contains_key(name)
                    || matches!(self.names.get(name), Some(Named::Constant(_)))
            };
            if !KNOWN.contains(&&*node.op_type) || !node.input.iter().all(|name| is_inside(name)) {
                break;
            }
            for name in &node.input {
                if let Some(left) = left.get_mut(name.as_str()) {
                    *left -= 1;
                }
            }
            left.insert(output, uses.get(output.as_str()).copied().unwrap_or_default());
            if left.iter().all(|(name, &left)| left == 0 || *name == output) {
                ends.push(at + 1);
            }
        }
        ends
    }

    fn is_depthwise(&self, node: &proto::Node) -> bool {
        node.op_type == "Conv" && super::integer(node, "group").is_some_and(|group| group > 1)
    }

    /// The constants that some nodes read.
    fn constants(&self, nodes: &[&'a proto::Node]) -> TractResult<Vec<(&'a str, Constant)>> {
        let names: HashSet<&str> = nodes.iter().flat_map(|node| &node.input).map(String::as_str).collect();
        let constant = |name| match self.names.get(name) {
            Some(Named::Constant(tensor)) => Some(numbers(tensor).map(|constant| (name, constant))),
            _ => None,
        };
        names.into_iter().filter_map(constant).collect()
    }
}

fn numbers(tensor: &Tensor) -> TractResult<Constant> {
    let numbers = if tensor.datum_type() == i64::datum_type() {
        Numbers::Integers(tensor.to_plain_array_view::<i64>()?.iter().copied().collect())
    } else {
        Numbers::Floats(tensor.cast_to::<f32>()?.to_plain_array_view::<f32>()?.iter().copied().collect())
    };
    Ok(Constant { shape: tensor.shape().to_vec(), numbers })
}
