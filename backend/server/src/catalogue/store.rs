//! The articles in SQLite, by market. In: [`Article`]s and the name of their feature file, published together. Out: the same.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use self::columns::Column;
use self::migrations::{MigrateError, migrate};
use self::products::UnknownValue;
use super::article::Article;
use super::assortment::{Assortment, Assortments};
use super::categories::CategoryCount;

mod adaptations;
mod arrivals;
mod article_rows;
mod categories;
mod columns;
mod error;
mod events;
mod feeds;
mod jobs;
mod market_changes;
mod markets;
pub(crate) mod migrations;
mod offers;
mod pictures;
mod products;
mod replacement;
mod snapshot;
mod steps;
mod variants;
mod version;

pub use adaptations::StoredAdaptation;
pub use error::StoreError;
pub use events::KEPT_HOURS;
pub(crate) use feeds::feed_key;
pub use migrations::Migrated;
pub use offers::{Currencies, Offers};
pub use pictures::FetchedPicture;
pub use replacement::Replacement;
pub use snapshot::Snapshot;
pub use steps::ChangedOffers;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Counts imports.
    pub version: u64,
    /// Name of the feature file in the catalogue's folder.
    pub features_file: String,
    /// The version of the adapted match that serves; none if it is the shipped one.
    pub adaptation: Option<u64>,
}

/// Names one publication: catalogues of different folders differ in it, even if their versions are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Counts imports and changes of one folder.
    pub version: u64,
    /// Chosen at random for each publication.
    pub mark: String,
}

impl Store {
    /// Opens the database of a catalogue that exists.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::connect_existing(folder)?.0)
    }

    /// Brings the database of a catalogue that exists to this program's schema, as [`Store::open`] does, and says what there was to do.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub fn migrate(folder: &Path) -> Result<Migrated, StoreError> {
        Ok(Self::connect_existing(folder)?.1)
    }

    fn connect_existing(folder: &Path) -> Result<(Self, Migrated), StoreError> {
        match folder.join(DATABASE).metadata() {
            Ok(found) if found.is_file() => Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE),
            Err(source) if !matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreError::Unreadable { folder: folder.to_owned(), source })
            }
            _ => Err(StoreError::Missing { folder: folder.to_owned() }),
        }
    }

    /// Opens the database of a catalogue, or creates one.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?.0)
    }

    fn connect(folder: &Path, flags: OpenFlags) -> Result<(Self, Migrated), StoreError> {
        let path = folder.join(DATABASE);
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let mut connection =
            Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        let migrated = migrate(&mut connection).map_err(|error| match error {
            MigrateError::Later { supported, received } => StoreError::Later { supported, received },
            MigrateError::Sqlite(source) => failed(source),
        })?;
        Ok((Self { connection, path, folder: folder.to_owned() }, migrated))
    }

    /// Writes the database as of this moment to a new file; others may write to it meanwhile.
    ///
    /// # Errors
    /// When the database fails, or the file cannot be written.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let copied = self.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]);
        copied.map(|_| ()).map_err(|source| self.failed(source))
    }

    /// The current version.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn published(&self) -> Result<Published, StoreError> {
        let published = published(&self.connection).map_err(|source| self.failed(source))?;
        published.ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })
    }

    /// Which publication is the current one.
    ///
    /// # Errors
    /// As for [`Store::published`].
    pub fn publication(&self) -> Result<Publication, StoreError> {
        let found = publication(&self.connection).map_err(|source| self.failed(source))?;
        found.ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })
    }

    /// The names of the markets, the first one first; one without a name in a catalogue without markets.
    ///
    /// # Errors
    /// When the database fails.
    pub fn markets(&self) -> Result<Vec<String>, StoreError> {
        markets::names(&self.connection).map_err(|source| self.failed(source))
    }

    /// What the addresses of a market's last feed held.
    ///
    /// # Errors
    /// When the database fails.
    pub fn fetched_pictures(&self, market: &str) -> Result<Vec<FetchedPicture>, StoreError> {
        pictures::read(&self.connection, market).map_err(|source| self.failed(source))
    }

    /// How the products of a market's last import got their categories, the most frequent way first; empty if an earlier version of this program
    /// imported them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn category_counts(&self, market: &str) -> Result<Vec<CategoryCount>, StoreError> {
        categories::read(&self.connection, market).map_err(|source| self.failed(source))
    }

    /// For each article in the order of `ids`, the second since 1970 at which it came to a market; 0 if it was there before that was stored, or has gone
    /// meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub fn came_s<'a>(&self, market: &str, ids: impl Iterator<Item = &'a str>) -> Result<Vec<i64>, StoreError> {
        arrivals::read(&self.connection, market, ids).map_err(|source| self.failed(source))
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

    /// The current version's articles, each once, as the first market that sells it has it. They are in the order of ids, which is that of
    /// the feature file's rows.
    ///
    /// # Errors
    /// As for [`Store::read_markets`].
    pub fn read(&mut self) -> Result<(Published, Vec<Article>), StoreError> {
        let (published, assortments) = self.read_markets()?;
        Ok((published, assortments.into_each_once()))
    }

    /// What a market of the current version sells; the first market if none is named.
    ///
    /// # Errors
    /// As for [`Store::read_markets`], and when no market has this name.
    pub fn read_market(&mut self, market: &str) -> Result<(Published, Assortment), StoreError> {
        let (published, assortments) = self.read_markets()?;
        Ok((published, assortments.into_market(market)?))
    }

    /// What each market of the current version sells.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when nothing was published yet, or when the database fails.
    pub fn read_markets(&mut self) -> Result<(Published, Assortments), StoreError> {
        // One transaction, so that no import comes between the reads.
        let (path, folder) = (self.path.clone(), self.folder.clone());
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction().map_err(failed)?;
        read(&transaction, &path)?.ok_or(StoreError::Missing { folder })
    }

    /// Replaces all articles of a catalogue without markets in one transaction: the moment in which an import becomes the catalogue.
    ///
    /// # Errors
    /// When the database fails; the former articles are then still there.
    pub fn publish(&mut self, published: &Published, articles: &[Article]) -> Result<(), StoreError> {
        self.publish_market(published, "", articles)
    }

    /// Replaces the articles of a market.
    ///
    /// # Errors
    /// As for [`Store::publish`].
    pub fn publish_market(
        &mut self,
        published: &Published,
        market: &str,
        articles: &[Article],
    ) -> Result<(), StoreError> {
        self.edit(|_| {
            let assortment = Assortment { market: market.to_owned(), articles: articles.to_vec() };
            Ok((Some(Replacement::of(published.clone(), assortment)), ()))
        })
    }

    /// Reads the current version and replaces a market of it by what `edit` makes of it; without a replacement nothing is changed. No other
    /// process writes in between; readers see the former version until the end.
    ///
    /// # Errors
    /// Those of `edit`; [`StoreError`] when the database fails or another process writes for too long. The former version is then
    /// still there.
    pub fn edit<T, E: From<StoreError>>(
        &mut self,
        edit: impl FnOnce(Option<(Published, Assortments)>) -> Result<(Option<Replacement>, T), E>,
    ) -> Result<T, E> {
        let path = self.path.clone();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let (replacement, result) = edit(read(&transaction, &path)?)?;
        if let Some(replacement) = replacement {
            replacement.apply(&transaction).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(result)
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { path: self.path.clone(), source }
    }
}

