//! Why a photo cannot be segmented.

use stl_types::SizeMismatch;
use stl_types::manifest::{LayoutError, ShapeMismatch};

use crate::input::InputError;

/// Why a photo cannot be segmented.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The photo cannot become an input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network's shapes are not those of the manifest.
    #[error("the manifest describes another network: {0}")]
    Shape(#[from] ShapeMismatch),
    /// The manifest's entry is not that of a segmenter.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// tract cannot load or run the network.
    #[cfg(feature = "tract")]
    #[error(transparent)]
    Tract(#[from] crate::tract_network::TractError),
    /// The input has another length than the network's.
    #[error(transparent)]
    Numbers(#[from] separable::InputError),
    /// The output does not fit the photo.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
}
