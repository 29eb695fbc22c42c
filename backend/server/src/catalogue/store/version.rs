//! The version of a catalogue that may be of any schema, or none. In: a folder. Out: a number. Nothing is changed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::columns::Column;
use super::{BUSY_TIMEOUT, DATABASE, Store};

impl Store {
    /// The version of the catalogue in a folder; none if there is no catalogue, or it cannot be read. An earlier schema stays as it is.
    #[must_use]
    pub fn version_in(folder: &Path) -> Option<u64> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(DATABASE), flags).ok()?;
        connection.busy_timeout(BUSY_TIMEOUT).ok()?;
        let version = connection.query_row("SELECT version FROM published", [], |row| row.get::<_, Column<u64>>(0));
        version.ok().map(|Column(version)| version)
    }
}
