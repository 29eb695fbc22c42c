//! One import at a time, and one command that encodes further pictures. In: a catalogue's folder. Out: a lock, held until dropped. Changes of prices and deletions need none: they
//! are transactions of the database, beside an import.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The file that an import locks.
const FILE: &str = "import.lock";
/// The file that is locked while further pictures are encoded.
const EMBEDDINGS_FILE: &str = "embeddings.lock";

/// Why the catalogue cannot be written now.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another import is running.
    #[error("another import is writing the catalogue in {}: wait for its end", folder.display())]
    Busy {
        /// The catalogue's folder.
        folder: PathBuf,
    },
    /// Another command encodes the further pictures.
    #[error("another command is encoding the further pictures of the catalogue in {}: wait for its end", folder.display())]
    Encoding {
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
pub(crate) fn lock(catalogue: &Path) -> Result<File, LockError> {
    locked(catalogue.join(FILE), LockError::Busy { folder: catalogue.to_owned() })
}

/// Locks a catalogue's embeddings; the system releases the lock when the process dies. An import may run meanwhile.
///
/// # Errors
/// When another process holds it.
pub(crate) fn lock_embeddings(catalogue: &Path) -> Result<File, LockError> {
    locked(catalogue.join(EMBEDDINGS_FILE), LockError::Encoding { folder: catalogue.to_owned() })
}

fn locked(path: PathBuf, is_held: LockError) -> Result<File, LockError> {
    let file = File::create(&path).map_err(|source| LockError::Write { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(is_held),
        Err(std::fs::TryLockError::Error(source)) => Err(LockError::Write { path, source }),
    }
}

/// Whether an import of any process is running now.
#[must_use]
pub fn is_importing(catalogue: &Path) -> bool {
    let file = File::open(catalogue.join(FILE));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}
