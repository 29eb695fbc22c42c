//! Detects changes by content, because the file times of a new clone mean nothing. In: files. Out: a hash.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A hash of words and of the names and bytes of files. Folders are read recursively.
///
/// # Errors
/// When a path is missing or unreadable.
pub(crate) fn of(words: &[&str], paths: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(Path::new(path), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?));
    }
    Ok(hex(&hash.finalize()))
}

/// The first sixteen hexadecimal digits of a content's hash, for file names that may be cached forever.
pub(crate) fn short(bytes: &[u8]) -> String {
    whole(bytes)[..16].to_owned()
}

/// A content's hash, in hexadecimal.
pub(crate) fn whole(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether the file `stamp` contains this fingerprint.
pub(crate) fn is_done(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|done| done == fingerprint)
}

/// Does `work` unless the file `stamp` contains this fingerprint.
///
/// # Errors
/// The error of `work`, or when the stamp cannot be written.
pub(crate) fn unless_done(stamp: &Path, fingerprint: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if is_done(stamp, fingerprint) {
        return Ok(());
    }
    // There is no stamp while the work runs, so a killed build is repeated.
    fs::remove_file(stamp).ok();
    work()?;
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(stamp, fingerprint).with_context(|| format!("{} cannot be written", stamp.display()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
