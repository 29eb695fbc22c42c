//! A Unix socket at a path. In: a path and its permissions. Out: a listener, and the [`BoundSocket`] that deletes its file.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::listen_error::ListenError;
use crate::config::SocketFile;
use crate::files::{folder_of, without_path};

/// Permissions of the folder in which the socket gets its own: nobody else reaches it before it has them.
const PRIVATE: u32 = 0o700;

/// A socket's file. Deleted when this is dropped, unless it is another server's by then.
#[derive(Debug)]
pub(super) struct BoundSocket {
    path: PathBuf,
    /// Device and number of the file.
    file: (u64, u64),
}

impl BoundSocket {
    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|now| identity(&now) == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(file: &fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Listens at a path. A socket that a killed server has left is replaced; one that is listened on is not.
///
/// # Errors
/// When somebody listens there, another file is there, or the system refuses.
pub(super) fn bind(socket: &SocketFile) -> Result<(UnixListener, BoundSocket), ListenError> {
    let path = &socket.path;
    match fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => return Err(ListenError::NoSocket { path: path.clone() }),
        // Without leave to connect, somebody may listen as well.
        Ok(_) if !is_stale(path) => return Err(ListenError::SocketInUse { path: path.clone() }),
        Ok(_) | Err(_) => {}
    }
    let failed = |source| ListenError::Socket { path: path.clone(), source };
    let (listener, file) = bind_private(socket).map_err(failed)?;
    Ok((listener, BoundSocket { path: path.clone(), file }))
}

fn is_stale(path: &Path) -> bool {
    UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Makes the socket in a folder that only this user enters, gives it its permissions, and moves it to its path.
fn bind_private(socket: &SocketFile) -> io::Result<(UnixListener, (u64, u64))> {
    // A socket's path has about a hundred bytes: few of them for this.
    let folder = tempfile::Builder::new()
        .prefix(".")
        .rand_bytes(6)
        .permissions(Permissions::from_mode(PRIVATE))
        .tempdir_in(folder_of(&socket.path))
        .map_err(without_path)?;
    let private = folder.path().join("s");
    let listener = UnixListener::bind(&private)?;
    fs::set_permissions(&private, Permissions::from_mode(socket.mode))?;
    let file = identity(&fs::symlink_metadata(&private)?);
    fs::rename(&private, &socket.path)?;
    Ok((listener, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: PathBuf) -> SocketFile {
        SocketFile { path, mode: 0o640 }
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_and_a_live_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = file(folder.path().join("look.sock"));
        // What a killed server leaves.
        drop(std::os::unix::net::UnixListener::bind(&socket.path).expect("bound"));
        let listener = bind(&socket).expect("replaced");
        let mode = fs::symlink_metadata(&socket.path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let refused = bind(&socket).expect_err("in use").to_string();
        assert!(refused.ends_with("look.sock is already in use: stop what listens there, or choose another --socket"));
        drop(listener);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left");
    }

    #[tokio::test]
    async fn another_file_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = file(folder.path().join("notes.txt"));
        fs::write(&socket.path, "notes").expect("written");
        assert!(matches!(bind(&socket), Err(ListenError::NoSocket { .. })));
        assert_eq!(fs::read_to_string(&socket.path).expect("there"), "notes");
        assert!(matches!(bind(&file(folder.path().join("no/look.sock"))), Err(ListenError::Socket { .. })));
        // A socket that another server has put there meanwhile is its own.
        let socket = file(folder.path().join("look.sock"));
        let first = bind(&socket).expect("bound");
        fs::remove_file(&socket.path).expect("removed");
        let second = bind(&socket).expect("bound");
        drop(first);
        assert!(socket.path.exists());
        drop(second);
        assert!(!socket.path.exists());
    }
}
