//! Convolutions' weights as the kernels read them.

use crate::map::{Block, LANES};

/// The bounds of an activation, `min(max(x, low), high)`: ReLU6 has 0 and 6, none has infinities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clamp {
    /// What nothing stays below.
    pub low: f32,
    /// What nothing exceeds.
    pub high: f32,
}

impl Clamp {
    /// No activation.
    pub const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };
}

/// A 1×1 convolution: out[n] = clamp(scale[n] · Σₖ weight[n][k] · in[k] + bias[n]).
///
/// The weights stay int8 and become float32 a panel (eight outputs) at a time, which is a small part of what the panel is then used
/// for and reads a quarter of the memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointwise {
    /// Blocks of eight channels that enter.
    pub inputs: usize,
    /// Blocks of eight channels that leave.
    pub outputs: usize,
    /// `(outputs, inputs · 8, 8)`: for each panel of eight outputs and each input, the eight weights.
    pub weights: Vec<i8>,
    /// A factor for each output.
    pub scale: Vec<Block>,
    /// A summand for each output.
    pub bias: Vec<Block>,
    /// The activation.
    pub clamp: Clamp,
}

/// A 3×3 convolution of each channel by itself, padded with zeros by one pixel on each side.
#[derive(Clone, Debug, PartialEq)]
pub struct Depthwise {
    /// Blocks of eight channels.
    pub blocks: usize,
    /// Pixels from one output to the next, 1 or 2.
    pub stride: usize,
    /// `(blocks, 9, 8)`: the taps row by row.
    pub weights: Vec<i8>,
    /// A factor for each channel.
    pub scale: Vec<Block>,
    /// A summand for each channel.
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
    /// # Errors
    /// When the lengths do not fit each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        let expected = self.inputs * LANES * self.outputs * LANES;
        let fits = self.inputs > 0
            && self.outputs > 0
            && self.weights.len() == expected
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
    /// # Errors
    /// When the lengths do not fit each other, or the stride is neither 1 nor 2.
    pub(crate) fn check(&self) -> Result<(), String> {
        let fits = self.blocks > 0
            && (1..=2).contains(&self.stride)
            && self.weights.len() == self.blocks * TAPS * LANES
            && self.scale.len() == self.blocks
            && self.bias.len() == self.blocks;
        if fits { Ok(()) } else { Err(format!("a depthwise convolution of {} blocks has other lengths", self.blocks)) }
    }
}
