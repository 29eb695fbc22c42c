//! Chains of multiply-adds over a [`Vector`].

use std::hint::black_box;

use super::Vector;
use crate::map::LANES;

/// Vectors whose chains of multiply-adds do not wait for each other: two units with a latency of four or five.
const CHAINS: usize = 12;

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
