//! Files that survive a power cut: complete, or absent. In: bytes. Out: a file, or why there is none.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub mod followed;

/// The ending of a file that is being written.
pub(crate) const UNFINISHED: &str = ".part";

/// Writes `parts`, one after the other, to a temporary file beside `path`, syncs it to the disk, then renames it to `path`.
pub(crate) fn write_durably(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    // Two threads may write the picture of two products at once, so each temporary file has a name of its own.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}{UNFINISHED}", WRITTEN.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let mut file = File::create(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        drop(file);
        std::fs::rename(&temporary, path)
    };
    // Half a file on a full disk would keep it full.
    write().inspect_err(|_| _ = std::fs::remove_file(&temporary))
}

/// Why no file is written at a path.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A folder is there.
    #[error("{} is a folder: expected the name of a file to write", path.display())]
    Folder {
        /// The path.
        path: PathBuf,
    },
    /// A link is there whose file is not.
    #[error("{} is a link that leads nowhere: expected the name of a file to write", path.display())]
    Lost {
        /// The path.
        path: PathBuf,
    },
    /// A device or a pipe is there.
    #[error("{} is no regular file: expected the name of a file to write", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
}

/// The file that may be written at a path: nothing or a regular file is there. Of a link, what it leads to.
///
/// # Errors
/// When something else is there.
pub fn target(path: &Path) -> Result<PathBuf, TargetError> {
    let path = path.to_owned();
    if path.file_name().is_none() || path.is_dir() {
        return Err(TargetError::Folder { path });
    }
    if path.symlink_metadata().is_err() {
        return Ok(path);
    }
    let Ok(target) = path.canonicalize() else { return Err(TargetError::Lost { path }) };
    if target.is_file() { Ok(target) } else { Err(TargetError::NoFile { path }) }
}

/// Reads a file of a bounded size. A pipe or a device is read up to the bound, whatever size it says to have.
///
/// # Errors
/// When it cannot be read, or is longer; then the kind is [`io::ErrorKind::FileTooLarge`] and the text names both sizes.
pub fn read_bounded(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if size <= limit_bytes {
        file.take(limit_bytes + 1).read_to_end(&mut bytes)?;
    }
    if size.max(bytes.len() as u64) > limit_bytes {
        let received = if size > limit_bytes { format!("{size} bytes") } else { "more".to_owned() };
        let reason = format!("expected at most {} kB, got {received}", limit_bytes >> 10);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

/// The same of a text.
///
/// # Errors
/// Those of [`read_bounded`], and when it is no UTF-8.
pub fn read_text_bounded(path: &Path, limit_bytes: u64) -> io::Result<String> {
    String::from_utf8(read_bounded(path, limit_bytes)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "expected text in UTF-8"))
}

/// The folder of a file that is named by a path.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The system's reason alone: the errors of temporary files name a path that nobody knows.
#[must_use]
pub fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source).and_then(|inner| inner.downcast_ref::<io::Error>());
    match inner {
        Some(inner) => inner.raw_os_error().map_or_else(|| inner.kind().into(), io::Error::from_raw_os_error),
        None => error,
    }
}

/// Syncs a folder's entries to the disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Deletes the files of a folder whose names `is_needed` rejects; ignores files that cannot be deleted.
pub(crate) fn tidy(folder: &Path, is_needed: impl Fn(&str) -> bool) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(|name| !is_needed(name)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_read_beyond_its_bound() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "ä".repeat(1024)).expect("written");
        assert_eq!(read_text_bounded(&path, 2048).expect("read").len(), 2048);
        let error = read_text_bounded(&path, 2047).expect_err("too long");
        assert_eq!(error.to_string(), "expected at most 1 kB, got 2048 bytes");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        std::fs::write(&path, [0xff]).expect("written");
        assert_eq!(read_text_bounded(&path, 10).expect_err("no text").to_string(), "expected text in UTF-8");
        #[cfg(unix)]
        {
            let endless = read_text_bounded(Path::new("/dev/zero"), 4096).expect_err("endless");
            assert_eq!(endless.to_string(), "expected at most 4 kB, got more");
        }
    }
}
