//! Why an import did not change the catalogue.

use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue::feed::{FeedError, RowProblem};
use crate::catalogue::lock::LockError;
use crate::catalogue::served::ServedMatchError;
use crate::catalogue::store::StoreError;
use crate::counted::counted;
use crate::digest::Digest;
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
    /// The catalogue has markets, and the feed's is not named.
    #[error("the catalogue has the markets {}: name the feed's market with --market NAME (market=NAME over HTTP, market = \"NAME\" in [[feed]])", .0.join(", "))]
    NoMarket(Vec<String>),
    /// A market's name that cannot be used.
    #[error("the market's name: {0}")]
    MarketName(String),
    /// The catalogue has as many markets as it can.
    #[error("expected at most {limit} markets: the catalogue has as many already")]
    TooManyMarkets {
        /// The largest number.
        limit: usize,
    },
    /// A picture of another market has to be encoded again, and its copy cannot be read.
    #[error(
        "the stored picture {picture} of another market cannot be encoded ({reason}): import that market's feed first"
    )]
    OtherMarket {
        /// SHA-256 of the feed's picture, which names the copy.
        picture: Digest,
        /// Why not.
        reason: String,
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
        "the feed would leave {after} of {}: more than {limit_percent} % would be lost, as if the feed were cut off. If \
         that is right, import it again with --force (or force=true), or set another limit with --max-drop",
        counted(*before, "product")
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
    /// No row could be imported.
    #[error("no product of the feed could be imported ({} left out): the catalogue stays as it was", counted(.0.len(), "row"))]
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
