//! A convolution of an ONNX graph. In: float32 weights. Out: int8 weights in the order in which the kernels read them.

use crate::map::{Block, LANES};
use crate::weights::{Clamp, Depthwise, Pointwise, TAPS};

/// Float32 weights `(outputs, inputs, taps)`, bias and activation of a convolution.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) taps: usize,
    pub(super) stride: usize,
    pub(super) is_depthwise: bool,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) clamp: Clamp,
    /// The tensor that it reads.
    pub(super) input: String,
    /// The tensor that is added to its output, if any.
    pub(super) added: Option<String>,
    /// The tensor that holds its output, after activation and residual.
    pub(super) output: String,
}

impl Convolution {
    /// `next ∘ self`, both 1×1.
    pub(super) fn then(&self, next: Self) -> Self {
        let mut weights = vec![0.0; next.outputs * self.inputs];
        let mut bias = next.bias.clone();
        for (output, (row, bias)) in weights.chunks_exact_mut(self.inputs).zip(&mut bias).enumerate() {
            for between in 0..self.outputs {
                let factor = next.weights[output * next.inputs + between];
                *bias += factor * self.bias[between];
                for (sum, weight) in row.iter_mut().zip(&self.weights[between * self.inputs..]) {
                    *sum += factor * weight;
                }
            }
        }
        Self { weights, bias, inputs: self.inputs, input: self.input.clone(), ..next }
    }

    /// The weights in int8, `(outputs, numbers)`, and the scale of each output. Symmetric: the largest weight becomes 127. Weights
    /// that were int8 in the file come back unchanged.
    fn quantised(&self) -> (Vec<i8>, Vec<f32>) {
        let numbers = self.weights.len() / self.outputs;
        let scales: Vec<f32> = self
            .weights
            .chunks_exact(numbers)
            .map(|row| row.iter().fold(0.0_f32, |most, weight| most.max(weight.abs())) / 127.0)
            .map(|scale| if scale > 0.0 { scale } else { 1.0 })
            .collect();
        let rows = self.weights.chunks_exact(numbers).zip(&scales);
        (rows.flat_map(|(row, scale)| row.iter().map(move |weight| (weight / scale).round() as i8)).collect(), scales)
    }

    fn blocks_of(numbers: &[f32], count: usize) -> Vec<Block> {
        let at = |at: usize| numbers.get(at).copied().unwrap_or_default();
        (0..count).map(|block| Block(std::array::from_fn(|lane| at(block * LANES + lane)))).collect()
    }

    pub(super) fn pointwise(self) -> Pointwise {
        let numbers = self.inputs * self.taps;
        let (inputs, outputs) = (numbers.div_ceil(LANES), self.outputs.div_ceil(LANES));
        let (quantised, scales) = self.quantised();
        let mut weights = vec![0; inputs * LANES * outputs * LANES];
        for (output, row) in quantised.chunks_exact(numbers).enumerate() {
            for (number, &weight) in row.iter().enumerate() {
                weights[(output / LANES * inputs * LANES + number) * LANES + output % LANES] = weight;
            }
        }
        let (scale, bias) = (Self::blocks_of(&scales, outputs), Self::blocks_of(&self.bias, outputs));
        Pointwise { inputs, outputs, weights, scale, bias, clamp: self.clamp }
    }

    pub(super) fn depthwise(self) -> Depthwise {
        let blocks = self.outputs.div_ceil(LANES);
        let (quantised, scales) = self.quantised();
        let mut weights = vec![0; blocks * TAPS * LANES];
        for (channel, row) in quantised.chunks_exact(TAPS).enumerate() {
            for (tap, &weight) in row.iter().enumerate() {
                weights[(channel / LANES * TAPS + tap) * LANES + channel % LANES] = weight;
            }
        }
        let (scale, bias) = (Self::blocks_of(&scales, blocks), Self::blocks_of(&self.bias, blocks));
        Depthwise { blocks, stride: self.stride, weights, scale, bias, clamp: self.clamp }
    }
}
