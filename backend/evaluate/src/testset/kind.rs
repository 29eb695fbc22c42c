//! What a test set can measure.

use serde::Deserialize;

/// What a test set can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TestSetKind {
    /// Photos search articles.
    Retrieval,
    /// Photos are compared with label maps.
    Segmentation,
}
