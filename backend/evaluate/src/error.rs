//! Why a measurement failed.

use std::path::{Path, PathBuf};

use stl_server::matching::MatcherError;
use stl_server::networks::encode::EncodeError;
use stl_server::networks::models::ModelsError;
use stl_server::pictures::decode::DecodeError;
use stl_vision::{NetworkError, SegmentError};

use crate::testset::TestSetError;

/// Why a measurement failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The test set is refused.
    #[error(transparent)]
    TestSet(#[from] TestSetError),
    /// The networks cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// A baseline's network cannot be loaded.
    #[error(transparent)]
    Baseline(#[from] NetworkError),
    /// The articles cannot be matched.
    #[error(transparent)]
    Matcher(#[from] MatcherError),
    /// Categories shall be predicted, and the networks have no head for it.
    #[error("the articles' categories cannot be predicted: the manifest has no fashion-dna-categories")]
    NoCategoryHead,
    /// A picture of the test set cannot be used.
    #[error("{} cannot be measured", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// The reason.
        #[source]
        problem: PictureProblem,
    },
}

/// Why a picture of a test set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PictureProblem {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The label map cannot be decoded.
    #[error("the label map cannot be decoded")]
    LabelFile(#[source] image::ImageError),
    /// The label map has another format, size or value than expected.
    #[error("the label map does not fit: expected {expected}, got {received}")]
    Labels {
        /// What was expected.
        expected: String,
        /// What the file holds.
        received: String,
    },
    /// The photo has no label map.
    #[error("the whole way is measured with label maps only: expected labels, got none")]
    NoLabels,
    /// The segmenter failed.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The server refuses the numbers that a browser would send of it.
    #[error("the search by its numbers is refused: {0}")]
    Numbers(String),
    /// An encoder failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl PictureProblem {
    /// The error with the picture's path.
    #[must_use]
    pub fn at(self, path: &Path) -> EvaluateError {
        EvaluateError::Picture { path: path.to_owned(), problem: self }
    }
}
