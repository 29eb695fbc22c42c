//! Eight float32 numbers as an array, which the compiler turns into the vectors of the target.

use super::chains::run_chains;
use super::depthwise_rows::{DepthwiseJob, depthwise_rows};
use super::multiply_rows::{GatherJob, ProductJob, gather_rows, multiply_rows};
use super::vector::Vector;
use crate::lanes::Lanes;

/// One block.
#[derive(Clone, Copy)]
pub(super) struct Plain([Lanes; 2]);

impl Vector for Plain {
    const BLOCKS: usize = 1;
    const PIXELS: [usize; 3] = [6, 2, 1];
    const DEPTHWISE: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([Lanes::splat(value); 2])
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { [Lanes::load(at), Lanes::load(at.add(4))] })
    }

    #[inline(always)]
    unsafe fn load_planes(at: *const f32, _plane: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::load(at) }
    }

    #[inline(always)]
    unsafe fn store_planes(self, at: *mut f32, _plane: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            self.0[0].store(at);
            self.0[1].store(at.add(4));
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
        Self([self.0[0].mul_add(factor.0[0], sum.0[0]), self.0[1].mul_add(factor.0[1], sum.0[1])])
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        Self([self.0[0].plus(other.0[0]), self.0[1].plus(other.0[1])])
    }

    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        Self([self.0[0].clamp(low.0[0], high.0[0]), self.0[1].clamp(low.0[1], high.0[1])])
    }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn multiply(job: &ProductJob) {
    // SAFETY: the caller's promise.
    unsafe { multiply_rows::<Plain>(job) }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn gather(job: &GatherJob) {
    // SAFETY: the caller's promise.
    unsafe { gather_rows::<Plain>(job) }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn depthwise(job: &DepthwiseJob) {
    // SAFETY: the caller's promise.
    unsafe { depthwise_rows::<Plain>(job) }
}

/// # Safety
/// None beyond the target's.
pub(super) unsafe fn chains(rounds: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { run_chains::<Plain>(rounds) }
}
