//! The table `pictures`. In and out: what the addresses of a feed held.

use rusqlite::{Connection, named_params};

use super::columns::Column;
use crate::catalogue::fetch::Validators;
use crate::digest::Digest;

/// What an address of a feed held when it was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPicture {
    /// The address.
    pub address: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The file's version, as its host calls it.
    pub validators: Validators,
}

/// All of them.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<FetchedPicture>> {
    let mut select = connection.prepare("SELECT address, sha256, etag, last_modified FROM pictures")?;
    let pictures = select.query_map([], |row| {
        let Column(sha256) = row.get(1)?;
        let validators = Validators { etag: row.get(2)?, last_modified: row.get(3)? };
        Ok(FetchedPicture { address: row.get(0)?, sha256, validators })
    })?;
    pictures.collect()
}

/// Replaces all of them.
pub(super) fn replace(connection: &Connection, pictures: &[FetchedPicture]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM pictures", [])?;
    let mut insert = connection.prepare(
        "INSERT OR REPLACE INTO pictures (address, sha256, etag, last_modified) VALUES (:address, :sha256, :etag, :last_modified)",
    )?;
    for picture in pictures {
        insert.execute(named_params! {
            ":address": picture.address,
            ":sha256": Column(picture.sha256),
            ":etag": picture.validators.etag,
            ":last_modified": picture.validators.last_modified,
        })?;
    }
    Ok(())
}
