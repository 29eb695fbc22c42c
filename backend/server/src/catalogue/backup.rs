//! A catalogue as one file. In: a catalogue's folder. Out: a tar archive with checksums, and from it the folder again.
//!
//! The archive has the database as of one moment, the features, the stored pictures, the shop's rules and looks, the embeddings of further
//! pictures, and at its end `SHA256SUMS`, which `sha256sum --check` reads. Rows of the match are computed again by the first server. An
//! archive without that end was cut off.

use std::io;
use std::path::{Path, PathBuf};

use super::layout::{EMBEDDINGS, IMAGES, is_of_a_picture, is_of_a_version};
use super::lock::LockError;
use super::store::{DATABASE, StoreError};
use super::{looks, rules};

mod read;
mod source;
mod write;

pub use read::restore;
pub use write::backup;

/// The list of checksums.
const SUMS: &str = "SHA256SUMS";

/// Bytes of the list: some twenty million files.
const MAX_SUMS_BYTES: u64 = 2 << 30;

/// What was written or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupReport {
    /// Articles of the catalogue.
    pub articles: usize,
    /// Its version.
    pub version: u64,
    /// Files of the archive, without the list of checksums.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Why there is no backup, or no catalogue from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// An import is running.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The catalogue's database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The archive cannot be read or written.
    #[error("the backup cannot be read or written")]
    Archive(#[source] io::Error),
    /// Something else than a backup.
    #[error("expected a backup of a catalogue, a tar archive, got {received}: nothing was changed")]
    NoArchive {
        /// What it is instead.
        received: &'static str,
    },
    /// The archive breaks off in its format, but not at its end.
    #[error("the backup is damaged behind its file {files}: nothing was changed")]
    DamagedArchive {
        /// Files before the damage.
        files: usize,
    },
    /// The archive has no list of checksums at its end.
    #[error("expected a backup with {SUMS} at its end, got one without: it is cut off, nothing was changed")]
    CutOff,
    /// A file that is in no catalogue.
    #[error("expected a backup of a catalogue, got an archive with {received:?}: nothing was changed")]
    Foreign {
        /// The file's name.
        received: String,
    },
    /// A file is missing, or not the one that was written.
    #[error("{name} is damaged or missing in the backup: nothing was changed")]
    Damaged {
        /// The file's name.
        name: String,
    },
    /// There is something already.
    #[error("expected a folder that does not exist or is empty, got {}: name another one, or move this one away", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
}

/// Whether a catalogue may have a file of this name, relative to its folder.
fn is_of_a_catalogue(name: &str) -> bool {
    match name.split_once('/') {
        None => {
            [DATABASE, EMBEDDINGS, rules::FILE].contains(&name)
                || name.starts_with("features-") && is_of_a_version(name)
        }
        Some((IMAGES, picture)) => is_of_a_picture(picture),
        Some((looks::FOLDER, look)) => is_plain(look),
        Some(_) => false,
    }
}

/// Whether a name stays in its folder.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None))
        && !name.contains(['\\', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_are_of_no_catalogue() {
        let picture = format!("images/{}.jpg", "ab".repeat(32));
        for name in [DATABASE, "features-12.bin", "rules.toml", "embeddings.bin", "looks/1 a.jpg", &picture] {
            assert!(is_of_a_catalogue(name), "{name}");
        }
        for name in [
            "/etc/passwd",
            "../catalogue.sqlite",
            "looks/../x",
            "looks/a/b",
            "looks/..",
            "images/a.jpg",
            "rows-1.bin",
            "x",
            "",
        ] {
            assert!(!is_of_a_catalogue(name), "{name}");
        }
    }
}
