//! The table `pictures`. In and out: what the addresses of a market's feed held.

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

/// All of a market's.
pub(super) fn read(connection: &Connection, market: &str) -> rusqlite::Result<Vec<FetchedPicture>> {
    let mut select =
        connection.prepare("SELECT address, sha256, etag, last_modified FROM pictures WHERE market = ?1")?;
    let pictures = select.query_map([market], |row| {
        let Column(sha256) = row.get(1)?;
        let validators = Validators { etag: row.get(2)?, last_modified: row.get(3)? };
        Ok(FetchedPicture { address: row.get(0)?, sha256, validators })
    })?;
    pictures.collect()
}

/// Replaces all of a market's.
pub(super) fn replace(connection: &Connection, market: &str, pictures: &[FetchedPicture]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM pictures WHERE market = ?1", [market])?;
    let mut insert = connection.prepare(
        "INSERT OR REPLACE INTO pictures (market, address, sha256, etag, last_modified) \
         VALUES (:market, :address, :sha256, :etag, :last_modified)",
    )?;
    for picture in pictures {
        insert.execute(named_params! {
            ":market": market,
            ":address": picture.address,
            ":sha256": Column(picture.sha256),
            ":etag": picture.validators.etag,
            ":last_modified": picture.validators.last_modified,
        })?;
    }
    Ok(())
}
