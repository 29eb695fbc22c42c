//! Rewrites a graph so that it computes the same with fewer multiply-adds.

use super::op::{Convolution, Form, Node, Op, Program, Value, ValueId};
use crate::weights::Clamp;

/// Joins 1×1 convolutions where that saves work, and multiplies by the weights before a map is doubled instead of after.
pub(super) fn rewrite(mut graph: Program) -> Program {
    join(&mut graph);
    multiply_before_doubling(&mut graph);
    let live = live(&graph.nodes, graph.values.len(), graph.output);
    graph.nodes.retain(|node| live[node.out]);
    graph
}

/// Whether the output depends on each value.
fn live(nodes: &[Node], values: usize, output: ValueId) -> Vec<bool> {
    let mut live = vec![false; values];
    live[output] = true;
    // Operators read only what comes before them.
    for node in nodes.iter().rev() {
        if live[node.out] {
            for value in node.op.reads() {
                live[value] = true;
            }
        }
    }
    live
}

/// `second ∘ first`, both 1×1.
fn composed(first: &Convolution, second: &Convolution) -> Convolution {
    let (inputs, between) = (first.inputs, first.outputs);
    let mut weights = vec![0.0; second.outputs * inputs];
    let mut bias = second.bias.clone();
    for (output, (row, bias)) in weights.chunks_exact_mut(inputs).zip(&mut bias).enumerate() {
        for middle in 0..between {
            let factor = second.weights[output * between + middle];
            *bias += factor * first.bias[middle];
            for (sum, weight) in row.iter_mut().zip(&first.weights[middle * inputs..]) {
                *sum += factor * weight;
            }
        }
    }
    Convolution { from: first.from, inputs, weights, bias, ..second.clone() }
}

/// Joins a 1×1 convolution without activation with a 1×1 convolution that is its only reader.
fn join(graph: &mut Program) {
    let readers = graph.readers();
    let nodes = &mut graph.nodes;
    for at in 0..nodes.len() {
        let Op::Convolution(second) = &nodes[at].op else { continue };
        let before = nodes[..at].iter().find(|node| node.out == second.from);
        if let Some(Node { op: Op::Convolution(first), .. }) = before
            && second.is_pointwise()
            && first.is_pointwise()
            && first.clamp == Clamp::NONE
            && first.added.is_none()
            && readers[second.from] == 1
            && first.inputs * second.outputs <= first.inputs * first.outputs + first.outputs * second.outputs
        {
            nodes[at].op = Op::Convolution(Box::new(composed(first, second)));
        }
    }
}

/// A 1×1 convolution of a doubled map beside another is the sum of a doubled product of the small map, which has a quarter of the
/// pixels, and a product of the other.
fn multiply_before_doubling(graph: &mut Program) {
    let readers = graph.readers();
    let mut nodes: Vec<Node> = Vec::with_capacity(graph.nodes.len() + 4);
    for node in std::mem::take(&mut graph.nodes) {
        let Op::Convolution(convolution) = &node.op else {
            nodes.push(node);
            continue;
        };
        let computes = |value: ValueId| nodes.iter().find(|node| node.out == value).map(|node| &node.op);
        let parts = match computes(convolution.from) {
            Some(Op::Channels(parts)) => match parts[..] {
                [doubled, skip] => match computes(doubled) {
                    Some(&Op::Double(small)) => Some((small, doubled, skip)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some((small, doubled, skip)) = parts
            .filter(|_| convolution.is_pointwise() && convolution.added.is_none() && readers[convolution.from] == 1)
        else {
            nodes.push(node);
            continue;
        };
        let &[channels, height, width] = &graph.values[doubled].shape[..] else {
            nodes.push(node);
            continue;
        };
        let split = |from: usize, to: usize| -> Vec<f32> {
            convolution.weights.chunks_exact(convolution.inputs).flat_map(|row| row[from..to].to_vec()).collect()
        };
        let mut add = |op: Op, shape: [usize; 3]| {
            graph.values.push(Value { shape: shape.to_vec(), form: Form::Map(shape) });
            let out = graph.values.len() - 1;
            nodes.push(Node { op, out, name: node.name.clone() });
            out
        };
        let outputs = convolution.outputs;
        let first = Convolution {
            from: small,
            inputs: channels,
            weights: split(0, channels),
            bias: vec![0.0; outputs],
            clamp: Clamp::NONE,
            ..(**convolution).clone()
        };
        let product = add(Op::Convolution(Box::new(first)), [outputs, height / 2, width / 2]);
        let product = add(Op::Double(product), [outputs, height, width]);
        let second = Convolution {
            from: skip,
            inputs: convolution.inputs - channels,
            weights: split(channels, convolution.inputs),
            added: Some(product),
            ..(**convolution).clone()
        };
        nodes.push(Node { op: Op::Convolution(Box::new(second)), out: node.out, name: node.name });
    }
    graph.nodes = nodes;
}
