//! Nodes over maps: convolutions, pools, bilinear doubling.

use super::{Named, Reader, float, integer, integers};
use crate::graph::op::{Convolution, Op, ValueId};
use crate::onnx::proto;
use crate::weights::Clamp;

impl<'a> Reader<'a> {
    pub(super) fn map_node(&mut self, node: &'a proto::Node, name: &'a str) -> Result<(), String> {
        let out = match node.op_type.as_str() {
            "Conv" => self.convolution(node)?,
            "Gemm" => self.gemm(node)?,
            "ConvTranspose" => self.doubled(node)?,
            "Pad" => {
                let pads = self.constant_input(node, 1)?.to_integers();
                let value = node.input.get(2).filter(|name| !name.is_empty());
                let value =
                    value.map(|_| self.constant_input(node, 2).map(|constant| constant.floats())).transpose()?;
                let is_zero = value.is_none_or(|value| value.iter().all(|&value| value == 0.0));
                let &[0, 0, top, left, 0, 0, bottom, right] = &pads[..] else {
                    return Err(format!("expected zeros around rows and columns, got {pads:?}"));
                };
                if !is_zero || [top, left, bottom, right].iter().any(|pad| !(0..=4).contains(pad)) {
                    return Err("expected at most four zeros around rows and columns".to_owned());
                }
                self.padded.insert(name, [top, left, bottom, right].map(|pad| pad as usize));
                self.input(node, 0)?
            }
            _ => self.pool(node)?,
        };
        self.names.insert(name, Named::Value(out));
        Ok(())
    }

    fn convolution(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let weights = self.constant_input(node, 1)?;
        let &[outputs, group_inputs, side, across] = &weights.shape[..] else {
            return Err(format!("expected a 2D convolution, got weights {:?}", weights.shape));
        };
        let weights = weights.floats();
        let bias = match node.input.get(2) {
            Some(name) if !name.is_empty() => self.constant_input(node, 2)?.floats(),
            _ => vec![0.0; outputs],
        };
        let group = integer(node, "group").unwrap_or(1) as usize;
        let is_depthwise = group > 1 && group == outputs && group_inputs == 1;
        let strides = integers(node, "strides");
        let stride = strides.first().copied().unwrap_or(1) as usize;
        let extra = self.padded.get(node.input[0].as_str()).copied().unwrap_or_default();
        let own: [usize; 4] = match integers(node, "pads") {
            [] => [0; 4],
            &[top, left, bottom, right] => [top, left, bottom, right].map(|pad| pad as usize),
            other => return Err(format!("expected four pads, got {other:?}")),
        };
        let [top, left, bottom, right] = std::array::from_fn(|at| own[at] + extra[at]);
        let is_padded_by_attribute =
            node.attribute.iter().all(|attribute| attribute.name != "auto_pad" || attribute.s == b"NOTSET");
        let &[channels, height, width] = &self.values[from].shape[..] else {
            return Err(format!("expected a map, got {:?}", self.values[from].shape));
        };
        let is_even = side == across
            && strides.iter().all(|&along| along as usize == stride)
            && integers(node, "dilations").iter().all(|&dilation| dilation == 1)
            && is_padded_by_attribute
            && bias.len() == outputs
            && [top, left, bottom, right].into_iter().all(|pad| pad < side);
        let fits = match side {
            1 => group == 1 && stride == 1 && group_inputs == channels,
            3 | 5 if is_depthwise => (1..=2).contains(&stride) && group == channels,
            3 | 5 | 7 => group == 1 && channels == 3 && from == 0 && group_inputs == 3 && (1..=4).contains(&stride),
            _ => false,
        };
        if !fits || !is_even || height + top + bottom < side || width + left + right < side {
            return Err(format!(
                "expected a 1×1 convolution, a depthwise 3×3 or 5×5 one, or one of the picture; got weights \
                 ({outputs}, {group_inputs}, {side}, {across}), {group} groups, stride {stride}"
            ));
        }
        let rows = (height + top + bottom - side) / stride + 1;
        let columns = (width + left + right - side) / stride + 1;
        // The picture is read as it is.
        let from = if from == 0 && side > 1 && !is_depthwise { from } else { self.map(from)?.0 };
        let convolution = Convolution {
            from,
            outputs,
            inputs: channels,
            side,
            stride,
            pad: [top, left],
            is_depthwise,
            weights,
            bias,
            added: None,
            clamp: Clamp::NONE,
        };
        Ok(self.add_map(Op::Convolution(Box::new(convolution)), [outputs, rows, columns]))
    }

