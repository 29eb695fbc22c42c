//! The inner loops of [`crate::graph`], for the processor that runs them. In: slices and views, whose bounds are checked here once.
//! Out: numbers in the caller's buffers.
//!
//! Each loop is written once over a [`Vector`] and compiled for each [`Level`].

#[cfg(target_arch = "x86_64")]
mod accumulate;
mod chains;
mod depthwise;
mod depthwise_rows;
mod multiply;
mod multiply_rows;
mod peak;
mod pool;
mod vector;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;

use crate::kernels::Extent;
use crate::map::{Block, LANES, View};
use crate::weights::Clamp;

#[cfg(test)]
mod tests;

pub(crate) use depthwise::{Taps, depthwise};
pub(crate) use multiply::{Gather, Product, gather, multiply};
pub use peak::peak_macs_per_s;
pub(crate) use pool::{average_pool, average_pool_picture, double, double_row};
use vector::Vector;

/// The instructions that the loops use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every processor of the target has: SSE2 on x86-64.
    Plain,
    /// AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512F.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// NEON.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Level {
    /// All levels that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let mut levels = vec![Self::Plain];
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self::Avx2);
                if is_x86_feature_detected!("avx512f") {
                    levels.push(Self::Avx512);
                }
            }
            levels
        }
        #[cfg(target_arch = "aarch64")]
        return vec![Self::Plain, Self::Neon];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        vec![Self::Plain]
    }

    /// The fastest level that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::available().last().copied().unwrap_or(Self::Plain)
    }

    /// Blocks of outputs that a matrix product keeps in registers at once, beside as many pixels as there are registers for.
    pub(crate) const fn panel_blocks(self) -> usize {
        match self {
            Self::Plain => 1,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 3,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 4,
            #[cfg(target_arch = "aarch64")]
            Self::Neon => 2,
        }
    }
}

/// The weights of a matrix product in the order in which its loop reads them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Panels {
    /// Input numbers: those of the inner sum.
    pub(crate) inputs: usize,
    /// Blocks of outputs.
    pub(crate) outputs: usize,
    /// First block of outputs and number of blocks of each panel.
    pub(crate) panels: Vec<(usize, usize)>,
    /// For each panel `(inputs, its outputs)`.
    weights: Vec<Block>,
    bias: Vec<Block>,
    pub(crate) clamp: Clamp,
}

impl Panels {
    /// Packs `weights (outputs, inputs)`, row-major, for a level. Outputs up to the next multiple of eight, and `inputs` up to
    /// `padded_inputs`, are zero.
    pub(crate) fn new(
        level: Level,
        (outputs, inputs, padded_inputs): (usize, usize, usize),
        weight: impl Fn(usize, usize) -> f32,
        bias: impl Fn(usize) -> f32,
        clamp: Clamp,
    ) -> Self {
        let blocks = outputs.div_ceil(LANES);
        let panels = panels(blocks, level);
        let mut weights = Vec::with_capacity(blocks * padded_inputs);
        for &(first, count) in &panels {
            for input in 0..padded_inputs {
                weights.extend((first..first + count).map(|block| {
                    Block(std::array::from_fn(|lane| {
                        let output = block * LANES + lane;
                        if output < outputs && input < inputs { weight(output, input) } else { 0.0 }
                    }))
                }));
            }
        }
        let bias = (0..blocks)
            .map(|block| {
                Block(std::array::from_fn(|lane| {
                    let output = block * LANES + lane;
                    if output < outputs { bias(output) } else { 0.0 }
                }))
            })
            .collect();
        Self { inputs: padded_inputs, outputs: blocks, panels, weights, bias, clamp }
    }

    /// The weights `(inputs, 8 · count)` and bias of a panel.
    fn panel(&self, panel: usize) -> (&[Block], &[Block]) {
        let (first, count) = self.panels[panel];
        (&self.weights[first * self.inputs..][..count * self.inputs], &self.bias[first..first + count])
    }

    /// Multiply-adds for each pixel.
    pub(crate) const fn macs(&self) -> usize {
        self.inputs * self.outputs * LANES
    }
}

/// Splits blocks into panels that suit a level: as many large ones as possible, none of a single block if two of two can be had.
fn panels(blocks: usize, level: Level) -> Vec<(usize, usize)> {
    let largest = level.panel_blocks();
    let mut panels = Vec::new();
    let mut first = 0;
    while first < blocks {
        let left = blocks - first;
        let count = match largest {
            3 if left == 4 => 2,
            4 if left >= 4 => 4,
            4 if left >= 2 => 2,
            _ => largest.min(left),
        };
        panels.push((first, count));
        first += count;
    }
    panels
}

/// The end of the view's last pixel, in blocks.
const fn end(view: View, planes: usize, rows: Extent) -> usize {
    view.start + (planes - 1) * view.plane + (rows.count - 1) * view.row + rows.width
}
