//! Where uploaded feeds lie: in the catalogue's folder, so that a restart finds and deletes what was left. In: a catalogue's folder. Out:
//! a folder for one feed.

use std::io;
use std::path::Path;

use tempfile::TempDir;

/// Folder of the uploads in a catalogue's folder.
const UPLOADS: &str = "uploads";

/// A folder for one feed, which is deleted when it is dropped.
pub(crate) type UploadFolder = TempDir;

/// Makes a folder for one feed.
pub(crate) fn upload_folder(catalogue: &Path) -> io::Result<UploadFolder> {
    let uploads = catalogue.join(UPLOADS);
    std::fs::create_dir_all(&uploads)?;
    tempfile::Builder::new().prefix("feed-").tempdir_in(uploads)
}

/// Deletes the feeds that a former process left.
pub(super) fn delete_leftovers(catalogue: &Path) {
    let uploads = catalogue.join(UPLOADS);
    match std::fs::remove_dir_all(&uploads) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("former uploads in {} cannot be deleted: {error}", uploads.display());
        }
        _ => {}
    }
}