    /// A product with a matrix, as a convolution of a map of one pixel.
    fn gemm(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let is_plain = float(node, "alpha").is_none_or(|alpha| alpha == 1.0)
            && float(node, "beta").is_none_or(|beta| beta == 1.0)
            && integer(node, "transA").unwrap_or(0) == 0;
        let &[channels] = &self.values[from].shape[..] else {
            return Err(format!("expected rows, got {:?}", self.values[from].shape));
        };
        let weights = self.constant_input(node, 1)?;
        let is_transposed = integer(node, "transB").unwrap_or(0) == 1;
        let (outputs, inputs) = match &weights.shape[..] {
            &[outputs, inputs] if is_transposed => (outputs, inputs),
            &[inputs, outputs] => (outputs, inputs),
            other => return Err(format!("expected a matrix, got {other:?}")),
        };
        let numbers = weights.floats();
        let weights = if is_transposed {
            numbers
        } else {
            (0..outputs * inputs).map(|at| numbers[at % inputs * outputs + at / inputs]).collect()
        };
        let bias = match node.input.get(2) {
            Some(name) if !name.is_empty() => self.constant_input(node, 2)?.floats(),
            _ => vec![0.0; outputs],
        };
        if !is_plain || inputs != channels || bias.len() != outputs {
            return Err("expected rows · matrix + a number for each column".to_owned());
        }
        let plain = self.plain(from);
        let pixel = self.add_plain(Op::Reshape(plain), vec![channels, 1, 1]);
        let (from, _) = self.map(pixel)?;
        let (added, clamp) = (None, Clamp::NONE);
        let convolution = Convolution {
            from,
            outputs,
            inputs,
            side: 1,
            stride: 1,
            pad: [0, 0],
            is_depthwise: false,
            weights,
            bias,
            added,
            clamp,
        };
        let map = self.add_map(Op::Convolution(Box::new(convolution)), [outputs, 1, 1]);
        let plain = self.plain(map);
        Ok(self.add_plain(Op::Reshape(plain), vec![outputs]))
    }

    /// A transposed convolution that doubles a map bilinearly.
    fn doubled(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        const TAPS: [f32; 4] = [0.25, 0.75, 0.75, 0.25];
        let from = self.input(node, 0)?;
        let (map, [channels, height, width]) = self.map(from)?;
        let weights = self.constant_input(node, 1)?;
        let numbers = weights.floats();
        let is_bilinear = numbers
            .chunks_exact(16)
            .all(|taps| (0..16).all(|at| (taps[at] - TAPS[at / 4] * TAPS[at % 4]).abs() < 1e-3));
        let fits = weights.shape == [channels, 1, 4, 4]
            && integer(node, "group") == Some(channels as i64)
            && integers(node, "strides") == [2, 2]
            && integers(node, "pads") == [1, 1, 1, 1]
            && node.input.len() == 2;
        if !fits || !is_bilinear {
            return Err("expected a transposed convolution with bilinear taps for twice the size".to_owned());
        }
        Ok(self.add_map(Op::Double(map), [channels, 2 * height, 2 * width]))
    }

    fn pool(&mut self, node: &proto::Node) -> Result<ValueId, String> {
        let from = self.input(node, 0)?;
        let &[channels, height, width] = &self.values[from].shape[..] else {
            return Err(format!("expected a map, got {:?}", self.values[from].shape));
        };
        let side = match (node.op_type.as_str(), integers(node, "kernel_shape")) {
            ("GlobalAveragePool", _) => (height, width),
            ("AveragePool", &[down, across]) if down > 0 && across > 0 => (down as usize, across as usize),
            (_, other) => return Err(format!("expected a pool of rows and columns, got {other:?}")),
        };
        let is_global = node.op_type == "GlobalAveragePool";
        let strides = integers(node, "strides");
        let is_disjoint = is_global || strides == [side.0 as i64, side.1 as i64];
        let is_bare = integers(node, "pads").iter().all(|&pad| pad == 0);
        if !is_disjoint || !is_bare || !height.is_multiple_of(side.0) || !width.is_multiple_of(side.1) {
            return Err("expected a pool of squares beside each other that fill the map".to_owned());
        }
        let (map, _) = self.map(from)?;
        Ok(self.add_map(Op::Pool { from: map, side }, [channels, height / side.0, width / side.1]))
    }
}
