//! The pass over all articles, in bytes. In: rows, a query's [`Thresholds`]. Out: a score for each row.
//!
//! With `relu(q + r)` written as `max(r − t, 0)`, t = −q, and both put on one grid of 256 steps, a hidden unit costs one
//! saturating subtraction. Its weight is in the grid already, so what is left of `w2 · relu(…)` is a sum over the units
//! with a positive weight less the sum over those with a negative one:
//!
//! ```text
//! score = Σ₊ max(row − threshold, 0) − Σ₋ max(row − threshold, 0)
//! ```
//!
//! Every way of computing it gives the same integer.

use std::fmt;

/// Bytes of a cache line: rows are whole lines, and so is the part of a row that belongs to one sign.
pub const LINE: usize = 64;

/// A query on the rows' grid: first the units that count negatively, then the others, each part a whole number of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    bytes: Vec<u8>,
    negative: usize,
}

impl Thresholds {
    /// `bytes` of which the first `negative` count negatively.
    ///
    /// # Panics
    /// When a part is no whole number of lines, or there are none.
    #[must_use]
    pub fn new(bytes: Vec<u8>, negative: usize) -> Self {
        assert!(
            !bytes.is_empty() && bytes.len().is_multiple_of(LINE),
            "thresholds fill lines, got {} bytes",
            bytes.len()
        );
        assert!(
            negative <= bytes.len() && negative.is_multiple_of(LINE),
            "the negative part fills lines, got {negative}"
        );
        Self { bytes, negative }
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.bytes.len()
    }

    /// All bytes, and how many of them count negatively.
    pub(super) fn parts(&self) -> (&[u8], usize) {
        (&self.bytes, self.negative)
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A way to compute the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// One byte after the other, on any machine: what the others are compared with.
    Scalar,
    /// x86-64 with AVX2: 32 bytes at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 64-bit ARM: 16 bytes at once.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// The fastest that this machine runs.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::Scalar)
    }

    /// Those that this machine runs, the slowest first.
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
                assert!(is_x86_feature_detected!("avx2"), "this machine has AVX2");
                // SAFETY: the machine has AVX2.
                unsafe { super::x86::avx2(rows, thresholds, scores) }
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                assert!(std::arch::is_aarch64_feature_detected!("neon"), "this machine has NEON");
                // SAFETY: the machine has NEON.
                unsafe { super::neon::scores(rows, thresholds, scores) }
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
    let (bytes, negative) = thresholds.parts();
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
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::*;

    #[test]
    fn every_kernel_gives_the_references_integers() {
        let mut noise = ChaCha8Rng::seed_from_u64(3);
        for (lines, negative_lines) in [(1, 0), (1, 1), (2, 1), (4, 4), (4, 3), (7, 2), (40, 11)] {
            for count in [0, 1, 2, 3, 4, 5, 63, 64, 130] {
                let stride = lines * LINE;
                let mut rows = vec![0; count * stride];
                noise.fill_bytes(&mut rows);
                let mut bytes = vec![0; stride];
                noise.fill_bytes(&mut bytes);
                // The ends of the range, which saturate.
                bytes[..3].copy_from_slice(&[0, 255, 0]);
                let thresholds = Thresholds::new(bytes, negative_lines * LINE);
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
        let stride = 64 * LINE;
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
