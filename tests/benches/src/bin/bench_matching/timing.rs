//! What all measurements share.

use std::time::Instant;

/// Queries that share a pass.
pub(super) const BATCHES: [usize; 3] = [1, 8, 32];

/// Milliseconds since `begin`.
pub(super) fn ms_since(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

/// Median, lower and upper quartile.
pub(super) fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [2, 1, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
