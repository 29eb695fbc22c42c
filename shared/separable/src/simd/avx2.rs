//! Eight float32 numbers by AVX2 with fused multiply-add.

use core::arch::asm;
use core::arch::x86_64::*;

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

    #[inline(always)]
    unsafe fn accumulate<const VECTORS: usize, const PIXELS: usize>(
        sums: &mut [[Self; VECTORS]; PIXELS],
        weights: *const f32,
        source: *const f32,
        plane: usize,
        inputs: usize,
        ahead: *const f32,
    ) {
        // SAFETY: the caller's promise; each cast is to the type that it is already.
        unsafe {
            let all = core::ptr::from_mut(sums);
            match (VECTORS, PIXELS) {
                (1, 12) => accumulate_1_12(&mut *all.cast(), weights, source, plane, inputs, ahead),
                (2, 6) => accumulate_2_6(&mut *all.cast(), weights, source, plane, inputs, ahead),
                (3, 4) => accumulate_3_4(&mut *all.cast(), weights, source, plane, inputs, ahead),
                _ => accumulate_by_compiler(sums, weights, source, plane, inputs),
            }
        }
    }
}

/// Fetches the next numbers of [`Vector::AHEAD`] into the second-level cache. Addresses need not exist.
macro_rules! ahead {
    () => {
        "prefetcht1 [{ahead}]\nprefetcht1 [{ahead} + 64]\nprefetcht1 [{ahead} + 128]\nprefetcht1 [{ahead} + 192]\n"
    };
}

/// Loads eight weights of an input, `$stride` bytes further for each input.
macro_rules! weight {
    ($name:literal, $stride:literal, $lane:literal, $at:literal) => {
        concat!("vmovups {w", $name, "}, [{weights} + ", $stride, "*", $lane, " + ", $at, "]\n")
    };
}

/// Loads an input of a pixel into all numbers of a register.
macro_rules! value {
    ($lane:literal, $at:literal) => {
        concat!("vbroadcastss {x}, [{source} + 4*", $lane, " + ", $at, "]\n")
    };
}

/// The instructions for one input of a tile: its weights are loaded once, its values one after the other. Written out, since a compiler
/// that moves loads forward runs out of registers and keeps a sum in memory.
macro_rules! input {
    (1, 12, $lane:literal) => {
        concat!(
            weight!("a", 32, $lane, 0),
            value!($lane, 0),
            "vfmadd231ps {s0a}, {x}, {wa}\n",
            value!($lane, 32),
            "vfmadd231ps {s1a}, {x}, {wa}\n",
            value!($lane, 64),
            "vfmadd231ps {s2a}, {x}, {wa}\n",
            value!($lane, 96),
            "vfmadd231ps {s3a}, {x}, {wa}\n",
            value!($lane, 128),
            "vfmadd231ps {s4a}, {x}, {wa}\n",
            value!($lane, 160),
            "vfmadd231ps {s5a}, {x}, {wa}\n",
            value!($lane, 192),
            "vfmadd231ps {s6a}, {x}, {wa}\n",
            value!($lane, 224),
            "vfmadd231ps {s7a}, {x}, {wa}\n",
            value!($lane, 256),
            "vfmadd231ps {s8a}, {x}, {wa}\n",
            value!($lane, 288),
            "vfmadd231ps {s9a}, {x}, {wa}\n",
            value!($lane, 320),
            "vfmadd231ps {s10a}, {x}, {wa}\n",
            value!($lane, 352),
            "vfmadd231ps {s11a}, {x}, {wa}\n",
        )
    };
    (2, 6, $lane:literal) => {
        concat!(
            weight!("a", 64, $lane, 0),
            weight!("b", 64, $lane, 32),
            value!($lane, 0),
            "vfmadd231ps {s0a}, {x}, {wa}\nvfmadd231ps {s0b}, {x}, {wb}\n",
            value!($lane, 32),
            "vfmadd231ps {s1a}, {x}, {wa}\nvfmadd231ps {s1b}, {x}, {wb}\n",
            value!($lane, 64),
            "vfmadd231ps {s2a}, {x}, {wa}\nvfmadd231ps {s2b}, {x}, {wb}\n",
            value!($lane, 96),
            "vfmadd231ps {s3a}, {x}, {wa}\nvfmadd231ps {s3b}, {x}, {wb}\n",
            value!($lane, 128),
            "vfmadd231ps {s4a}, {x}, {wa}\nvfmadd231ps {s4b}, {x}, {wb}\n",
            value!($lane, 160),
            "vfmadd231ps {s5a}, {x}, {wa}\nvfmadd231ps {s5b}, {x}, {wb}\n",
        )
    };
    (3, 4, $lane:literal) => {
        concat!(
            weight!("a", 96, $lane, 0),
            weight!("b", 96, $lane, 32),
            weight!("c", 96, $lane, 64),
            value!($lane, 0),
            "vfmadd231ps {s0a}, {x}, {wa}\nvfmadd231ps {s0b}, {x}, {wb}\nvfmadd231ps {s0c}, {x}, {wc}\n",
            value!($lane, 32),
            "vfmadd231ps {s1a}, {x}, {wa}\nvfmadd231ps {s1b}, {x}, {wb}\nvfmadd231ps {s1c}, {x}, {wc}\n",
            value!($lane, 64),
            "vfmadd231ps {s2a}, {x}, {wa}\nvfmadd231ps {s2b}, {x}, {wb}\nvfmadd231ps {s2c}, {x}, {wc}\n",
            value!($lane, 96),
            "vfmadd231ps {s3a}, {x}, {wa}\nvfmadd231ps {s3b}, {x}, {wb}\nvfmadd231ps {s3c}, {x}, {wc}\n",
        )
    };
}