/// The current version and its articles by market, if something was published.
fn read(connection: &Connection, path: &Path) -> Result<Option<(Published, Assortments)>, StoreError> {
    let failed = |source| StoreError::Sqlite { path: path.to_owned(), source };
    let Some(published) = published(connection).map_err(failed)? else { return Ok(None) };
    let unknown = |UnknownValue { id, column, received }| StoreError::Value { id, column, received };
    let assortment = |market: String| -> Result<Assortment, StoreError> {
        let mut articles = products::read(connection, &market).map_err(failed)?.map_err(unknown)?;
        variants::read(connection, &market, &mut articles).map_err(failed)?.map_err(unknown)?;
        Ok(Assortment { market, articles })
    };
    let markets = markets::names(connection).map_err(failed)?;
    let assortments = markets.into_iter().map(assortment).collect::<Result<_, _>>()?;
    Ok(Some((published, Assortments(assortments))))
}

fn publication(connection: &Connection) -> rusqlite::Result<Option<Publication>> {
    let read = |row: &rusqlite::Row<'_>| {
        let Column(version) = row.get(0)?;
        Ok(Publication { version, mark: row.get(1)? })
    };
    connection.query_row("SELECT version, publication FROM published", [], read).optional()
}

fn published(connection: &Connection) -> rusqlite::Result<Option<Published>> {
    connection
        .query_row("SELECT version, features_file, adaptation FROM published", [], |row| {
            let Column(version) = row.get(0)?;
            let adaptation: Option<Column<u64>> = row.get(2)?;
            let adaptation = adaptation.map(|Column(version)| version);
            Ok(Published { version, features_file: row.get(1)?, adaptation })
        })
        .optional()
}

/// Makes it the current version, with a mark of its own.
fn set_published(connection: &Connection, published: &Published) -> rusqlite::Result<()> {
    let Published { version, features_file, adaptation } = published;
    connection.execute(
        "INSERT OR REPLACE INTO published (only_row, version, features_file, publication, adaptation) \
         VALUES (1, ?1, ?2, lower(hex(randomblob(16))), ?3)",
        params![Column(*version), features_file, adaptation.map(Column)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
