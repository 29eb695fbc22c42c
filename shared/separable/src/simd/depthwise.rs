//! Convolutions of each channel by itself, 3×3 and 5×5, with stride 1 or 2.

use super::{Extent, Level, Vector, end};
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

/// One block's rows, through pointers. Distances are in numbers.
///
/// # Safety
/// Whoever runs it promises that source and target hold what the convolution of `rows` reads and writes.
pub(super) struct DepthwiseJob {
    side: usize,
    stride: usize,
    taps: *const f32,
    bias: *const f32,
    clamp: Clamp,
    source: *const f32,
    source_row: usize,
    into: *mut f32,
    into_row: usize,
    rows: Extent,
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

/// # Safety
/// See [`DepthwiseJob`] and [`Vector`].
#[inline(always)]
pub(super) unsafe fn depthwise_rows<V: Vector>(job: &DepthwiseJob) {
    // SAFETY: the caller's promise.
    unsafe {
        match (job.side, job.stride) {
            (3, 1) => run::<V, 3, 1>(job),
            (3, _) => run::<V, 3, 2>(job),
            (_, 1) => run::<V, 5, 1>(job),
            _ => run::<V, 5, 2>(job),
        }
    }
}

/// # Safety
/// See [`DepthwiseJob`] and [`Vector`].
#[inline(always)]
unsafe fn run<V: Vector, const SIDE: usize, const STRIDE: usize>(job: &DepthwiseJob) {
    for row in 0..job.rows.count {
        let mut x = 0;
        while x < job.rows.width {
            let left = job.rows.width - x;
            // SAFETY: the tile lies within the row.
            unsafe {
                let source = job.source.add(row * STRIDE * job.source_row + x * STRIDE * LANES);
                let into = job.into.add(row * job.into_row + x * LANES);
                x += match left {
                    4.. => tile::<V, SIDE, STRIDE, 4>(job, source, into),
                    2.. => tile::<V, SIDE, STRIDE, 2>(job, source, into),
                    _ => tile::<V, SIDE, STRIDE, 1>(job, source, into),
                };
            }
        }
    }
}

/// Computes `COUNT` outputs and returns that number. Each value is loaded once for all outputs of a row that it belongs to.
///
/// # Safety
/// See [`DepthwiseJob`] and [`Vector`].
#[inline(always)]
unsafe fn tile<V: Vector, const SIDE: usize, const STRIDE: usize, const COUNT: usize>(
    job: &DepthwiseJob,
    source: *const f32,
    into: *mut f32,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [V::load(job.bias); COUNT];
        for down in 0..SIDE {
            let source = source.add(down * job.source_row);
            let mut taps = [V::splat(0.0); SIDE];
            for (right, tap) in taps.iter_mut().enumerate() {
                *tap = V::load(job.taps.add((down * SIDE + right) * LANES));
            }
            for at in 0..(COUNT - 1) * STRIDE + SIDE {
                let value = V::load(source.add(at * LANES));
                for (pixel, sum) in sums.iter_mut().enumerate() {
                    let first = pixel * STRIDE;
                    if at >= first && at < first + SIDE {
                        *sum = value.mul_add(taps[at - first], *sum);
                    }
                }
            }
        }
        let (low, high) = (V::splat(job.clamp.low), V::splat(job.clamp.high));
        for (pixel, sum) in sums.into_iter().enumerate() {
            sum.clamp(low, high).store_planes(into.add(pixel * LANES), 0);
        }
    }
    COUNT
}
