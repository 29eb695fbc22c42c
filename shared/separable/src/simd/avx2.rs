//! Eight float32 numbers by AVX2 with fused multiply-add.

use core::arch::x86_64::*;

use super::accumulate::{accumulate, accumulate_by};
use super::chains::run_chains;
use super::depthwise_rows::{DepthwiseJob, depthwise_rows};
use super::multiply_rows::{GatherJob, ProductJob, gather_rows, multiply_rows};
use super::vector::{Vector, accumulate_by_compiler};

/// One block.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

impl Vector for Avx2 {
    const BLOCKS: usize = 1;
    const PIXELS: [usize; 3] = [12, 6, 4];
    const DEPTHWISE: usize = 8;
    const AHEAD: usize = 64;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm256_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn load_planes(at: *const f32, _plane: usize) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm256_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn store_planes(self, at: *mut f32, _plane: usize) {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_ps(at, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, sum.0) })
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm256_min_ps(_mm256_max_ps(self.0, low.0), high.0) })
    }

    accumulate_by! {
        (1, 12) => accumulate_1_12,
        (2, 6) => accumulate_2_6,
        (3, 4) => accumulate_3_4,
    }
}

accumulate!(
    accumulate_1_12, Avx2 ymm_reg 32 "avx2,fma", ["ymm15" "ymm14"], 1, 12,
    [0 s0a] [32 s1a] [64 s2a] [96 s3a] [128 s4a] [160 s5a] [192 s6a] [224 s7a]
    [256 s8a] [288 s9a] [320 s10a] [352 s11a]
);
accumulate!(
    accumulate_2_6, Avx2 ymm_reg 32 "avx2,fma", ["ymm15" "ymm14" "ymm13"], 2, 6,
    [0 s0a s0b] [32 s1a s1b] [64 s2a s2b] [96 s3a s3b] [128 s4a s4b] [160 s5a s5b]
);
accumulate!(
    accumulate_3_4, Avx2 ymm_reg 32 "avx2,fma", ["ymm15" "ymm14" "ymm13" "ymm12"], 3, 4,
    [0 s0a s0b s0c] [32 s1a s1b s1c] [64 s2a s2b s2c] [96 s3a s3b s3c]
);

/// # Safety
/// The processor has AVX2 and FMA; the job's promise.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply(job: &ProductJob) {
    // SAFETY: the caller's promise.
    unsafe { multiply_rows::<Avx2>(job) }
}

/// # Safety
/// The processor has AVX2 and FMA; the job's promise.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn gather(job: &GatherJob) {
    // SAFETY: the caller's promise.
    unsafe { gather_rows::<Avx2>(job) }
}

/// # Safety
/// The processor has AVX2 and FMA; the job's promise.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn depthwise(job: &DepthwiseJob) {
    // SAFETY: the caller's promise.
    unsafe { depthwise_rows::<Avx2>(job) }
}

/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn chains(rounds: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { run_chains::<Avx2>(rounds) }
}
