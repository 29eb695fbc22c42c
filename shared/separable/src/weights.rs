//! The weights of convolutions, in the order in which the kernels read them.

use crate::map::{Block, LANES};

/// The bounds of an activation, `min(max(x, low), high)`: 0 and 6 for ReLU6, infinities for none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clamp {
    /// Lower bound.
    pub low: f32,
    /// Upper bound.
    pub high: f32,
}

impl Clamp {
    /// No activation.
    pub const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };
}

/// A 1×1 convolution: out[n] = clamp(scale[n] · Σₖ weight[n][k] · in[k] + bias[n]).
///
/// The weights stay int8 and become float32 one panel (eight outputs) at a time. That costs little beside the panel's products and
/// reads a quarter of the memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointwise {
    /// Blocks of input channels.
    pub inputs: usize,
    /// Blocks of output channels.
    pub outputs: usize,
    /// `(outputs, inputs · 8, 8)`: for each panel and each input channel, the eight weights.
    pub weights: Vec<i8>,
    /// One factor for each output channel.
    pub scale: Vec<Block>,
    /// One summand for each output channel.
    pub bias: Vec<Block>,
    /// The activation.
    pub clamp: Clamp,
}

/// A 3×3 convolution of each channel by itself, with zero padding of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Depthwise {
    /// Blocks of channels.
    pub blocks: usize,
    /// 1 or 2.
    pub stride: usize,
    /// `(blocks, 9, 8)`: taps row by row.
    pub weights: Vec<i8>,
    /// One factor for each channel.
    pub scale: Vec<Block>,
    /// One summand for each channel.
    pub bias: Vec<Block>,
    /// The activation.
    pub clamp: Clamp,
}

/// Taps of a depthwise convolution.
pub(crate) const TAPS: usize = 9;

impl Pointwise {
    /// The weights of a panel, `(inputs · 8, 8)`.
    pub(crate) fn panel(&self, output: usize) -> &[i8] {
        let length = self.inputs * LANES * LANES;
        &self.weights[output * length..][..length]
    }
}

impl Depthwise {
    /// The taps of eight channels, `(9, 8)`.
    pub(crate) fn taps(&self, block: usize) -> &[i8] {
        &self.weights[block * TAPS * LANES..][..TAPS * LANES]
    }
}

impl Pointwise {
    /// Checks the lengths of weights, scale and bias.
    ///
    /// # Errors
    /// When one does not fit `inputs` and `outputs`.
    pub(crate) fn check(&self) -> Result<(), String> {
        // Beyond what a number holds, which is 32 bits in WebAssembly, there are fewer weights for certain.
        let expected = self.inputs.checked_mul(self.outputs).and_then(|blocks| blocks.checked_mul(LANES * LANES));
        let fits = self.inputs > 0
            && self.outputs > 0
            && Some(self.weights.len()) == expected
            && self.scale.len() == self.outputs
            && self.bias.len() == self.outputs;
        if fits {
            Ok(())
        } else {
            Err(format!("a 1×1 convolution of {}×{} blocks has other lengths", self.inputs, self.outputs))
        }
    }
}

impl Depthwise {
    /// Checks the lengths of weights, scale and bias, and the stride.
    ///
    /// # Errors
    /// When one does not fit `blocks`, or the stride is neither 1 nor 2.
    pub(crate) fn check(&self) -> Result<(), String> {
        let fits = self.blocks > 0
            && (1..=2).contains(&self.stride)
            && self.weights.len() == self.blocks * TAPS * LANES
            && self.scale.len() == self.blocks
            && self.bias.len() == self.blocks;
        if fits { Ok(()) } else { Err(format!("a depthwise convolution of {} blocks has other lengths", self.blocks)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_whose_product_overflows_are_refused() {
        let one = Block([0.0; LANES]);
        let of = |inputs: usize, weights: Vec<i8>| Pointwise {
            inputs,
            outputs: 1,
            weights,
            scale: vec![one],
            bias: vec![one],
            clamp: Clamp::NONE,
        };
        assert_eq!(of(1, vec![0; LANES * LANES]).check(), Ok(()));
        // 64 times as many are none in the bits of a number.
        assert!(of(1 << (usize::BITS - 6), Vec::new()).check().is_err());
    }
}
