//! Why an address gave no picture.

use std::time::Duration;

use super::public::NotPublic;
use crate::catalogue::address::AddressError;

/// A shop's picture host redirects once or twice: to https, to its content delivery network.
pub(super) const MAX_REDIRECTS: u32 = 5;

/// Why an address gave no picture.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address itself is wrong, or one that it leads to.
    #[error("{error}, got {received:?}")]
    Address {
        /// What is wrong with it.
        error: AddressError,
        /// The address.
        received: String,
    },
    /// The host answered, but not with the file.
    #[error("the server answered with status {0}: expected 200")]
    Status(u16),
    /// The host answered that it cannot send the file now.
    #[error("the server answered with status {status}: expected 200")]
    Busy {
        /// The status.
        status: u16,
        /// The wait that it asks for.
        retry_after: Option<Duration>,
    },
    /// The file is longer than a picture may be.
    #[error("the file has more than {limit_bytes} bytes, the most that are accepted")]
    TooLong {
        /// The most bytes that are accepted.
        limit_bytes: u64,
    },
    /// The file is compressed, and damaged.
    #[error("the file cannot be unpacked: {0}")]
    Packed(String),
    /// It took longer than a picture may take.
    #[error("it did not arrive within {} s", timeout.as_secs_f32())]
    TooSlow {
        /// For the whole transfer.
        timeout: Duration,
    },
    /// The host redirects from one address to the next without end.
    #[error("it leads through more than {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
    /// A feed must not reach what only this machine may reach.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
    /// The host failed too often in this import.
    #[error("{host} failed for many pictures in a row, so that no more are fetched from it in this import")]
    GivenUp {
        /// The host.
        host: String,
    },
    /// The import was cancelled.
    #[error("the import was cancelled")]
    Stopped,
    /// The connection failed.
    #[error(transparent)]
    Connection(Box<ureq::Error>),
}

impl FetchError {
    /// Whether the next try may succeed.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::TooSlow { .. } | Self::Connection(_))
    }

    /// Whether the host is asked too often: by RFC 6585, or as Shopify says it.
    pub(super) const fn is_throttling(&self) -> bool {
        matches!(self, Self::Busy { status: 429 | 430, .. })
    }
}
