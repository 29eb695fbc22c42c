//! Why nothing was measured or adapted.

use std::path::PathBuf;

use stl_vision::SegmentError;

use crate::catalogue::{FeaturesError, LockError, ServedMatchError, StoreError};
use crate::matching::WeightsError;
use crate::networks::encode::EncodeError;
use crate::networks::models::ModelsError;

/// Why nothing was measured or adapted.
#[derive(Debug, thiserror::Error)]
pub enum AdaptError {
    /// There is no catalogue, or its database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The features cannot be read.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The networks cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The match that serves is not known.
    #[error(transparent)]
    Match(#[from] ServedMatchError),
    /// The adapted match cannot be written.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Another command works on the same embeddings.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Products and features are not of one version.
    #[error("products and features of the catalogue differ: run `shop-the-look catalogue import` again")]
    Inconsistent,
    /// A picture cannot be segmented.
    #[error("a person cannot be cut out")]
    Segment(#[from] SegmentError),
    /// A picture cannot be encoded.
    #[error("a picture cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The embeddings cannot be kept.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Nobody wears an article in any further picture.
    #[error(
        "expected products with further pictures in which somebody wears them, got none of {pictures} further pictures: import a feed \
         with additional_image_link or lifestyle_image_link"
    )]
    NoWearer {
        /// Further pictures that were looked at.
        pictures: usize,
    },
}
