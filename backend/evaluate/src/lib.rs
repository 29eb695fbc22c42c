//! Measures the shipped networks through the code that serves them. In: a folder of the networks and test sets.
//! Out: reports, as text and as JSON.
//!
//! `TestSet → Look → View → scores → Answer → Summary`: a photo is segmented and cut out as in the browser, its
//! queries are encoded and matched as on the server, and what comes back is compared with what was worn.

use std::path::{Path, PathBuf};

use stl_vision::{NetworkError, SegmentError};

use stl_server::matching::MatcherError;
use stl_server::networks::encode::EncodeError;
use stl_server::networks::models::ModelsError;
use stl_server::pictures::decode::DecodeError;

pub mod articles;
pub mod baselines;
pub mod bootstrap;
pub mod colour;
pub mod look;
pub mod metrics;
pub mod outline;
pub mod pictures;
pub mod retrieval;
pub mod segmentation;
pub mod sheet;
pub mod summary;
pub mod table;
pub mod testset;

pub use testset::{TestSet, TestSetError};

/// Why nothing was measured.
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
    /// A picture of the test set cannot be used.
    #[error("{} cannot be measured", path.display())]
    Picture {
        /// The picture.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: PictureProblem,
    },
}

/// What is wrong with a picture of a test set.
#[derive(Debug, thiserror::Error)]
pub enum PictureProblem {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A label map that cannot be decoded.
    #[error("the label map cannot be decoded")]
    LabelFile(#[source] image::ImageError),
    /// A label map of another kind, size or with other values.
    #[error("the label map does not fit: expected {expected}, got {received}")]
    Labels {
        /// What fits.
        expected: String,
        /// What the file holds.
        received: String,
    },
    /// The segmenter failed.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// An encoder failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl PictureProblem {
    /// The error that names the picture.
    #[must_use]
    pub fn of(self, path: &Path) -> EvaluateError {
        EvaluateError::Picture { path: path.to_owned(), problem: self }
    }
}

/// Told what is being done, how many items of it are done, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);
