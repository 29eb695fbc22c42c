//! Sixteen float32 numbers by AVX-512F.

use core::arch::x86_64::*;

use super::accumulate::{accumulate, accumulate_by};
use super::chains::run_chains;
use super::multiply_rows::{GatherJob, ProductJob, gather_rows, multiply_rows};
use super::vector::{Vector, accumulate_by_compiler};

/// Two blocks.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

impl Vector for Avx512 {
    const BLOCKS: usize = 2;
    const PIXELS: [usize; 3] = [12, 12, 8];
    const DEPTHWISE: usize = 8;
    const AHEAD: usize = 64;

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

    accumulate_by! {
        (1, 12) => accumulate_1_12,
        (1, 8) => accumulate_1_8,
        (1, 6) => accumulate_1_6,
        (1, 4) => accumulate_1_4,
        (2, 12) => accumulate_2_12,
        (2, 8) => accumulate_2_8,
        (2, 6) => accumulate_2_6,
        (2, 4) => accumulate_2_4,
    }
}

accumulate!(
    accumulate_1_12, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30"], 1, 12,
    [0 s0a] [32 s1a] [64 s2a] [96 s3a] [128 s4a] [160 s5a] [192 s6a] [224 s7a]
    [256 s8a] [288 s9a] [320 s10a] [352 s11a]
);
accumulate!(
    accumulate_1_8, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30"], 1, 8,
    [0 s0a] [32 s1a] [64 s2a] [96 s3a] [128 s4a] [160 s5a] [192 s6a] [224 s7a]
);
accumulate!(
    accumulate_1_6, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30"], 1, 6,
    [0 s0a] [32 s1a] [64 s2a] [96 s3a] [128 s4a] [160 s5a]
);
accumulate!(
    accumulate_1_4, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30"], 1, 4,
    [0 s0a] [32 s1a] [64 s2a] [96 s3a]
);
accumulate!(
    accumulate_2_12, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30" "zmm29"], 2, 12,
    [0 s0a s0b] [32 s1a s1b] [64 s2a s2b] [96 s3a s3b] [128 s4a s4b] [160 s5a s5b]
    [192 s6a s6b] [224 s7a s7b] [256 s8a s8b] [288 s9a s9b] [320 s10a s10b] [352 s11a s11b]
);
accumulate!(
    accumulate_2_8, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30" "zmm29"], 2, 8,
    [0 s0a s0b] [32 s1a s1b] [64 s2a s2b] [96 s3a s3b] [128 s4a s4b] [160 s5a s5b]
    [192 s6a s6b] [224 s7a s7b]
);
accumulate!(
    accumulate_2_6, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30" "zmm29"], 2, 6,
    [0 s0a s0b] [32 s1a s1b] [64 s2a s2b] [96 s3a s3b] [128 s4a s4b] [160 s5a s5b]
);
accumulate!(
    accumulate_2_4, Avx512 zmm_reg 64 "avx512f,avx2,fma", ["zmm31" "zmm30" "zmm29"], 2, 4,
    [0 s0a s0b] [32 s1a s1b] [64 s2a s2b] [96 s3a s3b]
);

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
