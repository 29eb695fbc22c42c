//! What is done about a record that is not there, or has no version. In: who asks. Out: whether an empty one may be made and used.

use std::path::PathBuf;

use super::cache::has_no_version;

/// What is done about a record that is not there, or has no version.
#[derive(Clone, Debug)]
pub enum IfAbsent {
    /// One is made: a command was told to.
    Make,
    /// One is made if this cache, which the server serves, has no version either: the first import is waited for. A server with a version has lost its
    /// record, which is to be restored: an empty one would be in the way, and would be filled without rules and whatever else the lost one had.
    MakeUnlessServed(PathBuf),
    /// None is made: what is asked for is of a catalogue that is there.
    Never,
}

impl IfAbsent {
    /// Whether an empty record may be made and used now.
    #[must_use]
    pub fn may_make(&self) -> bool {
        match self {
            Self::Make => true,
            Self::Never => false,
            Self::MakeUnlessServed(cache) => has_no_version(cache),
        }
    }
}
