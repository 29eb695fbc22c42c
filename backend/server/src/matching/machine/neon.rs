//! The kernel for 64-bit ARM with NEON. In: rows, thresholds. Out: scores.
//!
//! `uqsub` (saturating subtraction), then pairwise sums into 32-bit lanes.

use std::arch::aarch64::*;

use super::thresholds::Thresholds;

/// Bytes of a vector.
const BLOCK: usize = 16;

/// # Safety
/// The machine must have NEON.
#[target_feature(enable = "neon")]
pub(super) unsafe fn neon(rows: &[u8], thresholds: &Thresholds, scores: &mut [i32]) {
    let (bytes, negative) = (thresholds.bytes(), thresholds.negative_bytes());
    for (row, score) in rows.chunks_exact(bytes.len()).zip(scores) {
        let ((row_minus, row_plus), (minus, plus)) = (row.split_at(negative), bytes.split_at(negative));
        *score = sum(row_plus, plus) - sum(row_minus, minus);
    }
}

/// `Σ max(row − threshold, 0)`, below 2³¹ since a row has at most 2²³ bytes.
#[target_feature(enable = "neon")]
#[inline]
fn sum(row: &[u8], thresholds: &[u8]) -> i32 {
    let mut sums = [vdupq_n_u32(0); 2];
    for (number, (row, threshold)) in row.chunks_exact(BLOCK).zip(thresholds.chunks_exact(BLOCK)).enumerate() {
        // SAFETY: both blocks are 16 bytes long.
        let (values, threshold) = unsafe { (vld1q_u8(row.as_ptr()), vld1q_u8(threshold.as_ptr())) };
        let pairs = vpaddlq_u8(vqsubq_u8(values, threshold));
        // Two sums, so that one addition does not wait for the other.
        sums[number % 2] = vpadalq_u16(sums[number % 2], pairs);
    }
    vaddvq_u32(vaddq_u32(sums[0], sums[1])).cast_signed()
}
