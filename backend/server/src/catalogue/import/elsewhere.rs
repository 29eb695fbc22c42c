//! An import whose pictures are encoded on other machines. In: the pictures that a feed wants. Out: f(A) and stored copies of each, and a
//! publication that other machines see.

use std::sync::Arc;

use super::error::ImportError;
use crate::catalogue::feed::PictureSource;
use crate::catalogue::fetch::Validators;
use crate::digest::Digest;

/// What is done elsewhere.
pub trait Elsewhere: std::fmt::Debug + Send + Sync {
    /// Fetches and encodes pictures. Returns what came of each, in their order. Calls `progress(done, total)` now and then.
    ///
    /// # Errors
    /// When nothing can come any more, or the import should stop.
    fn prepare(
        &self,
        wanted: &[WantedPicture],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<PreparedPicture>, ImportError>;

    /// Whether the copy of a picture is stored.
    fn has_copy(&self, picture: &Digest) -> bool;

    /// Fetches the narrowest stored copy of a picture to the catalogue's folder, if it is not there; does nothing if that fails.
    fn fetch_copy(&self, picture: &Digest);

    /// Runs the publication while no other machine publishes, and hands it on to all of them.
    ///
    /// # Errors
    /// Those of `work`, or when it cannot be handed on; nothing is published then.
    fn publish(&self, work: &mut dyn FnMut() -> Result<(), ImportError>) -> Result<(), ImportError>;
}

/// A picture of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPicture {
    /// Where it is.
    pub source: PictureSource,
    /// Whether it needs no f(A): it is not the title picture.
    pub is_further: bool,
    /// What its address held before, if that is stored: it need not be encoded again.
    pub known: Option<(Digest, Validators)>,
}

/// What came of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum PreparedPicture {
    /// A file, whose copies are stored.
    File {
        /// Of the file.
        sha256: Digest,
        /// f(A), `(width)`; none of a further picture, and of one that was known.
        feature: Option<Arc<[f32]>>,
        /// The file's version, as its host calls it.
        validators: Validators,
    },
    /// What was known.
    Unchanged,
    /// It cannot be used, for this reason.
    Fault(String),
}
