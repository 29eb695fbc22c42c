//! Numbers and weights that the tests share.

use crate::matching::weights::MatchWeights;

/// Largest difference between two ways to compute a score: sums of up to 256 terms of magnitude 1 in float32.
pub(super) const TOLERANCE: f32 = 1e-4;

/// Numbers in −1..1 that look random (xorshift).
pub(super) fn noise(mut state: u64, count: usize) -> Vec<f32> {
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    for _ in 0..10 {
        next();
    }
    (0..count).map(|_| next()).collect()
}

/// Bytes in 0..=255 that look random.
pub(super) fn noise_bytes(seed: u64, count: usize) -> Vec<u8> {
    noise(seed, count).into_iter().map(|number| ((number + 1.0) * 127.9) as u8).collect()
}

/// Weights of 40 hidden units for embeddings of 8 numbers.
pub(super) fn weights() -> MatchWeights {
    MatchWeights { hidden: 40, width: 8, u: noise(1, 320), v: noise(2, 320), b: noise(3, 40), w2: noise(4, 40) }
}
