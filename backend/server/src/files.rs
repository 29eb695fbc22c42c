//! Files that survive a power cut: whole and under their name, or not there. In: bytes. Out: a file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `parts`, one after the other, beside `path`, waits until the disk has them, then renames.
pub(crate) fn write_durably(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    // Two products may share a picture that two threads write at once: each under a name of its own first.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.part", WRITTEN.fetch_add(1, Ordering::Relaxed)));
    let mut file = File::create(&aside)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()?;
    drop(file);
    std::fs::rename(&aside, path)
}

/// Waits until the disk has a folder's names.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Deletes the files of a folder whose name `is_needed` does not want; what cannot be deleted stays.
pub(crate) fn tidy(folder: &Path, is_needed: impl Fn(&str) -> bool) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(|name| !is_needed(name)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
