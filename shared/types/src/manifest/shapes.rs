//! Whether a network is the one that its entry describes. In: its shapes. Out: nothing, or a [`ShapeMismatch`].

use super::NetworkSpec;

/// A network's shapes are not those of its entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a network {expected}, got {received}")]
pub struct ShapeMismatch {
    /// Input and output of the entry.
    pub expected: String,
    /// Those of the network.
    pub received: String,
}

impl NetworkSpec {
    /// Compares a network's shapes, without their batch, with this entry.
    ///
    /// # Errors
    /// When one of them differs.
    pub fn fits(&self, input: &[usize], output: &[usize]) -> Result<(), ShapeMismatch> {
        let shapes = |input: &[usize], output: &[usize]| format!("{input:?} → {output:?}");
        let expected = shapes(&self.input[1..], self.output.get(1..).unwrap_or_default());
        let received = shapes(input, output);
        if expected == received { Ok(()) } else { Err(ShapeMismatch { expected, received }) }
    }
}
