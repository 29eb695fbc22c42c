//! A worker's folder for pictures on their way. In: the folder for such folders. Out: a [`Scratch`], which goes with its worker.
//!
//! A worker that is killed leaves its folder. The next one that starts deletes it: the owner's lock on a file in it tells whether it lives.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::{ClusterError, file};

/// Folders of workers begin so.
const PREFIX: &str = "shop-the-look-worker-";

/// The file in it that the owner locks.
const LOCK: &str = "worker.lock";

/// Under this name it is made: it gets its own when it is locked, so that no other worker finds it before.
const NEW_LOCK: &str = "worker.lock.new";

/// Folders that a start deletes: more are left to the next one, since a worker should begin to work.
const MOST_DELETED: usize = 64;

/// A folder of this worker, deleted when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    // It is deleted before the lock ends.
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a folder in `parent`, and deletes those of workers of this user that live no more.
    ///
    /// # Errors
    /// When the folder cannot be made or locked.
    pub(super) fn new_in(parent: &Path) -> Result<Self, ClusterError> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent).map_err(file(parent))?;
        let (new, lock) = (folder.path().join(NEW_LOCK), folder.path().join(LOCK));
        let held = File::create(&new).map_err(file(&new))?;
        held.lock().map_err(file(&new))?;
        fs::rename(&new, &lock).map_err(file(&lock))?;
        delete_abandoned(parent, folder.path());
        Ok(Self { folder, _lock: held })
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Deletes the folders in `parent` whose workers live no more. What cannot be deleted stays.
fn delete_abandoned(parent: &Path, own: &Path) {
    let folders = fs::read_dir(parent).into_iter().flatten().flatten().filter(|entry| {
        let is_of_worker = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        is_of_worker && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    let folders = folders.map(|entry| entry.path()).filter(|folder| folder != own && has_owner_of(folder, own));
    let abandoned: Vec<(PathBuf, File)> =
        folders.filter_map(|folder| Some((folder.clone(), abandoned(&folder)?))).take(MOST_DELETED).collect();
    // The locks are held meanwhile: of two workers that start, one deletes a folder.
    let deleted = abandoned.iter().filter(|(folder, _)| fs::remove_dir_all(folder).is_ok()).count();
    if deleted > 0 {
        tracing::info!(folders = deleted, "deleted what killed workers had left in {}", parent.display());
    }
}

/// The lock of a folder whose worker lives no more. A folder without the file is just being made.
fn abandoned(folder: &Path) -> Option<File> {
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().is_ok().then_some(lock)
}

/// Whether two folders are of one user: others' are not touched.
#[cfg(unix)]
fn has_owner_of(folder: &Path, own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |folder: &Path| fs::symlink_metadata(folder).map(|found| found.uid()).ok();
    owner(folder).is_some() && owner(folder) == owner(own)
}

/// Whether two folders are of one user: elsewhere each has a temporary folder of its own.
#[cfg(not(unix))]
const fn has_owner_of(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as a killed worker leaves it: its lock has ended with it.
    fn killed(parent: &Path, name: &str) -> PathBuf {
        let folder = parent.join(format!("{PREFIX}{name}"));
        fs::create_dir_all(folder.join("images")).expect("a folder");
        fs::write(folder.join("images/a.jpg"), b"a picture").expect("written");
        fs::write(folder.join(LOCK), b"").expect("written");
        folder
    }

    #[test]
    fn what_killed_workers_have_left_goes_and_what_living_ones_have_stays() {
        let parent = tempfile::tempdir().expect("a folder");
        let parent = parent.path();
        let alive = Scratch::new_in(parent).expect("a folder");
        fs::write(alive.path().join("source-1"), b"a picture").expect("written");
        let killed = killed(parent, "killed");
        // Another program's, and one that is just being made.
        let (other, new) = (parent.join("other"), parent.join(format!("{PREFIX}new")));
        for folder in [&other, &new] {
            fs::create_dir(folder).expect("a folder");
        }
        fs::write(other.join(LOCK), b"").expect("written");

        let next = Scratch::new_in(parent).expect("a folder");
        assert!(!killed.exists());
        assert!(other.exists() && new.exists() && next.path().exists());
        assert_eq!(fs::read(alive.path().join("source-1")).expect("there"), b"a picture");
        let own = next.path().to_owned();
        drop(next);
        assert!(!own.exists() && alive.path().exists());
    }

    #[test]
    fn a_start_deletes_a_bounded_number() {
        let parent = tempfile::tempdir().expect("a folder");
        let left = || {
            let names = fs::read_dir(parent.path()).expect("a folder").flatten().map(|entry| entry.file_name());
            names.filter(|name| name.to_string_lossy().contains("killed")).count()
        };
        for number in 0..MOST_DELETED + 3 {
            killed(parent.path(), &format!("killed-{number}"));
        }
        for expected in [3, 0] {
            drop(Scratch::new_in(parent.path()).expect("a folder"));
            assert_eq!(left(), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_folder_of_a_worker() {
        let (parent, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let killed = killed(elsewhere.path(), "killed");
        std::os::unix::fs::symlink(&killed, parent.path().join(format!("{PREFIX}link"))).expect("linked");
        drop(Scratch::new_in(parent.path()).expect("a folder"));
        assert!(killed.join("images/a.jpg").exists());
    }
}
