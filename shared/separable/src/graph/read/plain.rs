//! Nodes over plain numbers, activations, sums, and what can be computed while reading.

use super::{Named, Reader, axis_of, float, inner_axis, integer, integers};
use crate::graph::op::{Binary, Form, Op, Operand, Reduction, Unary, ValueId};
use crate::map::LANES;
use crate::onnx::constants::{Constant, Numbers};
use crate::onnx::proto;
use crate::weights::Clamp;

impl<'a> Reader<'a> {
    /// A node whose inputs are constants.
    pub(super) fn folded(&mut self, node: &'a proto::Node, name: &'a str) -> Result<(), String> {
        let first = self.constant_input(node, 0)?;
        let integers_of = |at: usize| self.constant_input(node, at).map(Constant::to_integers);
        let constant = match node.op_type.as_str() {
            "DequantizeLinear" => {
                let scale = self.constant_input(node, 1)?.floats();
                let zero = match node.input.get(2) {
                    Some(name) if !name.is_empty() => self.constant_input(node, 2)?.floats(),
                    _ => Vec::new(),
                };
                let axis = axis_of(integer(node, "axis").unwrap_or(1), first.shape.len().max(1))?;
                first.dequantised(&scale, &zero, axis)?
            }
            "Mul" => first.times(self.constant_input(node, 1)?)?,
            "Cast" => match integer(node, "to") {
                Some(1 | 10) => Constant { shape: first.shape.clone(), numbers: Numbers::Floats(first.floats()) },
                Some(6 | 7) => Constant { shape: first.shape.clone(), numbers: Numbers::Integers(first.to_integers()) },
                to => return Err(format!("a cast to {to:?} is not known")),
            },
            "Unsqueeze" | "Squeeze" | "Reshape" => {
                let mut constant = first.clone();
                constant.shape = match node.op_type.as_str() {
                    "Reshape" => {
                        let shape = integers_of(1)?;
                        let whole = constant.len();
                        resolved(&shape, &constant.shape, whole)?
                    }
                    "Unsqueeze" if constant.len() == 1 => vec![1],
                    "Squeeze" if constant.len() == 1 => Vec::new(),
                    other => return Err(format!("a {other} of a list is not known")),
                };
                constant
            }
            "Slice" => {
                let list = first.to_integers();
                let (starts, ends) = (integers_of(1)?, integers_of(2)?);
                let (&[start], &[end]) = (&starts[..], &ends[..]) else {
                    return Err("expected a slice of a list".to_owned());
                };
                let bound = |at: i64| (if at < 0 { at + list.len() as i64 } else { at }).clamp(0, list.len() as i64);
                let (start, end) = (bound(start) as usize, bound(end) as usize);
                Constant::integers(list.get(start..end).unwrap_or_default().to_vec())
            }
            "Gather" => {
                let (list, at) = (first.to_integers(), integers_of(1)?);
                let picked: Option<Vec<i64>> =
                    at.iter().map(|&at| axis_of(at, list.len()).ok().map(|at| list[at])).collect();
                Constant::integers(picked.ok_or("expected indices within the list")?)
            }
            "Concat" => {
                let parts: Result<Vec<Vec<i64>>, String> = (0..node.input.len()).map(integers_of).collect();
                Constant::integers(parts?.concat())
            }
            other => return Err(format!("a {other} of constants is not known")),
        };
        self.names.insert(name, Named::Constant(constant));
        Ok(())
    }

