//! Why a graphics processor is not used.

use crate::matching::gpu::plan::LIST_CAPACITY;

/// Why a graphics processor is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The system has no graphics processor, or none with this number.
    #[error("there is no such graphics processor: this machine has {}", listed(.known))]
    Missing {
        /// The ones that it has.
        known: Vec<String>,
    },
    /// It exists and does not work.
    #[error("the graphics processor {name} cannot be used: {reason}")]
    Unusable {
        /// Its name.
        name: String,
        /// The driver's reason.
        reason: String,
    },
    /// A list cannot hold all candidates that a query needs, or all with the score of the last one.
    #[error("the graphics processor's lists hold {LIST_CAPACITY} candidates, more were as good")]
    Crowded,
    /// It holds no offset for each article in one buffer.
    #[error(
        "the graphics processor's buffers hold {received_bytes} bytes, offsets of all articles take {expected_bytes}"
    )]
    Offsets {
        /// Bytes of the offsets.
        expected_bytes: usize,
        /// Bytes of the largest buffer.
        received_bytes: usize,
    },
    /// It was lost, or did not answer in time.
    #[error("the graphics processor was lost: {0}")]
    Lost(String),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
