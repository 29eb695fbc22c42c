//! What became of a picture, and the bytes of one that is a file. In: a path. Out: bytes, or what an import makes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue::store::FetchedPicture;
use crate::digest::Digest;
use crate::pictures::decode::Bounds;

/// A picture that is stored.
pub(super) struct ImportedPicture {
    pub(super) sha256: Digest,
    /// f(A), `(width)`.
    pub(super) feature: Arc<[f32]>,
    /// Whether the former catalogue lacked it.
    pub(super) is_new: bool,
    /// What its address held; none for a file.
    pub(super) fetched: Option<FetchedPicture>,
    /// Why the picture that was stored before is used instead of what its address holds now.
    pub(super) kept: Option<String>,
}

/// A further picture that is stored, without f(A).
pub(super) struct KeptPicture {
    pub(super) sha256: Digest,
    /// Whether the former catalogue lacked it.
    pub(super) is_new: bool,
    /// What its address held; none for a file.
    pub(super) fetched: Option<FetchedPicture>,
}

/// Why a picture was not imported.
pub(super) enum PictureFault {
    /// This picture cannot be used, for this reason.
    Unusable(String),
    /// No picture can be stored.
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// The file of a picture, at most [`Bounds::PRODUCT`] long.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let size_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    Bounds::PRODUCT.admit(size_bytes).map_err(|error| error.to_string())?;
    std::fs::read(path).map_err(|error| error.to_string())
}
