//! The rules in a catalogue's folder, the file [`FILE`]. In and out: [`StoredRules`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read::RulesError;
use super::rule::{FILE, MAX_RULES_BYTES, Rules};
use crate::files::followed::Stamp;
use crate::files::{sync_folder, write_durably};

/// Rules as a folder holds them.
#[derive(Clone, Debug, Default)]
pub struct StoredRules {
    /// The rules; none without the file.
    pub rules: Arc<Rules>,
    /// Their text, TOML.
    pub text: Arc<str>,
    /// Tells whether the file has changed since.
    pub stamp: Option<Stamp>,
}

/// Why stored rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredRulesError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// It holds no rules.
    #[error("{}: {source}", path.display())]
    Rules {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: RulesError,
    },
}

/// The stamp of a folder's rules; none without the file.
#[must_use]
pub fn stamp(folder: &Path) -> Option<Stamp> {
    Stamp::of(&folder.join(FILE))
}

/// The rules of a folder.
///
/// # Errors
/// When the file is there and cannot be used.
pub fn read(folder: &Path) -> Result<StoredRules, StoredRulesError> {
    let path = folder.join(FILE);
    // Read first: what is written in between is seen as new.
    let stamp = stamp(folder);
    if let Some(Stamp { size_bytes: bytes, .. }) = stamp
        && bytes > MAX_RULES_BYTES as u64
    {
        let source = RulesError::TooLong { received_bytes: usize::try_from(bytes).unwrap_or(usize::MAX) };
        return Err(StoredRulesError::Rules { path, source });
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(StoredRules::default()),
        Err(source) => return Err(StoredRulesError::Io { path, source }),
    };
    let rules = Rules::from_toml(&text).map_err(|source| StoredRulesError::Rules { path, source })?;
    Ok(StoredRules { rules: Arc::new(rules), text: text.into(), stamp })
}

/// Stores rules in place of the former ones. `text` is what they were read from.
///
/// # Errors
/// When the file cannot be written; the former rules stay.
pub fn write(folder: &Path, rules: Rules, text: &str) -> Result<StoredRules, StoredRulesError> {
    let path = folder.join(FILE);
    // Rules may be stored before the first import.
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| write_durably(&path, &[text.as_bytes()]))
        .and_then(|()| sync_folder(folder));
    written.map_err(|source| StoredRulesError::Io { path, source })?;
    Ok(StoredRules { rules: Arc::new(rules), text: text.into(), stamp: stamp(folder) })
}

/// Removes a folder's rules. Whether there were any.
///
/// # Errors
/// When the file cannot be removed.
pub fn clear(folder: &Path) -> Result<bool, StoredRulesError> {
    let path = folder.join(FILE);
    match std::fs::remove_file(&path).and_then(|()| sync_folder(folder)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(StoredRulesError::Io { path, source }),
    }
}
