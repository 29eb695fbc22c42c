//! Normalisations and softmax.

use tract_core::internal::*;
use tract_core::ops::math::{add, mul, rsqrt, sub};
use tract_core::ops::nn::{Softmax, SoftmaxKind};

use super::{Reader, axis_of, float, integer};
use crate::onnx::proto;

impl Reader<'_> {
    pub(super) fn norm(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        let input = self.input(node, 0)?;
        let rank = self.shape(input)?.len();
        let epsilon = float(node, "epsilon").unwrap_or(1e-5);
        match node.op_type.as_str() {
            "BatchNormalization" => self.batch_norm(node, input, epsilon),
            "InstanceNormalization" => {
                let axes: TVec<usize> = (2..rank).collect();
                let normal = self.normalised(input, &axes, epsilon)?;
                let [scale, bias] = [1, 2].map(|at| self.of_channels(node, at, rank));
                let scaled = self.binary(mul(), normal, scale?)?;
                self.binary(add(), scaled, bias?)
            }
            "LayerNormalization" => {
                let axis = axis_of(integer(node, "axis").unwrap_or(-1), rank)?;
                let axes: TVec<usize> = (axis..rank).collect();
                let normal = self.normalised(input, &axes, epsilon)?;
                let scale = self.input(node, 1)?;
                let scaled = self.binary(mul(), normal, scale)?;
                if !self.has(node, 2) {
                    return Ok(scaled);
                }
                let bias = self.input(node, 2)?;
                self.binary(add(), scaled, bias)
            }
            kind => {
                let is_old = self.opset < 13;
                let axis = axis_of(integer(node, "axis").unwrap_or(if is_old { 1 } else { -1 }), rank)?;
                // Before operator set 13, everything from the axis on was one row.
                let axes = if is_old { (axis..rank).collect() } else { tvec!(axis) };
                let kind = if kind == "Softmax" { SoftmaxKind::Softmax } else { SoftmaxKind::LogSoftmax };
                self.wire(Softmax { axes, quant_output_dt: None, kind }, &[input])
            }
        }
    }

    /// scale · (x − mean) / √(variance + ε) + bias with constants: a product and a sum.
    fn batch_norm(&mut self, node: &proto::Node, input: OutletId, epsilon: f32) -> TractResult<OutletId> {
        let channels = self.shape(input)?[1];
        let [scale, bias, mean, variance] = [1, 2, 3, 4].map(|at| self.floats(node, at));
        let (scale, bias, mean, variance) = (scale?, bias?, mean?, variance?);
        ensure!(
            [&scale, &bias, &mean, &variance].iter().all(|all| all.len() == channels),
            "expected {channels} numbers of each kind, got {}",
            scale.len()
        );
        let slope: Vec<f32> =
            scale.iter().zip(&variance).map(|(scale, variance)| scale / (variance + epsilon).sqrt()).collect();
        let start: Vec<f32> =
            bias.iter().zip(&mean).zip(&slope).map(|((bias, mean), slope)| bias - mean * slope).collect();
        let mut shape = tvec!(1; self.shape(input)?.len());
        shape[1] = channels;
        let [slope, start] = [slope, start].map(|all| self.add(Tensor::from_shape(&shape, &all)?));
        let scaled = self.binary(mul(), input, slope?)?;
        self.binary(add(), scaled, start?)
    }

    /// (x − mean) / √(variance + ε) over some axes.
    fn normalised(&mut self, input: OutletId, axes: &[usize], epsilon: f32) -> TractResult<OutletId> {
        let mean = self.mean(input, axes)?;
        let centred = self.binary(sub(), input, mean)?;
        let squares = self.binary(mul(), centred, centred)?;
        let variance = self.mean(squares, axes)?;
        let variance = self.with_number(add(), variance, epsilon)?;
        let factor = self.wire(rsqrt(), &[variance])?;
        self.binary(mul(), centred, factor)
    }

    /// Input `at`, a number for each channel, in the shape of a map of `rank` dimensions.
    fn of_channels(&mut self, node: &proto::Node, at: usize, rank: usize) -> TractResult<OutletId> {
        let numbers = self.floats(node, at)?;
        let mut shape = tvec!(1; rank);
        shape[1] = numbers.len();
        self.add(Tensor::from_shape(&shape, &numbers)?)
    }
}