    pub(super) fn plain_node(&mut self, node: &'a proto::Node, name: &'a str) -> Result<(), String> {
        let shape_of = |reader: &Self, value: ValueId| reader.values[value].shape.clone();
        let unary = |reader: &mut Self, function: Unary| {
            let from = reader.input(node, 0)?;
            reader.unary(from, name, function)
        };
        let out = match node.op_type.as_str() {
            "Relu" => return self.clamp(node, name, Clamp { low: 0.0, high: f32::INFINITY }),
            "Clip" => {
                let bound = |at: usize, attribute: &str| match node.input.get(at) {
                    Some(name) if !name.is_empty() => {
                        self.constant_input(node, at).map(|bound| bound.floats().first().copied())
                    }
                    _ => Ok(float(node, attribute)),
                };
                let low = bound(1, "min")?.unwrap_or(f32::NEG_INFINITY);
                let high = bound(2, "max")?.unwrap_or(f32::INFINITY);
                return self.clamp(node, name, Clamp { low, high });
            }
            "Sqrt" => return unary(self, Unary::SquareRoot),
            "Exp" => return unary(self, Unary::Exponential),
            "Sigmoid" => return unary(self, Unary::Sigmoid),
            "Reciprocal" => return unary(self, Unary::Reciprocal),
            "Add" => match self.residual(node)? {
                Some(out) => out,
                None => self.binary(node, Binary::Add)?,
            },
            "Sub" => self.binary(node, Binary::Subtract)?,
            "Mul" => self.binary(node, Binary::Multiply)?,
            "Div" => self.binary(node, Binary::Divide)?,
            "MatMul" => self.product(node)?,
            "Concat" => self.concatenated(node)?,
            "Expand" => {
                let from = self.input(node, 0)?;
                let shape = self.constant_input(node, 1)?.to_integers();
                let zeros: Vec<usize> = shape.iter().skip(1).map(|&side| side.max(1) as usize).collect();
                let zeros = Operand::Constant(zeros.clone(), vec![0.0; zeros.iter().product()]);
                let from = self.plain(from);
                self.combined(Binary::Add, [Operand::Value(from), zeros])?
            }
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshaped(node)?,
            "Softmax" => {
                let from = self.input(node, 0)?;
                let from = self.plain(from);
                let shape = shape_of(self, from);
                let axis = inner_axis(integer(node, "axis").unwrap_or(-1), shape.len() + 1)?;
                self.add_plain(Op::Softmax { from, axis }, shape)
            }
            "Transpose" => {
                let from = self.input(node, 0)?;
                let from = self.plain(from);
                let shape = shape_of(self, from);
                let perm = integers(node, "perm");
                if perm.len() != shape.len() + 1 || perm.first() != Some(&0) {
                    return Err(format!("expected an order that keeps the batch first, got {perm:?}"));
                }
                let order: Vec<usize> =
                    perm[1..].iter().map(|&axis| inner_axis(axis, shape.len() + 1)).collect::<Result<_, _>>()?;
                let shape = order.iter().map(|&axis| shape[axis]).collect();
                self.add_plain(Op::Transpose { from, order }, shape)
            }
            "ReduceMean" => self.reduced(node, Reduction::Mean)?,
            "ReduceMin" => self.reduced(node, Reduction::Least)?,
            "ReduceSum" => self.reduced(node, Reduction::Sum)?,
            "ReduceL2" => self.reduced(node, Reduction::Norm)?,
            "Gather" => {
                let from = self.input(node, 0)?;
                let from = self.plain(from);
                let mut shape = shape_of(self, from);
                let axis = inner_axis(integer(node, "axis").unwrap_or(0), shape.len() + 1)?;
                let index = self.constant_input(node, 1)?;
                let (is_scalar, index) = (index.shape.is_empty(), index.to_integers());
                let &[index] = &index[..] else { return Err("expected one index".to_owned()) };
                let first = axis_of(index, shape[axis])?;
                shape[axis] = 1;
                let slice = self.add_plain(Op::Slice { from, axis, first, length: 1 }, shape.clone());
                if is_scalar {
                    shape.remove(axis);
                }
                self.add_plain(Op::Reshape(slice), shape)
            }
            "Slice" => self.sliced(node)?,
            other => return Err(format!("a {other} is not known")),
        };
        self.names.insert(name, Named::Value(out));
        Ok(())
    }

    /// A sum of a map and what a convolution before it computes becomes a part of the convolution.
    fn residual(&mut self, node: &proto::Node) -> Result<Option<ValueId>, String> {
        let (Ok(a), Ok(b)) = (self.input(node, 0), self.input(node, 1)) else { return Ok(None) };
        let is_map = |value: ValueId| matches!(self.values[value].form, Form::Map(_));
        if !is_map(a) || !is_map(b) || self.values[a].shape != self.values[b].shape {
            return Ok(None);
        }
        for (own, other, at) in [(b, a, 1), (a, b, 0)] {
            let before = self.computed_by.get(&other).copied();
            let Some(&own_at) = self.computed_by.get(&own) else { continue };
            if self.is_only_reader(node, at)
                && before.is_none_or(|before| before < own_at)
                && let Op::Convolution(convolution) = &mut self.nodes[own_at].op
                && convolution.is_pointwise()
                && convolution.added.is_none()
                && convolution.clamp == Clamp::NONE
            {
                convolution.added = Some(other);
                return Ok(Some(own));
            }
        }
        Ok(None)
    }

