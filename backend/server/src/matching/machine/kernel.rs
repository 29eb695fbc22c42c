//! Scores rows of bytes. In: rows, a query's [`Thresholds`]. Out: a score for each row.
//!
//! `relu(q + r)` is `max(r − t, 0)` with t = −q. With r and t on one grid of 256 steps, a hidden unit costs one saturating
//! subtraction. The grid contains the unit's weight, so `w2 · relu(…)` becomes the sum over the units with a positive
//! weight minus the sum over those with a negative one:
//!
//! ```text
//! score = Σ₊ max(row − threshold, 0) − Σ₋ max(row − threshold, 0)
//! ```
//!
//! All kernels give the same integers.

use std::fmt;

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::thresholds::Thresholds;
#[cfg(target_arch = "x86_64")]
use super::x86;

/// A way to compute the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// One byte after the other, on any machine. The reference of the others.
    Scalar,
    /// x86-64 with AVX2: 32 bytes at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 64-bit ARM: 16 bytes at once.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// The fastest kernel that this machine runs.
    #[must_use]
    pub fn fastest() -> Self {
        Self::available().next_back().unwrap_or(Self::Scalar)
    }

    /// The kernels that this machine runs, the slowest first.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let known = [(Self::Scalar, true), (Self::Avx2, is_x86_feature_detected!("avx2"))];
        #[cfg(target_arch = "aarch64")]
        let known = [(Self::Scalar, true), (Self::Neon, std::arch::is_aarch64_feature_detected!("neon"))];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let known = [(Self::Scalar, true)];
        known.into_iter().filter_map(|(kernel, runs)| runs.then_some(kernel))
    }

    /// Scores `rows` `(scores, stride)` against a query.
    ///
    /// # Panics
    /// When `rows` and `scores` do not fit, or this machine does not run the kernel.
    pub fn scores(self, rows: &[u8], thresholds: &Thresholds, scores: &mut [i32]) {
        assert_eq!(rows.len(), scores.len() * thresholds.stride(), "one score for each row");
        match self {
            Self::Scalar => scalar(rows, thresholds, scores),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                assert!(is_x86_feature_detected!("avx2"), "this machine lacks AVX2");
                // SAFETY: the machine has AVX2.
                unsafe { x86::avx2(rows, thresholds, scores) }
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                assert!(std::arch::is_aarch64_feature_detected!("neon"), "this machine lacks NEON");
                // SAFETY: the machine has NEON.
                unsafe { neon::neon(rows, thresholds, scores) }
            }
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "NEON",
        })
    }
}

fn scalar(rows: &[u8], thresholds: &Thresholds, scores: &mut [i32]) {
    let (bytes, negative) = (thresholds.bytes(), thresholds.negative_bytes());
    for (row, score) in rows.chunks_exact(bytes.len()).zip(scores) {
        let sum = |range: std::ops::Range<usize>| -> i32 {
            row[range.clone()]
                .iter()
                .zip(&bytes[range])
                .map(|(row, threshold)| i32::from(row.saturating_sub(*threshold)))
                .sum()
        };
        *score = sum(negative..bytes.len()) - sum(0..negative);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::fixtures::noise_bytes;
    use crate::matching::machine::LINE_BYTES;

    #[test]
    fn every_kernel_gives_the_references_integers() {
        let mut seed = 3;
        let mut noise = |count| {
            seed += 1;
            noise_bytes(seed, count)
        };
        for (lines, negative_lines) in [(1, 0), (1, 1), (2, 1), (4, 4), (4, 3), (7, 2), (40, 11)] {
            for count in [0, 1, 2, 3, 4, 5, 63, 64, 130] {
                let stride = lines * LINE_BYTES;
                let rows = noise(count * stride);
                let mut bytes = noise(stride);
                // The ends of the range, which saturate.
                bytes[..3].copy_from_slice(&[0, 255, 0]);
                let thresholds = Thresholds::new(bytes, negative_lines * LINE_BYTES);
                let mut expected = vec![0; count];
                scalar(&rows, &thresholds, &mut expected);
                for kernel in Kernel::available() {
                    let mut scores = vec![i32::MIN; count];
                    kernel.scores(&rows, &thresholds, &mut scores);
                    assert_eq!(scores, expected, "{kernel}, {lines} lines, {negative_lines} negative, {count} rows");
                }
            }
        }
    }

    #[test]
    fn the_largest_sums_do_not_overflow() {
        let stride = 64 * LINE_BYTES;
        let rows = vec![255; 5 * stride];
        for (negative, expected) in [(0, 255 * 4096), (stride, -255 * 4096)] {
            let thresholds = Thresholds::new(vec![0; stride], negative);
            for kernel in Kernel::available() {
                let mut scores = [0; 5];
                kernel.scores(&rows, &thresholds, &mut scores);
                assert_eq!(scores, [expected; 5], "{kernel}");
            }
        }
    }
}
