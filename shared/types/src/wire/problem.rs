//! Errors as JSON.

use serde::{Deserialize, Serialize};

/// An error as RFC 9457 problem details (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable URI reference that names the kind of error, e.g. `/problems/picture-too-large`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short title of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence about this case, safe to show.
    pub detail: String,
    /// The last part of `type`, for programs.
    pub code: String,
}
