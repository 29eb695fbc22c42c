//! Functions of one or two numbers, and matrix products.

use tract_core::internal::*;
use tract_core::ops::binary::TypedBinOp;
use tract_core::ops::cast::cast;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::element_wise::ElementWiseOp;
use tract_core::ops::math;
use tract_core::ops::nn::{hard_swish, leaky_relu, sigmoid};

use super::{Reader, axis_of, computed_type, float, integer};
use crate::onnx::proto;

impl Reader<'_> {
    pub(super) fn arithmetic(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        if let Some(op) = function_of_two(&node.op_type) {
            return self.folded(node, &op);
        }
        match node.op_type.as_str() {
            "MatMul" => {
                let (a, b) = (self.input(node, 0)?, self.input(node, 1)?);
                self.product(a, b, [false; 2])
            }
            "Gemm" => self.gemm(node),
            "Cast" => {
                let input = self.input(node, 0)?;
                let wanted = computed_type(integer(node, "to").context("expected a type")?)?;
                self.wire(cast(wanted), &[input])
            }
            "DequantizeLinear" => self.dequantised(node),
            "PRelu" => {
                let (x, slope) = (self.input(node, 0)?, self.input(node, 1)?);
                let (above, below) = (self.with_number(math::max(), x, 0.0)?, self.with_number(math::min(), x, 0.0)?);
                let below = self.binary(math::mul(), below, slope)?;
                self.binary(math::add(), above, below)
            }
            "Clip" => {
                let x = self.input(node, 0)?;
                // Before operator set 11, the bounds were attributes.
                let bound = |at: usize, name: &str| match self.has(node, at) {
                    true => self.floats(node, at).map(|numbers| numbers.first().copied()),
                    false => Ok(float(node, name)),
                };
                let (low, high) = (bound(1, "min")?, bound(2, "max")?);
                self.clipped(x, low, high)
            }
            kind => {
                if let Some(op) = function_of_one(node) {
                    let x = self.input(node, 0)?;
                    return self.wire(op, &[x]);
                }
                ensure!(
                    matches!(kind, "Relu" | "HardSigmoid" | "Elu" | "Softplus" | "Mish" | "Gelu"),
                    "the operator {kind} is not known"
                );
                let x = self.input(node, 0)?;
                self.activation(node, x)
            }
        }
    }

    /// Two inputs, or more of which each is joined with the result so far.
    fn folded(&mut self, node: &proto::Node, op: &TypedBinOp) -> TractResult<OutletId> {
        let mut found = self.input(node, 0)?;
        for at in 1..node.input.len() {
            let next = self.input(node, at)?;
            found = self.binary(op.clone(), found, next)?;
        }
        Ok(found)
    }

    fn clipped(&mut self, x: OutletId, low: Option<f32>, high: Option<f32>) -> TractResult<OutletId> {
        let x = low.map_or(Ok(x), |low| self.with_number(math::max(), x, low))?;
        high.map_or(Ok(x), |high| self.with_number(math::min(), x, high))
    }

    fn activation(&mut self, node: &proto::Node, x: OutletId) -> TractResult<OutletId> {
        match node.op_type.as_str() {
            "Relu" => self.with_number(math::max(), x, 0.0),
            "HardSigmoid" => {
                let scaled = self.with_number(math::mul(), x, float(node, "alpha").unwrap_or(0.2))?;
                let moved = self.with_number(math::add(), scaled, float(node, "beta").unwrap_or(0.5))?;
                self.clipped(moved, Some(0.0), Some(1.0))
            }
            "Elu" => {
                let (above, below) = (self.with_number(math::max(), x, 0.0)?, self.with_number(math::min(), x, 0.0)?);
                let power = self.wire(math::exp(), &[below])?;
                let below = self.with_number(math::sub(), power, 1.0)?;
                let below = self.with_number(math::mul(), below, float(node, "alpha").unwrap_or(1.0))?;
                self.binary(math::add(), above, below)
            }
            "Softplus" => self.softplus(x),
            "Mish" => {
                let softplus = self.softplus(x)?;
                let factor = self.wire(math::tanh(), &[softplus])?;
                self.binary(math::mul(), x, factor)
            }
            // x / 2 · (1 + erf(x / √2))
            _ => {
                let scaled = self.with_number(math::mul(), x, std::f32::consts::FRAC_1_SQRT_2)?;
                let erf = self.wire(math::erf(), &[scaled])?;
                let moved = self.with_number(math::add(), erf, 1.0)?;
                let half = self.with_number(math::mul(), x, 0.5)?;
                self.binary(math::mul(), half, moved)
            }
        }
    }

    /// max(x, 0) + ln(1 + e^−|x|), which does not overflow.
    fn softplus(&mut self, x: OutletId) -> TractResult<OutletId> {
        let size = self.wire(math::abs(), &[x])?;
        let negative = self.wire(math::neg(), &[size])?;
        let power = self.wire(math::exp(), &[negative])?;
        let moved = self.with_number(math::add(), power, 1.0)?;
        let logarithm = self.wire(math::ln(), &[moved])?;
        let above = self.with_number(math::max(), x, 0.0)?;
        self.binary(math::add(), above, logarithm)
    }

    /// (q − zero) · scale, with one scale, or one for each index of an axis.
    fn dequantised(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        ensure!(integer(node, "block_size").unwrap_or(0) == 0, "a block_size is not known");
        let q = self.input(node, 0)?;
        let rank = self.shape(q)?.len();
        let spread = |reader: &mut Self, numbers: Vec<f32>| {
            let mut shape = tvec!(1; rank);
            if numbers.len() > 1 {
                shape[axis_of(integer(node, "axis").unwrap_or(1), rank)?] = numbers.len();
            }
            reader.add(Tensor::from_shape(&shape, &numbers)?)
        };
        let scale = self.floats(node, 1)?;
        let scale = spread(self, scale)?;
        let mut numbers = self.wire(cast(f32::datum_type()), &[q])?;
        if self.has(node, 2) {
            let zero = self.floats(node, 2)?;
            let zero = spread(self, zero)?;
            numbers = self.binary(math::sub(), numbers, zero)?;
        }
        self.binary(math::mul(), numbers, scale)
    }

    fn gemm(&mut self, node: &proto::Node) -> TractResult<OutletId> {
        let (a, b) = (self.input(node, 0)?, self.input(node, 1)?);
        let transposed = ["transA", "transB"].map(|name| integer(node, name).unwrap_or(0) != 0);
        let mut found = self.product(a, b, transposed)?;
        let [alpha, beta] = ["alpha", "beta"].map(|name| float(node, name).unwrap_or(1.0));
        if alpha != 1.0 {
            found = self.with_number(math::mul(), found, alpha)?;
        }
        if !self.has(node, 2) {
            return Ok(found);
        }
        let mut summand = self.input(node, 2)?;
        if beta != 1.0 {
            summand = self.with_number(math::mul(), summand, beta)?;
        }
        self.binary(math::add(), found, summand)
    }

    /// `(…, M, K) · (…, K, N)`, each with its last two axes exchanged if it is transposed.
    fn product(&mut self, a: OutletId, b: OutletId, [a_transposed, b_transposed]: [bool; 2]) -> TractResult<OutletId> {
        let (a_rank, b_rank) = (self.shape(a)?.len(), self.shape(b)?.len());
        ensure!(a_rank > 1 && b_rank > 1, "expected matrices, got {a_rank} and {b_rank} dimensions");
        let outer: String = ('a'..'k').take(a_rank.max(b_rank) - 2).collect();
        let of = |rank: usize| &outer[outer.len() + 2 - rank..];
        let (mk, kn) = (if a_transposed { "km" } else { "mk" }, if b_transposed { "nk" } else { "kn" });
        let axes: AxesMapping = format!("{}{mk},{}{kn}->{outer}mn", of(a_rank), of(b_rank)).parse()?;
        self.wire(EinSum { axes, operating_dt: f32::datum_type(), q_params: None }, &[a, b])
    }
}

fn function_of_two(kind: &str) -> Option<TypedBinOp> {
    Some(match kind {
        "Add" | "Sum" => math::add(),
        "Sub" => math::sub(),
        "Mul" => math::mul(),
        "Div" => math::div(),
        "Pow" => math::pow(),
        "Max" => math::max(),
        "Min" => math::min(),
        _ => return None,
    })
}

fn function_of_one(node: &proto::Node) -> Option<ElementWiseOp> {
    Some(match node.op_type.as_str() {
        "Abs" => math::abs(),
        "Ceil" => math::ceil(),
        "Erf" => math::erf(),
        "Exp" => math::exp(),
        "Floor" => math::floor(),
        "HardSwish" => hard_swish(),
        "LeakyRelu" => leaky_relu(float(node, "alpha").unwrap_or(0.01)),
        "Log" => math::ln(),
        "Neg" => math::neg(),
        "Reciprocal" => math::recip(),
        "Round" => math::round_half_to_even(),
        "Sigmoid" => sigmoid(),
        "Sqrt" => math::sqrt(),
        "Swish" => tract_core::ops::nn::silu::silu(),
        "Tanh" => math::tanh(),
        _ => return None,
    })
}
