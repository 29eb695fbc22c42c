//! Why a feed as a whole cannot be read.

use std::path::{Path, PathBuf};

/// The feed as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// There is no such file.
    #[error("the feed {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The feed is at an address.
    #[error(
        "expected a file or a folder, got {address}: download the feed first, such as by `curl -fo feed.xml {address}`"
    )]
    Address {
        /// The address.
        address: String,
    },
    /// More than a feed may have.
    #[error("the feed {} is too large: expected at most {limit_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes that a feed may have.
        limit_bytes: u64,
    },
    /// Its format is unknown, or broken, so that no row after this line can be trusted.
    #[error("the feed {}:{line} cannot be read: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was expected and what received.
        reason: String,
    },
}

/// A line that cannot be read, so that the lines after it cannot be trusted either.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// The line, from 1.
    pub(super) line: usize,
    /// What was expected and what received.
    pub(super) reason: String,
}

impl Unreadable {
    /// The error of a file with this line.
    pub(super) fn in_file(self, path: &Path) -> FeedError {
        FeedError::Format { path: path.to_owned(), line: self.line, reason: self.reason }
    }
}
