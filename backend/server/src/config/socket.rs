//! A Unix socket to listen on. In: flags. Out: a [`SocketFile`].

use std::path::PathBuf;

use super::error::ConfigError;
use crate::files::folder_of;

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
    /// Bytes of a path that all systems take.
    const MAX_PATH: usize = 103;
    /// Bytes of its folder: the socket is made in a folder of its own there, under a path of ten bytes.
    const MAX_FOLDER: usize = Self::MAX_PATH - 10;

    /// The socket at a path, with permissions in octal digits.
    ///
    /// # Errors
    /// When the permissions cannot be read, or the path is too long.
    pub(super) fn new(path: PathBuf, mode: &str) -> Result<Self, ConfigError> {
        let bits = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= Self::ALL);
        let bits = bits.ok_or_else(|| ConfigError::SocketMode { received: mode.to_owned() })?;
        let (received, folder) = (path.as_os_str().len(), folder_of(&path).as_os_str().len());
        if received > Self::MAX_PATH || folder > Self::MAX_FOLDER {
            let (most, most_of_folder) = (Self::MAX_PATH, Self::MAX_FOLDER);
            return Err(ConfigError::SocketPath { most, most_of_folder, received, folder });
        }
        Ok(Self { path, mode: bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_no_client_could_name_is_refused() {
        let of = |folder: usize, name: usize| {
            SocketFile::new(format!("/{}/{}", "f".repeat(folder - 1), "n".repeat(name)).into(), "660")
        };
        assert!(of(93, 9).is_ok() && of(20, 82).is_ok());
        let refused = of(20, 112).expect_err("too long").to_string();
        assert_eq!(refused, "--socket: expected a path of at most 103 bytes in a folder of at most 93, got 133 in 20");
        assert!(of(94, 3).is_err());
    }
}
