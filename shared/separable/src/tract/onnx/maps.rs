//! Nodes over maps: convolutions, pools, resampling.

use tract_core::internal::*;
use tract_core::ops::array::Gather;
use tract_core::ops::cnn::{Conv, Deconv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::nn::{CoordTransformer, DataFormat, Interpolator, Nearest, Reducer, Resize};

use super::{Reader, float, integer, sides, word};
use crate::onnx::proto;
use crate::tract::doubled::Doubled;

impl Reader<'_> {
    pub(super) fn map_node(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        match node.op_type.as_str() {
            "Conv" => self.convolution(node),
            "ConvTranspose" => self.transposed_convolution(node),
            "MaxPool" => {
                let (input, pool_spec) = self.pool(node)?;
                self.wire(MaxPool { pool_spec, with_index_outputs: None }, &[input])
            }
            "AveragePool" => {
                let (input, pool_spec) = self.pool(node)?;
                let count_include_pad = integer(node, "count_include_pad").unwrap_or(0) != 0;
                self.wire(SumPool { pool_spec, count_include_pad, normalize: true }, &[input])
            }
            "Resize" | "Upsample" => self.resized(node),
            global => {
                let input = self.input(node, 0)?;
                let axes: TVec<usize> = (2..self.shape(input)?.len()).collect();
                match global {
                    "GlobalMaxPool" => self.wire(tract_core::ops::nn::Reduce::new(axes, Reducer::Max), &[input]),
                    _ => self.mean(input, &axes),
                }
            }
        }
    }

    /// Map, kernel, bias, and the shape of the kernel.
    fn operands(&mut self, node: &proto::Node) -> TractResult<([OutletId; 3], TVec<usize>)> {
        let (map, kernel) = (self.input(node, 0)?, self.input(node, 1)?);
        let bias = if self.has(node, 2) { self.input(node, 2)? } else { self.add(tensor0(0.0_f32))? };
        let shape = self.shape(kernel)?;
        ensure!(shape.len() == 4, "expected a 2D convolution, got weights {shape:?}");
        // One output takes a number, not a list of one.
        let bias = if self.shape(bias)?[..] == [1] { self.wire(AxisOp::Rm(0), &[bias])? } else { bias };
        Ok(([map, kernel, bias], shape))
    }

    fn convolution(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        let (inputs, kernel) = self.operands(node)?;
        let group = group(node)?;
        let (channels, received) = (kernel[1] * group, self.shape(inputs[0])?[1]);
        ensure!(
            received == channels && kernel[0].is_multiple_of(group),
            "expected {channels} channels, got {received}"
        );
        let padding = padding(node, false)?;
        let (dilations, strides) = (sides(node, "dilations")?, sides(node, "strides")?);
        let pool_spec =
            PoolSpec::new(DataFormat::NCHW, kernel[2..].into(), padding, dilations, strides, channels, kernel[0]);
        self.wire(Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group, q_params: None }, &inputs)
    }

    fn transposed_convolution(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        ensure!(sides(node, "output_shape")?.is_none(), "an output_shape is not known");
        let ([map, kernel, bias], shape) = self.operands(node)?;
        let group = group(node)?;
        let &[inputs, outputs, rows, columns] = &shape[..] else { bail!("expected a 2D convolution") };
        ensure!(inputs.is_multiple_of(group), "expected groups of {inputs} channels, got {group}");
        // (G · I, O, h, w) → (G · O, I, h, w), as of a convolution.
        let kernel = self.reshape(kernel, &[group, inputs / group, outputs, rows, columns])?;
        let kernel = self.wire(AxisOp::Move(1, 2), &[kernel])?;
        let kernel = self.reshape(kernel, &[group * outputs, inputs / group, rows, columns])?;
        let adjustments = sides(node, "output_padding")?.unwrap_or_else(|| tvec!(0; 2));
        let pool_spec = PoolSpec::new(
            DataFormat::NCHW,
            tvec!(rows, columns),
            padding(node, false)?,
            sides(node, "dilations")?,
            sides(node, "strides")?,
            inputs,
            outputs * group,
        );
        self.wire(Deconv::new(pool_spec, KernelFormat::OIHW, adjustments, group), &[map, kernel, bias])
    }

    fn pool(&mut self, node: &proto::Node) -> TractResult<(OutletId, PoolSpec)> {
        let input = self.input(node, 0)?;
        let channels = self.shape(input)?[1];
        let side = sides(node, "kernel_shape")?.context("expected a kernel_shape")?;
        let (dilations, strides) = (sides(node, "dilations")?, sides(node, "strides")?);
        let padding = padding(node, true)?;
        Ok((input, PoolSpec::new(DataFormat::NCHW, side, padding, dilations, strides, channels, channels)))
    }

    fn resized(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        for (name, plain) in [("antialias", 0), ("exclude_outside", 0)] {
            ensure!(integer(node, name).unwrap_or(plain) == plain, "{name} is not known");
        }
        ensure!(super::integers(node, "axes").is_none(), "axes of a Resize are not known");
        ensure!(
            float(node, "cubic_coeff_a").is_none_or(|a| a == -0.75),
            "another cubic_coeff_a than -0.75 is not known"
        );
        let policy = word(node, "keep_aspect_ratio_policy").unwrap_or("stretch");
        ensure!(policy == "stretch", "keep_aspect_ratio_policy {policy} is not known");
        // Before operator set 11 there was no region, and pixels were counted from their corners.
        let is_old = self.opset < 11 || node.op_type == "Upsample";
        let coordinates = if is_old { "asymmetric" } else { "half_pixel" };
        let coordinates = word(node, "coordinate_transformation_mode").unwrap_or(coordinates);
        let scales_at = if is_old { 1 } else { 2 };
        let input = self.input(node, 0)?;
        let shape = self.shape(input)?;
        let scales = if self.has(node, scales_at) { self.floats(node, scales_at)? } else { Vec::new() };
        let is_scale = !scales.is_empty();
        let sizes = if is_scale { Vec::new() } else { self.integers(node, 3)? };
        let count = scales.len().max(sizes.len());
        ensure!(count == shape.len(), "expected {} scales or sizes, got {count}", shape.len());
        let rounding = word(node, "nearest_mode").unwrap_or(if is_old { "floor" } else { "round_prefer_floor" });
        let interpolator = Interpolator::parse(word(node, "mode").unwrap_or("nearest"))?;
        if self.fuses
            && interpolator == Interpolator::Linear
            && matches!(coordinates, "half_pixel" | "pytorch_half_pixel")
            && (scales == [1.0, 1.0, 2.0, 2.0] || is_doubled(&shape, &sizes))
        {
            return self.wire(Doubled, &[input]);
        }
        let coord_transformer = CoordTransformer::parse(coordinates)?;
        if interpolator == Interpolator::Nearest && rounding != "floor" {
            let side = |at: usize| match is_scale {
                true => Ok((shape[at] as f32 * scales[at]) as usize),
                false => usize::try_from(sizes[at]),
            };
            let sizes = (0..shape.len()).map(side).collect::<Result<Vec<_>, _>>()?;
            let along = |at: usize| if is_scale { scales[at] } else { sizes[at] as f32 / shape[at] as f32 };
            let scales: Vec<f32> = (0..shape.len()).map(along).collect();
            return self.nearest(input, (&sizes, &scales), &coord_transformer, rounding);
        }
        let second = if is_scale { self.add(tensor1(&scales))? } else { self.add(tensor1(&sizes))? };
        let resize = Resize {
            coord_transformer,
            interpolator,
            nearest: Nearest::Floor,
            optional_scales_input: is_scale.then_some(1),
            optional_sizes_input: (!is_scale).then_some(1),
        };
        self.wire(resize, &[input, second])
    }

    /// A map of other sides, each of whose pixels is one of the map. tract rounds coordinates down, or half ones up, only.
    fn nearest(
        &mut self,
        input: OutletId,
        (sizes, scales): (&[usize], &[f32]),
        coordinates: &CoordTransformer,
        rounding: &str,
    ) -> TractResult<OutletId> {
        let shape = self.shape(input)?;
        let mut found = input;
        for (axis, (&from, &to)) in shape.iter().zip(sizes).enumerate().filter(|(_, (from, to))| from != to) {
            let index = |at| {
                let at = coordinates.transform(at, scales[axis], from, to);
                Ok(nearest(at, rounding)?.clamp(0.0, (from - 1) as f32) as i64)
            };
            let indices = (0..to).map(index).collect::<TractResult<Vec<i64>>>()?;
            let indices = self.add(tensor1(&indices))?;
            found = self.wire(Gather { axis, output_type: None }, &[found, indices])?;
        }
        Ok(found)
    }
}

