//! Figures of several turns.

/// The median; not a number if there is none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// To four digits behind the point.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
