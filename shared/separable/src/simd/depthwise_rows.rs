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
    let Extent { count, width } = job.rows;
    let mut x = 0;
    while x < width {
        let left = width - x;
        let across = [8, 4, 2].into_iter().find(|&across| across <= left && across <= V::DEPTHWISE).unwrap_or(1);
        let mut row = 0;
        while row < count {
            // Of narrow tiles, two rows together have as many sums.
            let is_pair = row + 1 < count && 2 * across <= V::DEPTHWISE;
            // SAFETY: the tile lies within the row, and a second one within the next.
            unsafe {
                let source = job.source.add(row * STRIDE * job.source_row + x * STRIDE * LANES);
                let into = job.into.add(row * job.into_row + x * LANES);
                row += match across {
                    8 => tile::<V, SIDE, STRIDE, 1, 8>(job, source, into),
                    4 if is_pair => tile::<V, SIDE, STRIDE, 2, 4>(job, source, into),
                    4 => tile::<V, SIDE, STRIDE, 1, 4>(job, source, into),
                    2 if is_pair => tile::<V, SIDE, STRIDE, 2, 2>(job, source, into),
                    2 => tile::<V, SIDE, STRIDE, 1, 2>(job, source, into),
                    _ => tile::<V, SIDE, STRIDE, 1, 1>(job, source, into),
                };
            }
        }
        x += across;
    }
}

/// Computes `COUNT` outputs of each of some rows; returns `ROWS`. A tap is loaded once for all outputs, a value for each of its products:
/// as an operand of the instruction that multiplies, which costs nothing.
///
/// # Safety
/// See [`DepthwiseJob`] and [`Vector`].
#[inline(always)]
unsafe fn tile<V: Vector, const SIDE: usize, const STRIDE: usize, const ROWS: usize, const COUNT: usize>(
    job: &DepthwiseJob,
    source: *const f32,
    into: *mut f32,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::load(job.bias); COUNT]; ROWS];
        for down in 0..SIDE {
            for right in 0..SIDE {
                let tap = V::load(job.taps.add((down * SIDE + right) * LANES));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let source = source.add((row * STRIDE + down) * job.source_row + right * LANES);
                    for (pixel, sum) in sums.iter_mut().enumerate() {
                        *sum = V::load(source.add(pixel * STRIDE * LANES)).mul_add(tap, *sum);
                    }
                }
            }
        }
        let (low, high) = (V::splat(job.clamp.low), V::splat(job.clamp.high));
        for (row, sums) in sums.into_iter().enumerate() {
            for (pixel, sum) in sums.into_iter().enumerate() {
                sum.clamp(low, high).store_planes(into.add(row * job.into_row + pixel * LANES), 0);
            }
        }
    }
    ROWS
}