/// The pixel that is nearest to a coordinate.
fn nearest(at: f32, rounding: &str) -> TractResult<f32> {
    Ok(match rounding {
        "round_prefer_floor" => (at - 0.5).ceil(),
        "round_prefer_ceil" => (at + 0.5).floor(),
        "ceil" => at.ceil(),
        other => bail!("a nearest_mode {other} is not known"),
    })
}

/// Whether these are the sides of a map of twice the size.
fn is_doubled(shape: &[usize], sizes: &[i64]) -> bool {
    let times = [1, 1, 2, 2];
    shape.len() == 4 && sizes.len() == 4 && (0..4).all(|at| sizes[at] == (shape[at] * times[at]) as i64)
}

fn group(node: &proto::Node) -> TractResult<usize> {
    let group = integer(node, "group").unwrap_or(1);
    usize::try_from(group).ok().filter(|&group| group > 0).with_context(|| format!("expected groups, got {group}"))
}

/// The zeros around a map. A pool's are not counted in its means, and it may round its sides up.
fn padding(node: &proto::Node, is_pool: bool) -> TractResult<PaddingSpec> {
    match word(node, "auto_pad").unwrap_or("NOTSET") {
        "NOTSET" => {}
        "VALID" => return Ok(PaddingSpec::Valid),
        "SAME_UPPER" => return Ok(PaddingSpec::SameUpper),
        "SAME_LOWER" => return Ok(PaddingSpec::SameLower),
        other => bail!("an auto_pad {other} is not known"),
    }
    let pads = sides(node, "pads")?.unwrap_or_else(|| tvec!(0; 4));
    ensure!(pads.len() == 4, "expected four pads, got {pads:?}");
    let (before, after) = (pads[..2].into(), pads[2..].into());
    if is_pool {
        let rounds_up = integer(node, "ceil_mode").unwrap_or(0) != 0;
        return Ok(PaddingSpec::ExplicitOnnxPool(before, after, rounds_up));
    }
    Ok(PaddingSpec::Explicit(before, after))
}
