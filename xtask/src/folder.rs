//! Copies of folders. In: a folder. Out: another with the same files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Copies a folder's files, also those of its folders, but for those of these names.
///
/// # Errors
/// When a folder cannot be read, or a file not be written.
pub(crate) fn copy(from: &Path, to: &Path, without: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, without)?;
        } else if !without.iter().any(|name| entry.file_name() == *name) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
