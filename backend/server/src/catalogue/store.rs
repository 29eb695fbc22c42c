//! The articles in SQLite. In: [`Article`]s and the name of their feature file, published together. Out: the same.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use self::columns::Column;
use self::migrations::{MigrateError, migrate};
use self::products::UnknownValue;
use super::article::Article;

mod columns;
mod migrations;
mod products;

/// The database in a catalogue's folder.
pub const DATABASE: &str = "catalogue.sqlite";

/// How long a reader waits for a writer and the other way round: publishing a million articles takes seconds.
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// An open catalogue database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    folder: PathBuf,
}

/// Which version of the catalogue is the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Counts imports.
    pub version: u64,
    /// Name of the feature file in the catalogue's folder.
    pub features_file: String,
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was imported yet.
    #[error("there is no catalogue in {}: run `shop-the-look catalogue import FEED` first", folder.display())]
    Missing {
        /// The catalogue's folder.
        folder: PathBuf,
    },
    /// A later version of this program wrote it.
    #[error(
        "the catalogue was written by a later version of this program: expected at most version {supported}, got {received}"
    )]
    Later {
        /// The version that this program writes.
        supported: usize,
        /// The database's version.
        received: i64,
    },
    /// A stored value that this program does not know.
    #[error("the catalogue's product {id:?} has an unknown {column}: {received:?}")]
    Value {
        /// The product.
        id: String,
        /// The column.
        column: &'static str,
        /// The value.
        received: String,
    },
    /// SQLite failed.
    #[error("the catalogue's database {} failed", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

impl Store {
    /// Opens the database of a catalogue that exists.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(DATABASE).is_file() {
            return Err(StoreError::Missing { folder: folder.to_owned() });
        }
        Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the database of a catalogue, or creates one.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    fn connect(folder: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE);
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let mut connection =
            Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        migrate(&mut connection).map_err(|error| match error {
            MigrateError::Later { supported, received } => StoreError::Later { supported, received },
            MigrateError::Sqlite(source) => failed(source),
        })?;
        Ok(Self { connection, path, folder: folder.to_owned() })
    }

    /// The current version.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn published(&self) -> Result<Published, StoreError> {
        let published = published(&self.connection).map_err(|source| self.failed(source))?;
        published.ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })
    }

    /// What SQLite finds wrong with the database itself, a sentence each.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let check = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare("PRAGMA integrity_check")?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            lines.filter(|line| !line.as_ref().is_ok_and(|line| line == "ok")).collect()
        };
        check().map_err(|source| self.failed(source))
    }

    /// The current version's articles in the order of ids, which is that of the feature file's rows.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn read(&mut self) -> Result<(Published, Vec<Article>), StoreError> {
        // One transaction, so that no import comes between the two reads.
        let read = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            Ok((published(&transaction)?, products::read(&transaction)?))
        };
        let (published, articles) = read(&mut self.connection).map_err(|source| self.failed(source))?;
        let published = published.ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })?;
        let articles =
            articles.map_err(|UnknownValue { id, column, received }| StoreError::Value { id, column, received })?;
        Ok((published, articles))
    }

    /// Replaces all articles in one transaction: the moment in which an import becomes the catalogue.
    ///
    /// # Errors
    /// When the database fails; the former articles are then still there.
    pub fn publish(&mut self, published: &Published, articles: &[Article]) -> Result<(), StoreError> {
        let publish = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            products::replace(&transaction, articles)?;
            transaction.execute(
                "INSERT OR REPLACE INTO published (only_row, version, features_file) VALUES (1, ?1, ?2)",
                params![Column(published.version), published.features_file],
            )?;
            transaction.commit()
        };
        publish(&mut self.connection).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { path: self.path.clone(), source }
    }
}

fn published(connection: &Connection) -> rusqlite::Result<Option<Published>> {
    connection
        .query_row("SELECT version, features_file FROM published", [], |row| {
            let Column(version) = row.get(0)?;
            Ok(Published { version, features_file: row.get(1)? })
        })
        .optional()
}

#[cfg(test)]
mod tests;
