//! Sixteen float32 numbers by AVX-512F.

use core::arch::x86_64::*;

use super::chains::run_chains;
use super::multiply_rows::{GatherJob, ProductJob, gather_rows, multiply_rows};
use super::vector::Vector;

/// Two blocks.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

impl Vector for Avx512 {
    const BLOCKS: usize = 2;
    const PIXELS: [usize; 3] = [12, 12, 8];
    const DEPTHWISE: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { _mm512_loadu_ps(at) })
    }

    #[inline(always)]
    unsafe fn load_planes(at: *const f32, plane: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let halves = [at, at.add(plane)].map(|at| _mm256_castps_pd(_mm256_loadu_ps(at)));
            let low = _mm512_castpd256_pd512(halves[0]);
            Self(_mm512_castpd_ps(_mm512_insertf64x4::<1>(low, halves[1])))
        }
    }

    #[inline(always)]
    unsafe fn store_planes(self, at: *mut f32, plane: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self.0));
            _mm256_storeu_ps(at, _mm512_castps512_ps256(self.0));
            _mm256_storeu_ps(at.add(plane), _mm256_castpd_ps(high));
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, sum.0) })
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn clamp(self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's promise.
        Self(unsafe { _mm512_min_ps(_mm512_max_ps(self.0, low.0), high.0) })
    }
}

/// # Safety
/// The processor has AVX-512F; the job's promise; the panel has an even number of blocks.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn multiply(job: &ProductJob) {
    // SAFETY: the caller's promise.
    unsafe { multiply_rows::<Avx512>(job) }
}

/// # Safety
/// The processor has AVX-512F; the job's promise; the panel has an even number of blocks.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn gather(job: &GatherJob) {
    // SAFETY: the caller's promise.
    unsafe { gather_rows::<Avx512>(job) }
}

/// # Safety
/// The processor has AVX-512F.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn chains(rounds: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { run_chains::<Avx512>(rounds) }
}
