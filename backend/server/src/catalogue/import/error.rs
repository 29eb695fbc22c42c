//! Why an import did not change the catalogue.

use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue::feed::{FeedError, RowProblem};
use crate::catalogue::lock::LockError;
use crate::catalogue::served::ServedMatchError;
use crate::catalogue::store::StoreError;
use crate::networks::models::ModelsError;

/// Why an import did not change the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The feed cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The feed lies in the catalogue's folder.
    #[error("the feed lies in the catalogue's own folder {}: expected a folder outside it", folder.display())]
    FeedInCatalogue {
        /// The feed's folder.
        folder: PathBuf,
    },
    /// FashionDNA cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The match that serves is not known.
    #[error(transparent)]
    Match(#[from] ServedMatchError),
    /// The catalogue's folder cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Too many products would be lost.
    #[error(
        "the feed would leave {after} of {before} products: more than {limit_percent} % would be lost, as if the feed were cut off. If \
         that is right, import it again with --force (or force=true), or set another limit with --max-drop"
    )]
    TooManyLost {
        /// Products of the former catalogue.
        before: usize,
        /// Products of the new one.
        after: usize,
        /// The largest part that may be lost.
        limit_percent: u8,
        /// Rows that were left out.
        left_out: Vec<RowProblem>,
    },
    /// The import was cancelled.
    #[error("the import was cancelled: the catalogue stays as it was")]
    Stopped,
    /// Other machines could not do their part.
    #[error(transparent)]
    Elsewhere(Box<dyn std::error::Error + Send + Sync>),
    /// Another process writes the catalogue.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No line could be imported.
    #[error("no product of the feed could be imported ({} lines left out): the catalogue stays as it was", .0.len())]
    Nothing(Vec<RowProblem>),
}

impl ImportError {
    /// The rows that were left out before it failed.
    #[must_use]
    pub fn left_out(&self) -> &[RowProblem] {
        match self {
            Self::Nothing(left_out) | Self::TooManyLost { left_out, .. } => left_out,
            _ => &[],
        }
    }

    /// Whether what was stored so far should go: it would keep a full disk full. After other failures it spares the next import its
    /// work.
    pub(super) const fn leaves_too_much(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Store(_))
    }
}

/// Adds the path to the system's error.
pub(super) fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> ImportError + use<> {
    let path = path.to_owned();
    move |source| ImportError::Write { path, source }
}
