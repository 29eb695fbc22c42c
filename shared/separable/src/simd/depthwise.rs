//! Convolutions of each channel by itself, 3×3 and 5×5, with stride 1 or 2. Bounds are checked here; the loops of `depthwise_rows` compute.

use super::depthwise_rows::DepthwiseJob;
use super::{Extent, Level, end};
use crate::map::{Block, LANES, View};
use crate::weights::Clamp;

/// The weights of a depthwise convolution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taps {
    /// Blocks of channels.
    pub(crate) blocks: usize,
    /// 3 or 5.
    pub(crate) side: usize,
    /// 1 or 2.
    pub(crate) stride: usize,
    /// `(blocks, side², 8)`: taps row by row.
    pub(crate) weights: Vec<Block>,
    pub(crate) bias: Vec<Block>,
    pub(crate) clamp: Clamp,
}

/// Computes `rows` of outputs of a block of channels. The first pixel of `source`'s view is the first tap of the first output.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn depthwise(
    level: Level,
    taps: &Taps,
    block: usize,
    (source, from): (&[Block], View),
    (into, to): (&mut [Block], View),
    rows: Extent,
) {
    if rows.count == 0 || rows.width == 0 {
        return;
    }
    let Taps { side, stride, .. } = *taps;
    assert!((side == 3 || side == 5) && (stride == 1 || stride == 2), "a convolution that the loops know");
    let needed = Extent { count: (rows.count - 1) * stride + side, width: (rows.width - 1) * stride + side };
    assert!(end(from, 1, needed) <= source.len(), "the source ends before its view");
    assert!(end(to, 1, rows) <= into.len(), "the target ends before its view");
    let job = DepthwiseJob {
        side,
        stride,
        taps: taps.weights[block * side * side..][..side * side].as_ptr().cast(),
        bias: taps.bias[block..].as_ptr().cast(),
        clamp: taps.clamp,
        source: source[from.start..].as_ptr().cast(),
        source_row: from.row * LANES,
        into: into[to.start..].as_mut_ptr().cast(),
        into_row: to.row * LANES,
        rows,
    };
    // SAFETY: the views were checked, and `Level` has only what the processor has.
    unsafe {
        match level {
            Level::Plain => super::plain::depthwise(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => super::avx2::depthwise(&job),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::depthwise(&job),
        }
    }
}