    fn operand(&mut self, node: &proto::Node, at: usize) -> Result<Operand, String> {
        if let Ok(value) = self.input(node, at) {
            return Ok(Operand::Value(self.plain(value)));
        }
        let constant = self.constant_input(node, at)?;
        // A constant of full rank has a leading one; others lack it and the batch's dimension goes before them.
        Ok(Operand::Constant(constant.shape.clone(), constant.floats()))
    }

    fn binary(&mut self, node: &proto::Node, function: Binary) -> Result<ValueId, String> {
        let mut operands = [self.operand(node, 0)?, self.operand(node, 1)?];
        let rank = operands
            .iter()
            .filter_map(|operand| match operand {
                Operand::Value(value) => Some(self.values[*value].shape.len() + 1),
                Operand::Constant(..) => None,
            })
            .max();
        for operand in &mut operands {
            if let Operand::Constant(shape, _) = operand
                && Some(shape.len()) == rank
                && shape.first() == Some(&1)
            {
                shape.remove(0);
            }
            if let Operand::Constant(shape, _) = operand
                && rank.is_some_and(|rank| shape.len() >= rank)
            {
                return Err(format!("expected a constant for one picture, got {shape:?}"));
            }
        }
        self.combined(function, operands)
    }

    fn shape_of(&self, operand: &Operand) -> Vec<usize> {
        match operand {
            Operand::Value(value) => self.values[*value].shape.clone(),
            Operand::Constant(shape, _) => shape.clone(),
        }
    }

    fn combined(&mut self, function: Binary, operands: [Operand; 2]) -> Result<ValueId, String> {
        let [a, b] = [0, 1].map(|at| self.shape_of(&operands[at]));
        let is_value = |at: usize| matches!(operands[at], Operand::Value(_));
        // Values of different rank would align their batch with another dimension.
        if is_value(0) && is_value(1) && a.len() != b.len() {
            return Err(format!("expected two values of one rank, got {a:?} and {b:?}"));
        }
        let rank = a.len().max(b.len());
        let side = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
        let mut shape = Vec::with_capacity(rank);
        for at in 0..rank {
            match (side(&a, at), side(&b, at)) {
                (1, other) | (other, 1) => shape.push(other),
                (one, other) if one == other => shape.push(one),
                _ => return Err(format!("expected shapes that fit each other, got {a:?} and {b:?}")),
            }
        }
        Ok(self.add_plain(Op::Binary { function, operands }, shape))
    }

    fn product(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let mut operands = [self.operand(node, 0)?, self.operand(node, 1)?];
        for operand in &mut operands {
            if let Operand::Constant(shape, _) = operand {
                while shape.len() > 2 && shape.first() == Some(&1) {
                    shape.remove(0);
                }
            }
        }
        let [a, b] = [0, 1].map(|at| self.shape_of(&operands[at]));
        let shape = match (&a[..], &b[..]) {
            (&[rows, inner], &[also, columns]) if inner == also => vec![rows, columns],
            // Rows of the batch by a matrix.
            (&[inner], &[also, columns]) if inner == also && matches!(operands[1], Operand::Constant(..)) => {
                vec![columns]
            }
            _ => return Err(format!("expected two matrices that fit each other, got {a:?} and {b:?}")),
        };
        Ok(self.add_plain(Op::Product(operands), shape))
    }

    fn concatenated(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let values: Vec<ValueId> = (0..node.input.len()).map(|at| self.input(node, at)).collect::<Result<_, _>>()?;
        let first = self.values[values[0]].shape.clone();
        let axis = inner_axis(integer(node, "axis").unwrap_or(1), first.len() + 1)?;
        let mut shape = first.clone();
        shape[axis] = 0;
        for &value in &values {
            let other = &self.values[value].shape;
            let is_beside =
                other.len() == first.len() && (0..first.len()).all(|at| at == axis || other[at] == first[at]);
            if !is_beside {
                return Err(format!("expected {other:?} to fit {first:?} on axis {axis}"));
            }
            shape[axis] += other[axis];
        }
        let (last, before) = values.split_last().ok_or("expected inputs")?;
        let are_maps = values.iter().all(|&value| matches!(self.values[value].form, Form::Map(_)));
        let are_whole = before.iter().all(|&value| self.values[value].shape[0].is_multiple_of(LANES));
        if axis == 0 && are_maps && are_whole && self.values[*last].shape.len() == 3 {
            let map = [shape[0], shape[1], shape[2]];
            return Ok(self.add_map(Op::Channels(values), map));
        }
        let from = values.into_iter().map(|value| self.plain(value)).collect();
        Ok(self.add_plain(Op::Concatenate { from, axis }, shape))
    }

