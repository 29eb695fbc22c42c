//! Nodes that move numbers: parts, joins, other shapes, other orders.

use tract_core::internal::*;
use tract_core::ops::array::{Gather, MultiBroadcastTo, Pad, PadMode, Slice, TypedConcat};
use tract_core::ops::change_axes::perm_to_ops;

use super::{Reader, attribute, axis_of, integer, integers, sides, tensor_of, word};
use crate::onnx::proto;

impl Reader<'_> {
    pub(super) fn shaped(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        if node.op_type == "ConstantOfShape" {
            return self.constant_of_shape(node);
        }
        let input = self.input(node, 0)?;
        let shape = self.shape(input)?;
        match node.op_type.as_str() {
            "Concat" => {
                let axis = axis_of(integer(node, "axis").context("expected an axis")?, shape.len())?;
                let inputs = (0..node.input.len()).map(|at| self.input(node, at)).collect::<TractResult<Vec<_>>>()?;
                self.wire(TypedConcat { axis }, &inputs)
            }
            "Slice" => self.slice(node, input, &shape),
            "Pad" => self.pad(node, input, shape.len()),
            "Transpose" => {
                let order = sides(node, "perm")?.unwrap_or_else(|| (0..shape.len()).rev().collect());
                let mut sorted = order.clone();
                sorted.sort_unstable();
                ensure!(
                    sorted.iter().copied().eq(0..shape.len()),
                    "expected an order of {} axes, got {order:?}",
                    shape.len()
                );
                self.transpose(input, &order)
            }
            "Reshape" => {
                let wanted = self.integers(node, 1)?;
                let keeps_zero = integer(node, "allowzero").unwrap_or(0) == 0;
                let wanted = reshaped(&shape, &wanted, keeps_zero)?;
                self.reshape(input, &wanted)
            }
            "Flatten" => {
                let axis = integer(node, "axis").unwrap_or(1);
                let axis = if axis == shape.len() as i64 { shape.len() } else { axis_of(axis, shape.len())? };
                self.reshape(input, &[shape[..axis].iter().product(), shape[axis..].iter().product()])
            }
            "Squeeze" => {
                let mut axes = self.axes(node, shape.len())?;
                if axes.is_empty() {
                    axes = (0..shape.len()).filter(|&axis| shape[axis] == 1).collect();
                }
                axes.iter().rev().try_fold(input, |found, &axis| self.wire(AxisOp::Rm(axis), &[found]))
            }
            "Unsqueeze" => {
                let count = if self.has(node, 1) {
                    self.integers(node, 1)?.len()
                } else {
                    integers(node, "axes").map_or(0, <[i64]>::len)
                };
                let axes = self.axes(node, shape.len() + count)?;
                axes.iter().try_fold(input, |found, &axis| self.wire(AxisOp::Add(axis), &[found]))
            }
            "Expand" => self.expand(node, input, &shape),
            "Gather" => {
                let axis = axis_of(integer(node, "axis").unwrap_or(0), shape.len())?;
                let indices = self.input(node, 1)?;
                self.wire(Gather { axis, output_type: None }, &[input, indices])
            }
            kind => self.between_depth_and_space(node, input, &shape, kind == "DepthToSpace"),
        }
    }

    /// The axes of an input or, before operator set 13, of an attribute, in rising order.
    fn axes(&self, node: &proto::Node, rank: usize) -> TractResult<Vec<usize>> {
        let axes = if self.has(node, 1) {
            self.integers(node, 1)?
        } else {
            integers(node, "axes").unwrap_or_default().to_vec()
        };
        let mut axes = axes.into_iter().map(|axis| axis_of(axis, rank)).collect::<TractResult<Vec<_>>>()?;
        axes.sort_unstable();
        Ok(axes)
    }

    /// The same numbers in another shape.
    pub(super) fn reshape(&mut self, input: OutletId, shape: &[usize]) -> TractResult<OutletId> {
        let own = self.shape(input)?;
        if own[..] == *shape {
            return Ok(input);
        }
        let dims = |shape: &[usize]| shape.iter().map(|side| side.to_dim()).collect();
        self.wire(AxisOp::Reshape(0, dims(&own), dims(shape)), &[input])
    }

    fn transpose(&mut self, input: OutletId, order: &[usize]) -> TractResult<OutletId> {
        perm_to_ops(order).into_iter().try_fold(input, |found, op| self.wire(op, &[found]))
    }

    fn constant_of_shape(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        let value = match attribute(node, "value").and_then(|attribute| attribute.t.as_ref()) {
            Some(tensor) => tensor_of(tensor)?.into_tensor().into_shape(&[])?,
            None => tensor0(0.0_f32),
        };
        let shape = self.integers(node, 0)?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>()?;
        self.add(value.broadcast_scalar_to_shape(&shape)?)
    }

    fn slice(&mut self, node: &proto::Node, input: OutletId, shape: &[usize]) -> TractResult<OutletId> {
        // Before operator set 10, everything was an attribute.
        let list = |at: usize, name: &str| match self.has(node, at) {
            true => self.integers(node, at),
            false => Ok(integers(node, name).unwrap_or_default().to_vec()),
        };
        let (starts, ends, mut axes, steps) =
            (list(1, "starts")?, list(2, "ends")?, list(3, "axes")?, list(4, "steps")?);
        ensure!(steps.iter().all(|&step| step == 1), "expected steps of 1, got {steps:?}");
        if axes.is_empty() {
            axes = (0..starts.len() as i64).collect();
        }
        ensure!(starts.len() == axes.len() && ends.len() == axes.len(), "expected a start and an end for each axis");
        let mut found = input;
        for ((start, end), axis) in starts.into_iter().zip(ends).zip(axes) {
            let axis = axis_of(axis, shape.len())?;
            let side = shape[axis] as i64;
            let within = |at: i64| (if at < 0 { at.saturating_add(side) } else { at }).clamp(0, side) as usize;
            let (start, end) = (within(start), within(end));
            ensure!(start < end, "expected a part of {side}, got {start} to {end}");
            found = self.wire(Slice::new(axis, start, end), &[found])?;
        }
        Ok(found)
    }

    pub(super) fn split(&mut self, node: &proto::Node) -> TractResult<TVec<OutletId>> {
        let input = self.input(node, 0)?;
        let shape = self.shape(input)?;
        let axis = axis_of(integer(node, "axis").unwrap_or(0), shape.len())?;
        let given = if self.has(node, 1) {
            Some(self.integers(node, 1)?)
        } else {
            integers(node, "split").map(<[i64]>::to_vec)
        };
        let count = node.output.len().max(1);
        let sizes = match given {
            Some(sizes) => sizes.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>()?,
            None => {
                let one = shape[axis].div_ceil(count);
                (0..count).map(|at| one.min(shape[axis].saturating_sub(at * one))).collect()
            }
        };
        ensure!(
            sizes.len() == count && sizes.iter().sum::<usize>() == shape[axis],
            "expected {count} parts of {}, got {sizes:?}",
            shape[axis]
        );
        let mut start = 0;
        let part = |size: usize| {
            start += size;
            self.wire(Slice::new(axis, start - size, start), &[input])
        };
        sizes.into_iter().map(part).collect()
    }

    fn pad(&mut self, node: &proto::Node, input: OutletId, rank: usize) -> TractResult<OutletId> {
        ensure!(!self.has(node, 3), "axes of a Pad are not known");
        let pads = if self.has(node, 1) {
            self.integers(node, 1)?
        } else {
            integers(node, "pads").unwrap_or_default().to_vec()
        };
        let pads = pads.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>()?;
        ensure!(pads.len() == 2 * rank, "expected {} pads, got {pads:?}", 2 * rank);
        let mode = match word(node, "mode").unwrap_or("constant") {
            "constant" => {
                let value = if self.has(node, 2) {
                    self.floats(node, 2)?.first().copied()
                } else {
                    super::float(node, "value")
                };
                PadMode::Constant(tensor0(value.unwrap_or(0.0)).into_arc_tensor())
            }
            "reflect" => PadMode::Reflect,
            "edge" => PadMode::Edge,
            other => bail!("the mode {other} is not known"),
        };
        let pads = pads[..rank].iter().copied().zip(pads[rank..].iter().copied()).collect();
        self.wire(Pad { pads, mode }, &[input])
    }

    fn expand(&mut self, node: &proto::Node, input: OutletId, shape: &[usize]) -> TractResult<OutletId> {
        let wanted = self.integers(node, 1)?.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>()?;
        let rank = wanted.len().max(shape.len());
        let longer = |sides: &[usize]| [vec![1; rank - sides.len()], sides.to_vec()].concat();
        let (own, wanted) = (longer(shape), longer(&wanted));
        let sides = own.iter().zip(&wanted).map(|(&own, &wanted)| match (own, wanted) {
            (own, wanted) if own == wanted || wanted == 1 => Ok(own),
            (1, wanted) => Ok(wanted),
            (own, wanted) => bail!("expected a side of 1 or {wanted}, got {own}"),
        });
        let sides = sides.collect::<TractResult<TVec<usize>>>()?;
        let input = self.reshape(input, &own)?;
        let shape = ShapeFact::from_dims(sides.iter().map(|side| side.to_dim()));
        self.wire(MultiBroadcastTo { shape }, &[input])
    }

    fn between_depth_and_space(
        &mut self,
        node: &proto::Node,
        input: OutletId,
        shape: &[usize],
        to_space: bool,
    ) -> TractResult<OutletId> {
        let side = integer(node, "blocksize").and_then(|side| usize::try_from(side).ok()).filter(|&side| side > 0);
        let side = side.context("expected a blocksize")?;
        let &[n, c, h, w] = shape else { bail!("expected a map, got {shape:?}") };
        if !to_space {
            ensure!(h.is_multiple_of(side) && w.is_multiple_of(side), "expected sides of whole blocks, got {h}×{w}");
            let split = self.reshape(input, &[n, c, h / side, side, w / side, side])?;
            let moved = self.transpose(split, &[0, 3, 5, 1, 2, 4])?;
            return self.reshape(moved, &[n, c * side * side, h / side, w / side]);
        }
        ensure!(c.is_multiple_of(side * side), "expected channels of whole blocks, got {c}");
        let own = c / (side * side);
        let (split, order) = match word(node, "mode").unwrap_or("DCR") {
            "DCR" => ([n, side, side, own, h, w], [0, 3, 4, 1, 5, 2]),
            "CRD" => ([n, own, side, side, h, w], [0, 1, 4, 2, 5, 3]),
            other => bail!("the mode {other} is not known"),
        };
        let split = self.reshape(input, &split)?;
        let moved = self.transpose(split, &order)?;
        self.reshape(moved, &[n, own, h * side, w * side])
    }
}

/// The shape that a `Reshape` computes: 0 keeps a side, −1 is what is left.
fn reshaped(own: &[usize], wanted: &[i64], keeps_zero: bool) -> TractResult<Vec<usize>> {
    let side = |(at, &side): (usize, &i64)| match side {
        -1 => Ok(None),
        0 if keeps_zero => own.get(at).copied().map(Some).context("expected as many sides as before"),
        side => Ok(Some(usize::try_from(side)?)),
    };
    let sides = wanted.iter().enumerate().map(side).collect::<TractResult<Vec<_>>>()?;
    let (count, known): (usize, usize) = (own.iter().product(), sides.iter().flatten().product());
    let left = count.checked_div(known).unwrap_or(0);
    let shape: Vec<usize> = sides.into_iter().map(|side| side.unwrap_or(left)).collect();
    ensure!(shape.iter().product::<usize>() == count, "expected a shape of {count} numbers, got {wanted:?}");
    Ok(shape)
}
