//! The loops of depthwise convolutions over a [`Vector`].

use super::{Extent, Vector};
use crate::map::LANES;
use crate::weights::Clamp;

/// One block's rows, through pointers. Distances are in numbers.
///
/// # Safety
/// Whoever runs it promises that source and target hold what the convolution of `rows` reads and writes.
pub(super) struct DepthwiseJob {
    pub(super) side: usize,
    pub(super) stride: usize,
    pub(super) taps: *const f32,
    pub(super) bias: *const f32,
    pub(super) clamp: Clamp,
    pub(super) source: *const f32,
    pub(super) source_row: usize,
    pub(super) into: *mut f32,
    pub(super) into_row: usize,
    pub(super) rows: Extent,
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
