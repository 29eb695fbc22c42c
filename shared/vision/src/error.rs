//! Why a photo cannot be segmented.

use stl_types::SizeMismatch;

use crate::input::InputError;

/// Why a photo cannot be segmented.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The photo cannot become an input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network's shapes are not those of the manifest.
    #[error("the manifest describes a network {expected}, the packed one is {received}")]
    Shape {
        /// Input and output shape of the manifest.
        expected: String,
        /// Those of the network.
        received: String,
    },
    /// The ONNX file cannot be packed.
    #[cfg(feature = "onnx")]
    #[error(transparent)]
    Pack(#[from] separable::PackError),
    /// The input has another length than the network's.
    #[error(transparent)]
    Numbers(#[from] separable::InputError),
    /// The output does not fit the photo.
    #[error(transparent)]
    Size(#[from] SizeMismatch),
}
