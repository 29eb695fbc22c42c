//! One import at a time. In: a catalogue's folder. Out: a lock, held until dropped. Changes of prices and deletions need none: they
//! are transactions of the database, beside an import.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The file that is locked.
const FILE: &str = "import.lock";

/// Why the catalogue cannot be written now.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another import is running.
    #[error("another import is writing the catalogue in {}: wait for its end", folder.display())]
    Busy {
        /// The catalogue's folder.
        folder: PathBuf,
    },
    /// The lock's file cannot be created.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// Locks a catalogue for an import; the system releases the lock when the process dies.
///
/// # Errors
/// When another process holds it.
pub(super) fn lock(catalogue: &Path) -> Result<File, LockError> {
    let path = catalogue.join(FILE);
    let file = File::create(&path).map_err(|source| LockError::Write { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(LockError::Busy { folder: catalogue.to_owned() }),
        Err(std::fs::TryLockError::Error(source)) => Err(LockError::Write { path, source }),
    }
}

/// Whether an import of any process is running now.
#[must_use]
pub fn is_importing(catalogue: &Path) -> bool {
    let file = File::open(catalogue.join(FILE));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}
