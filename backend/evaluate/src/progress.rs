//! How far a measurement is.

/// Called as `progress(step, done, total)` after each item of a step.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);