/// # Safety
/// As [`Vector::accumulate`]; `inputs` is not zero.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn accumulate_1_12(
    sums: &mut [[Avx2; 1]; 12],
    weights: *const f32,
    source: *const f32,
    plane: usize,
    inputs: usize,
    ahead: *const f32,
) {
    let [[s0a], [s1a], [s2a], [s3a], [s4a], [s5a], [s6a], [s7a], [s8a], [s9a], [s10a], [s11a]] = sums;
    // SAFETY: it reads what the caller promises, and writes the sums.
    unsafe {
        asm!(
            "2:",
            ahead!(),
            input!(1, 12, 0),
            input!(1, 12, 1),
            input!(1, 12, 2),
            input!(1, 12, 3),
            input!(1, 12, 4),
            input!(1, 12, 5),
            input!(1, 12, 6),
            input!(1, 12, 7),
            "add {weights}, 256",
            "add {source}, {plane}",
            "add {ahead}, 256",
            "dec {inputs}",
            "jnz 2b",
            weights = inout(reg) weights => _,
            source = inout(reg) source => _,
            inputs = inout(reg) inputs => _,
            ahead = inout(reg) ahead => _,
            plane = in(reg) plane * size_of::<f32>(),
            x = out(ymm_reg) _,
            wa = out(ymm_reg) _,
            s0a = inout(ymm_reg) s0a.0,
            s1a = inout(ymm_reg) s1a.0,
            s2a = inout(ymm_reg) s2a.0,
            s3a = inout(ymm_reg) s3a.0,
            s4a = inout(ymm_reg) s4a.0,
            s5a = inout(ymm_reg) s5a.0,
            s6a = inout(ymm_reg) s6a.0,
            s7a = inout(ymm_reg) s7a.0,
            s8a = inout(ymm_reg) s8a.0,
            s9a = inout(ymm_reg) s9a.0,
            s10a = inout(ymm_reg) s10a.0,
            s11a = inout(ymm_reg) s11a.0,
            options(nostack, readonly),
        );
    }
}

