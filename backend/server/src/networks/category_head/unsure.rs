//! That no category is probable enough. In: the most probable one. Out: a message for the report of an import.

use stl_types::Category;

/// No category is probable enough.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "no field implies a category, and the picture does not show one clearly enough: expected a probability of at least \
     {expected:.2}, got {} with {received:.2}",
    best.map_or("unsupported", Category::as_str)
)]
pub struct Unsure {
    /// The lowest probability that is accepted.
    pub expected: f32,
    /// The most probable category; none if it is *unsupported*.
    pub best: Option<Category>,
    /// Its probability.
    pub received: f32,
}
