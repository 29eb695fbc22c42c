//! A Unix socket to listen on. In: flags. Out: a [`SocketFile`].

use std::path::PathBuf;

use super::error::ConfigError;

/// A Unix socket at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its permissions: who may connect.
    pub mode: u32,
}

impl SocketFile {
    /// All bits of permissions.
    const ALL: u32 = 0o777;

    /// The socket at a path, with permissions in octal digits.
    ///
    /// # Errors
    /// When the permissions cannot be read.
    pub(super) fn new(path: PathBuf, mode: &str) -> Result<Self, ConfigError> {
        let bits = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= Self::ALL);
        let bits = bits.ok_or_else(|| ConfigError::SocketMode { received: mode.to_owned() })?;
        Ok(Self { path, mode: bits })
    }
}
