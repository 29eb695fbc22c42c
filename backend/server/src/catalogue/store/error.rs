//! Why a catalogue's database cannot be used. In: what SQLite and the system say. Out: a sentence.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::super::assortment::UnknownMarket;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was imported yet.
    #[error("there is no catalogue in {}: run `shop-the-look catalogue import FEED` first", folder.display())]
    Missing {
        /// The catalogue's folder.
        folder: PathBuf,
    },
    /// It may be there, and cannot be looked at.
    #[error("the catalogue in {} cannot be read: expected to run as the user whose it is", folder.display())]
    Unreadable {
        /// The catalogue's folder.
        folder: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
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
    /// No market has the name that was asked for.
    #[error(transparent)]
    Market(#[from] UnknownMarket),
    /// SQLite failed.
    #[error("the catalogue's database {} {}", path.display(), outcome(source))]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

/// What happened to the database, and what helps.
fn outcome(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "is damaged: restore it from a backup, or move it away and import the feed again"
        }
        _ => "failed",
    }
}

impl StoreError {
    /// Whether another process is writing, so that a later try succeeds.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.code() == Some(ErrorCode::DatabaseBusy)
    }

    /// Whether there is no space left.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        self.code() == Some(ErrorCode::DiskFull)
    }

    fn code(&self) -> Option<ErrorCode> {
        if let Self::Sqlite { source, .. } = self { source.sqlite_error_code() } else { None }
    }
}