/// # Safety
/// As [`Vector::accumulate`]; `inputs` is not zero.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn accumulate_2_6(
    sums: &mut [[Avx2; 2]; 6],
    weights: *const f32,
    source: *const f32,
    plane: usize,
    inputs: usize,
    ahead: *const f32,
) {
    let [[s0a, s0b], [s1a, s1b], [s2a, s2b], [s3a, s3b], [s4a, s4b], [s5a, s5b]] = sums;
    // SAFETY: it reads what the caller promises, and writes the sums.
    unsafe {
        asm!(
            "2:",
            ahead!(),
            input!(2, 6, 0),
            input!(2, 6, 1),
            input!(2, 6, 2),
            input!(2, 6, 3),
            input!(2, 6, 4),
            input!(2, 6, 5),
            input!(2, 6, 6),
            input!(2, 6, 7),
            "add {weights}, 512",
            "add {source}, {plane}",
            "add {ahead}, 256",
            "dec {inputs}",
            "jnz 2b",
            weights = inout(reg) weights => _,
            source = inout(reg) source => _,
            inputs = inout(reg) inputs => _,
            ahead = inout(reg) ahead => _,
            plane = in(reg) plane * size_of::<f32>(),
            x = out(ymm_reg) _,
            wa = out(ymm_reg) _,
            wb = out(ymm_reg) _,
            s0a = inout(ymm_reg) s0a.0,
            s0b = inout(ymm_reg) s0b.0,
            s1a = inout(ymm_reg) s1a.0,
            s1b = inout(ymm_reg) s1b.0,
            s2a = inout(ymm_reg) s2a.0,
            s2b = inout(ymm_reg) s2b.0,
            s3a = inout(ymm_reg) s3a.0,
            s3b = inout(ymm_reg) s3b.0,
            s4a = inout(ymm_reg) s4a.0,
            s4b = inout(ymm_reg) s4b.0,
            s5a = inout(ymm_reg) s5a.0,
            s5b = inout(ymm_reg) s5b.0,
            options(nostack, readonly),
        );
    }
}

/// # Safety
/// As [`Vector::accumulate`]; `inputs` is not zero.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn accumulate_3_4(
    sums: &mut [[Avx2; 3]; 4],
    weights: *const f32,
    source: *const f32,
    plane: usize,
    inputs: usize,
    ahead: *const f32,
) {
    let [[s0a, s0b, s0c], [s1a, s1b, s1c], [s2a, s2b, s2c], [s3a, s3b, s3c]] = sums;
    // SAFETY: it reads what the caller promises, and writes the sums.
    unsafe {
        asm!(
            "2:",
            ahead!(),
            input!(3, 4, 0),
            input!(3, 4, 1),
            input!(3, 4, 2),
            input!(3, 4, 3),
            input!(3, 4, 4),
            input!(3, 4, 5),
            input!(3, 4, 6),
            input!(3, 4, 7),
            "add {weights}, 768",
            "add {source}, {plane}",
            "add {ahead}, 256",
            "dec {inputs}",
            "jnz 2b",
            weights = inout(reg) weights => _,
            source = inout(reg) source => _,
            inputs = inout(reg) inputs => _,
            ahead = inout(reg) ahead => _,
            plane = in(reg) plane * size_of::<f32>(),
            x = out(ymm_reg) _,
            wa = out(ymm_reg) _,
            wb = out(ymm_reg) _,
            wc = out(ymm_reg) _,
            s0a = inout(ymm_reg) s0a.0,
            s0b = inout(ymm_reg) s0b.0,
            s0c = inout(ymm_reg) s0c.0,
            s1a = inout(ymm_reg) s1a.0,
            s1b = inout(ymm_reg) s1b.0,
            s1c = inout(ymm_reg) s1c.0,
            s2a = inout(ymm_reg) s2a.0,
            s2b = inout(ymm_reg) s2b.0,
            s2c = inout(ymm_reg) s2c.0,
            s3a = inout(ymm_reg) s3a.0,
            s3b = inout(ymm_reg) s3b.0,
            s3c = inout(ymm_reg) s3c.0,
            options(nostack, readonly),
        );
    }
}

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
