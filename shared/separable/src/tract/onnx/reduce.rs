//! Reductions.

use tract_core::internal::*;
use tract_core::ops::math::{mul, sqrt};
use tract_core::ops::nn::{Reduce, Reducer};

use super::{Reader, axis_of, integer, integers};
use crate::onnx::proto;

impl Reader<'_> {
    pub(super) fn reduced(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        let input = self.input(node, 0)?;
        let rank = self.shape(input)?.len();
        let axes = if self.has(node, 1) {
            self.integers(node, 1)?
        } else {
            integers(node, "axes").unwrap_or_default().to_vec()
        };
        if axes.is_empty() && integer(node, "noop_with_empty_axes").unwrap_or(0) != 0 {
            return Ok(input);
        }
        let mut axes = axes.into_iter().map(|axis| axis_of(axis, rank)).collect::<TractResult<TVec<usize>>>()?;
        if axes.is_empty() {
            axes = (0..rank).collect();
        }
        axes.sort_unstable();
        let mut found = match node.op_type.as_str() {
            "ReduceMean" => self.mean(input, &axes)?,
            "ReduceSum" => self.wire(Reduce::new(axes.clone(), Reducer::Sum), &[input])?,
            // The root of the sum of squares.
            "ReduceL2" => {
                let squares = self.binary(mul(), input, input)?;
                let sum = self.wire(Reduce::new(axes.clone(), Reducer::Sum), &[squares])?;
                self.wire(sqrt(), &[sum])?
            }
            "ReduceMax" => self.wire(Reduce::new(axes.clone(), Reducer::Max), &[input])?,
            _ => self.wire(Reduce::new(axes.clone(), Reducer::Min), &[input])?,
        };
        if integer(node, "keepdims").unwrap_or(1) == 0 {
            for &axis in axes.iter().rev() {
                found = self.wire(AxisOp::Rm(axis), &[found])?;
            }
        }
        Ok(found)
    }

    /// Means over some axes, which stay with sides of one.
    pub(super) fn mean(&mut self, input: OutletId, axes: &[usize]) -> TractResult<OutletId> {
        let shape = self.shape(input)?;
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        let sum = self.wire(Reduce::new(axes.into(), Reducer::Sum), &[input])?;
        self.with_number(mul(), sum, 1.0 / count.max(1) as f32)
    }
}