    fn reshaped(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let from = self.plain(from);
        let inner = self.values[from].shape.clone();
        let whole: Vec<usize> = [1].into_iter().chain(inner.iter().copied()).collect();
        let axes = match node.input.get(1) {
            Some(name) if !name.is_empty() => self.constant_input(node, 1)?.to_integers(),
            _ => integers(node, "axes").to_vec(),
        };
        let shape: Vec<usize> = match node.op_type.as_str() {
            "Reshape" => resolved(&axes, &whole, self.values[from].len())?,
            "Flatten" if integer(node, "axis").unwrap_or(1) == 1 => vec![1, inner.iter().product()],
            "Flatten" => return Err("expected a Flatten that keeps the batch".to_owned()),
            "Squeeze" => {
                let gone: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, whole.len())).collect::<Result<_, _>>()?;
                (0..whole.len()).filter(|at| !gone.contains(at)).map(|at| whole[at]).collect()
            }
            _ => {
                let rank = whole.len() + axes.len();
                let new: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?;
                let mut old = whole.iter().copied();
                (0..rank).map(|at| if new.contains(&at) { 1 } else { old.next().unwrap_or(1) }).collect()
            }
        };
        if shape.first() != Some(&1) || shape.iter().product::<usize>() != self.values[from].len() {
            return Err(format!("expected a shape of one picture with as many numbers, got {shape:?}"));
        }
        Ok(self.add_plain(Op::Reshape(from), shape[1..].to_vec()))
    }

    fn reduced(&mut self, node: &proto::Node, reduction: Reduction) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let from = self.plain(from);
        let mut shape = self.values[from].shape.clone();
        let axes = match node.input.get(1) {
            Some(name) if !name.is_empty() => self.constant_input(node, 1)?.to_integers(),
            _ => integers(node, "axes").to_vec(),
        };
        let axes: Vec<usize> = axes.iter().map(|&axis| inner_axis(axis, shape.len() + 1)).collect::<Result<_, _>>()?;
        if axes.is_empty() {
            return Err("expected axes".to_owned());
        }
        for &axis in &axes {
            shape[axis] = 1;
        }
        let out = self.add_plain(Op::Reduce { from, reduction, axes: axes.clone() }, shape.clone());
        if integer(node, "keepdims").unwrap_or(1) == 1 {
            return Ok(out);
        }
        let kept = (0..shape.len()).filter(|at| !axes.contains(at)).map(|at| shape[at]).collect();
        Ok(self.add_plain(Op::Reshape(out), kept))
    }

    fn sliced(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let mut from = self.plain(from);
        let list = |at: usize| match node.input.get(at) {
            Some(name) if !name.is_empty() => self.constant_input(node, at).map(Constant::to_integers).map(Some),
            _ => Ok(None),
        };
        let (starts, ends) = (list(1)?.unwrap_or_default(), list(2)?.unwrap_or_default());
        let axes = list(3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        if list(4)?.is_some_and(|steps| steps.iter().any(|&step| step != 1)) {
            return Err("expected a slice with steps of one".to_owned());
        }
        for ((&start, &end), &axis) in starts.iter().zip(&ends).zip(&axes) {
            let mut shape = self.values[from].shape.clone();
            let axis = inner_axis(axis, shape.len() + 1)?;
            let side = shape[axis] as i64;
            let bound = |at: i64| (if at < 0 { at + side } else { at }).clamp(0, side) as usize;
            let (first, end) = (bound(start), bound(end));
            if first >= end {
                return Err("expected a slice that is not empty".to_owned());
            }
            shape[axis] = end - first;
            from = self.add_plain(Op::Slice { from, axis, first, length: end - first }, shape);
        }
        Ok(from)
    }
}

/// A shape in which −1 is what is left and 0 is the former shape's.
fn resolved(shape: &[i64], former: &[usize], whole: usize) -> Result<Vec<usize>, String> {
    let known: Vec<Option<usize>> = shape
        .iter()
        .enumerate()
        .map(|(at, &side)| if side == 0 { former.get(at).copied() } else { usize::try_from(side).ok() })
        .collect();
    let product: usize = known.iter().flatten().product();
    let unknown = known.iter().filter(|side| side.is_none()).count();
    if unknown > 1 || product == 0 || !whole.is_multiple_of(product) {
        return Err(format!("expected a shape of {whole} numbers, got {shape:?}"));
    }
    Ok(known.into_iter().map(|side| side.unwrap_or(whole / product)).collect())
}
