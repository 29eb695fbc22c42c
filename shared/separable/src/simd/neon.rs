//! Eight float32 numbers by NEON: two registers.

use core::arch::aarch64::*;

use super::chains::run_chains;
use super::depthwise_rows::{DepthwiseJob, depthwise_rows};
use super::multiply_rows::{GatherJob, ProductJob, gather_rows, multiply_rows};
use super::vector::Vector;

/// One block.
#[derive(Clone, Copy)]
pub(super) struct Neon(float32x4_t, float32x4_t);

impl Vector for Neon {
    const BLOCKS: usize = 1;
    const PIXELS: [usize; 3] = [12, 6, 4];
    const DEPTHWISE: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: NEON is part of the target.
        let half = unsafe { vdupq_n_f32(value) };
        Self(half, half)
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(vld1q_f32(at), vld1q_f32(at.add(4))) }
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
            vst1q_f32(at, self.0);
            vst1q_f32(at.add(4), self.1);
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe { Self(vfmaq_f32(sum.0, self.0, factor.0), vfmaq_f32(sum.1, self.1, factor.1)) }
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe { Self(vaddq_f32(self.0, other.0), vaddq_f32(self.1, other.1)) }
    }

    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        // SAFETY: NEON is part of the target.
        unsafe { Self(vminq_f32(vmaxq_f32(self.0, low.0), high.0), vminq_f32(vmaxq_f32(self.1, low.1), high.1)) }
    }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn multiply(job: &ProductJob) {
    // SAFETY: the caller's promise.
    unsafe { multiply_rows::<Neon>(job) }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn gather(job: &GatherJob) {
    // SAFETY: the caller's promise.
    unsafe { gather_rows::<Neon>(job) }
}

/// # Safety
/// The job's promise.
pub(super) unsafe fn depthwise(job: &DepthwiseJob) {
    // SAFETY: the caller's promise.
    unsafe { depthwise_rows::<Neon>(job) }
}

/// # Safety
/// None beyond the target's.
pub(super) unsafe fn chains(rounds: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { run_chains::<Neon>(rounds) }
}
