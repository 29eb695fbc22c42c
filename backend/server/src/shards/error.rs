//! Why shards find nothing.

use crate::matching::Part;

/// Why shards find nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardsError {
    /// A shard has not the version of the catalogue that is searched, or has it no longer.
    #[error("the shop's products are being renewed: try again in a few seconds")]
    OtherVersion,
    /// All servers of a shard that answer have more searches than they take.
    #[error("the server is busy: try again in a few seconds")]
    Busy,
    /// No replica of a shard answers, and a search without it is refused, or none of any.
    #[error("a part of the shop's products cannot be searched now ({}): try again in a few seconds", listed(missing))]
    Missing {
        /// The parts.
        missing: Vec<Part>,
    },
    /// A server is no shard of this front's.
    #[error("the shard at {address} {reason}")]
    Contradiction {
        /// Where it is.
        address: String,
        /// What was expected and what was received.
        reason: String,
    },
    /// The client of the shards cannot be made.
    #[error("shards cannot be asked: {0}")]
    Client(String),
}

fn listed(parts: &[Part]) -> String {
    let parts: Vec<String> = parts.iter().map(Part::to_string).collect();
    parts.join(", ")
}
