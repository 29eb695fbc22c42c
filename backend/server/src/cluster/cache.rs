//! A folder of this machine that follows the record. In: a path. Out: a locked catalogue folder, and which change it has.
//!
//! Beside what any catalogue's folder holds, its database has two tables: `replica` names the record and its last change that is here,
//! `replica_files` the objects of the folder's files. While a command changes the folder, `base.sqlite` is the database as it was: if
//! the command ends before its changes are in the record, the next one goes back to it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::compared::{forget_writes, note_writes};
use super::error::{ClusterError, file, sqlite};
use super::objects::ObjectName;
use super::record::tables::Table;
use crate::catalogue::layout::IMAGES;
use crate::catalogue::store::DATABASE;
use crate::catalogue::{Store, StoreError};
use crate::files::sync_folder;

/// The file that the process locks which uses the cache.
const LOCK: &str = "cache.lock";

/// The database as it was before a change.
const BASE: &str = "base.sqlite";

/// How long it waits for another connection of this process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a cache is looked at that is to have a change.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

const OWN_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS replica (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1), catalogue TEXT NOT NULL, change INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS replica_files (
        name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;";

/// A locked cache.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    _lock: File,
}

/// Which state of which record a cache has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) catalogue: String,
    pub(super) change: i64,
}

impl Cache {
    /// Opens a cache, or makes one in an empty folder. No other process can open it meanwhile.
    ///
    /// # Errors
    /// When another process has it, it is no cache, or cannot be written.
    pub fn open(folder: &Path) -> Result<Self, ClusterError> {
        let images = folder.join(IMAGES);
        let (database, lock) = (folder.join(DATABASE), folder.join(LOCK));
        if database.exists() && !lock.exists() {
            return Err(ClusterError::NoCache { folder: folder.to_owned() });
        }
        fs::create_dir_all(&images).map_err(file(&images))?;
        let held = File::create(&lock).map_err(file(&lock))?;
        match held.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(ClusterError::CacheInUse { folder: folder.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(ClusterError::File { path: lock, source }),
        }
        let cache = Self { folder: folder.to_owned(), _lock: held };
        cache.abandon()?;
        // Brings its tables to this program's schema.
        drop(Store::create(folder)?);
        let connection = cache.connect()?;
        connection.execute_batch(OWN_TABLES).map_err(sqlite(&database))?;
        Ok(cache)
    }

    /// The catalogue's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    pub(super) fn base(&self) -> PathBuf {
        self.folder.join(BASE)
    }

    pub(super) fn connect(&self) -> Result<Connection, ClusterError> {
        let failed = sqlite(&self.database());
        let connection = Connection::open(self.database()).map_err(failed.clone())?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        Ok(connection)
    }

    /// Keeps the database as it is, so that a change can be compared with it, or undone.
    pub(super) fn begin_change(&self) -> Result<(), ClusterError> {
        let (base, mut part) = (self.base(), self.base().into_os_string());
        part.push(crate::files::UNFINISHED);
        let part = PathBuf::from(part);
        fs::copy(self.database(), &part).map_err(file(&part))?;
        File::open(&part).and_then(|copy| copy.sync_all()).map_err(file(&part))?;
        fs::rename(&part, &base).map_err(file(&base))
    }

    /// Begins to note which rows the change writes. The base, to which one goes back, knows nothing of it.
    pub(super) fn note_writes<'a>(&self, tables: impl Iterator<Item = &'a Table>) -> Result<(), ClusterError> {
        note_writes(&self.connect()?, tables).map_err(sqlite(&self.database()))
    }

    /// The change is in the record.
    pub(super) fn end_change(&self) -> Result<(), ClusterError> {
        forget_writes(&self.connect()?).map_err(sqlite(&self.database()))?;
        fs::remove_file(self.base()).map_err(file(&self.base()))
    }

    /// Goes back to the database as it was before a change that has not ended; does nothing without one.
    pub(super) fn abandon(&self) -> Result<(), ClusterError> {
        let base = self.base();
        if !base.exists() {
            return Ok(());
        }
        // SQLite would apply a journal that is left to the wrong database.
        let journal = self.folder.join(format!("{DATABASE}-journal"));
        if journal.exists() {
            fs::remove_file(&journal).map_err(file(&journal))?;
        }
        fs::rename(&base, self.database()).map_err(file(&base))?;
        sync_folder(&self.folder).map_err(file(&self.folder))
    }

    /// The folder is a cache no more.
    pub(super) fn leave(self) -> Result<(), ClusterError> {
        let lock = self.folder.join(LOCK);
        fs::remove_file(&lock).map_err(file(&lock))
    }

    /// The object of a file of the catalogue's folder, as the record has named it; none of a file that it does not know.
    ///
    /// # Errors
    /// When the database fails.
    pub fn object_of(&self, name: &str) -> Result<Option<ObjectName>, ClusterError> {
        object(&self.connect()?, name).map_err(sqlite(&self.database()))
    }
}

/// Waits until the cache in a folder, which another thread keeps up to date, has a change of the record. False if that takes longer than `limit`.
#[must_use]
pub fn wait_for_change(folder: &Path, change: i64, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    let is_there = || {
        let connection = Connection::open_with_flags(folder.join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok::<_, rusqlite::Error>(position(&connection)?.is_some_and(|position| position.change >= change))
    };
    loop {
        // A database that is being written is looked at again.
        if is_there().unwrap_or(false) {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(LOOK_INTERVAL);
    }
}

/// Whether a cache has no version; false if it cannot be read.
pub(super) fn has_no_version(folder: &Path) -> bool {
    let published = Store::open(folder).and_then(|store| store.published());
    matches!(published, Err(StoreError::Missing { .. }))
}

/// Which change a cache has; none if it was never filled.
pub(super) fn position(connection: &Connection) -> rusqlite::Result<Option<Position>> {
    let read = |row: &rusqlite::Row<'_>| Ok(Position { catalogue: row.get(0)?, change: row.get(1)? });
    connection.query_row("SELECT catalogue, change FROM replica", [], read).optional()
}

pub(super) fn set_position(connection: &Connection, position: &Position) -> rusqlite::Result<()> {
    let values = params![position.catalogue, position.change];
    connection
        .execute("INSERT OR REPLACE INTO replica (only_row, catalogue, change) VALUES (1, ?1, ?2)", values)
        .map(drop)
}

pub(super) fn object(connection: &Connection, name: &str) -> rusqlite::Result<Option<ObjectName>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let sql = "SELECT sha256, size_bytes FROM replica_files WHERE name = ?1";
    let found = connection.query_row(sql, [name], read).optional()?;
    Ok(found.and_then(|(sha256, size_bytes)| {
        Some(ObjectName { sha256: sha256.parse().ok()?, size_bytes: size_bytes.unsigned_abs() })
    }))
}
