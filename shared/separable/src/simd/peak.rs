//! The processor's limit of multiply-adds, to measure loops against.

use std::hint::black_box;
use std::time::Instant;

use super::vector::Vector;
use super::{LANES, Level};

/// Rounds of twelve multiply-adds: a millisecond on most processors.
const ROUNDS: usize = 1 << 18;

/// Vectors whose chains of multiply-adds do not wait for each other: two units with a latency of four or five.
const CHAINS: usize = 12;

/// Multiply-adds a second of one thread, from registers alone.
#[must_use]
pub fn peak_macs_per_s() -> f64 {
    let begin = Instant::now();
    // SAFETY: `Level` has only what the processor has.
    let numbers = unsafe {
        match Level::best() {
            Level::Plain => super::plain::chains(ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => super::avx2::chains(ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => super::avx512::chains(ROUNDS),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::chains(ROUNDS),
        }
    };
    numbers as f64 / begin.elapsed().as_secs_f64()
}

/// Runs the chains; returns the number of multiply-adds.
///
/// # Safety
/// See [`Vector`].
#[inline(always)]
pub(super) unsafe fn run_chains<V: Vector>(rounds: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let (factor, summand) = (V::splat(black_box(0.999)), V::splat(black_box(0.001)));
        let mut sums = [V::splat(black_box(1.0)); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, summand);
            }
        }
        let mut out = [0.0; 2 * LANES];
        for sum in sums {
            sum.store_planes(out.as_mut_ptr(), LANES);
            black_box(&out);
        }
    }
    rounds * CHAINS * V::BLOCKS * LANES
}
