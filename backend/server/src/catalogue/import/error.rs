//! Why an import did not change the catalogue.

use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue::feed::{FeedError, RowProblem};
use crate::catalogue::lock::LockError;
use crate::catalogue::store::StoreError;
use crate::networks::models::ModelsError;

/// Why an import did not change the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The feed cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// FashionDNA cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalogue's folder cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Another process writes the catalogue.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No line could be imported.
    #[error("no product of the feed could be imported ({} lines left out): the catalogue stays as it was", .0.len())]
    Nothing(Vec<RowProblem>),
}

/// Adds the path to the system's error.
pub(super) fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> ImportError + use<> {
    let path = path.to_owned();
    move |source| ImportError::Write { path, source }
}
