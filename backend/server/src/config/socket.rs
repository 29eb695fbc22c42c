//! A Unix socket to listen on. In: flags. Out: a [`SocketFile`].

use std::path::{Path, PathBuf};

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
    /// When the permissions cannot be read, the path is too long, or another file is there.
    pub(super) fn new(path: PathBuf, mode: &str) -> Result<Self, ConfigError> {
        let bits = u32::from_str_radix(mode, 8).ok().filter(|bits| *bits <= Self::ALL);
        let bits = bits.ok_or_else(|| ConfigError::SocketMode { received: mode.to_owned() })?;
        Self::check_length(&path)?;
        if is_another_file(&path) {
            return Err(ConfigError::SocketTaken { path });
        }
        Ok(Self { path, mode: bits })
    }

    /// The folder that it needs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder_of(&self.path)
    }

    fn check_length(path: &Path) -> Result<(), ConfigError> {
        let (received, folder) = (path.as_os_str().len(), folder_of(path).as_os_str().len());
        if received > Self::MAX_PATH || folder > Self::MAX_FOLDER {
            let (most, most_of_folder) = (Self::MAX_PATH, Self::MAX_FOLDER);
            return Err(ConfigError::SocketPath { most, most_of_folder, received, folder });
        }
        Ok(())
    }
}

/// Whether something is there that a server does not replace.
#[cfg(unix)]
fn is_another_file(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    std::fs::symlink_metadata(path).is_ok_and(|file| !file.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_another_file(path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_no_client_could_name_is_refused() {
        let of = |folder: usize, name: usize| {
            SocketFile::check_length(format!("/{}/{}", "f".repeat(folder - 1), "n".repeat(name)).as_ref())
        };
        assert!(of(93, 9).is_ok() && of(20, 82).is_ok());
        let refused = of(20, 112).expect_err("too long").to_string();
        assert_eq!(refused, "--socket: expected a path of at most 103 bytes in a folder of at most 93, got 133 in 20");
        assert!(of(94, 3).is_err());
    }
    #[test]
    fn a_path_with_another_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| SocketFile::new(folder.path().join(name), "660");
        assert!(at("look.sock").is_ok());
        std::fs::write(folder.path().join("notes.txt"), "notes").expect("written");
        std::fs::create_dir(folder.path().join("sub")).expect("made");
        for taken in ["notes.txt", "sub"] {
            assert_eq!(at(taken), Err(ConfigError::SocketTaken { path: folder.path().join(taken) }));
        }
    }
}
