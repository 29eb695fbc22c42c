//! A cache is brought up to date. In: the record, object storage, a cache. Out: the cache with the record's last change.
//!
//! Files come first, then all rows in one transaction of the cache's database: a server that serves it sees the former version or the
//! new one. Pictures are fetched when they are asked for, unless all of them are wanted.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior, params, params_from_iter};

use super::cache::{self, Cache, Position};
use super::error::{ClusterError, file, sqlite};
use super::objects::{ObjectName, Objects, digest_of};
use super::record::schema::Head;
use super::record::tables::{CHANGE, SCHEMA, Table};
use super::record::values::Value;
use super::record::{Record, Tx};
use crate::audit::is_of_the_log;
use crate::catalogue::Store;
use crate::catalogue::features::{HEADER_BYTES, network_of};
use crate::catalogue::layout::{IMAGES, is_of_a_version, rows_file};
use crate::catalogue::store::Published;
use crate::digest::Digest;
use crate::files::tidy;
use crate::parallel::for_each_in_order;

/// Files on their way at once: small ones wait for the storage most of the time.
const FETCHES_AT_ONCE: usize = 16;

/// The files that are no pictures, of which there are millions: ranges of the key, since a pattern would read all names. `0` is the character after `/`.
pub(super) const NO_PICTURE: &str = "(name < 'images/' OR name >= 'images0')";

/// What a cache should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What a server or a command needs; pictures when they are asked for.
    Served,
    /// The counts of shoppers' events as well.
    WithCounts,
    /// All pictures as well.
    WithPictures,
    /// Everything, also what only one server needs.
    Everything,
}

/// Brings a cache up to date. Returns whether anything was new.
///
/// # Errors
/// When one of the three cannot be read or written. The cache then has its former version, or the new one.
pub fn pull(record: &mut Record, objects: &Objects, cache: &Cache, extent: Extent) -> Result<bool, ClusterError> {
    pull_of(record, objects, cache, extent, None)
}

/// The same for a server, with the SHA-256 of its FashionDNA.
///
/// # Errors
/// Also [`ClusterError::OtherNetworks`], and [`ClusterError::Missing`] of a record without a version: the cache keeps its version, which this server can
/// load.
pub(super) fn pull_for(
    record: &mut Record,
    objects: &Objects,
    cache: &Cache,
    network_sha256: &Digest,
) -> Result<bool, ClusterError> {
    pull_of(record, objects, cache, Extent::Served, Some(network_sha256))
}

fn pull_of(
    record: &mut Record,
    objects: &Objects,
    cache: &Cache,
    extent: Extent,
    network_sha256: Option<&Digest>,
) -> Result<bool, ClusterError> {
    let tx = record.snapshot()?;
    let head = tx.head(false)?;
    let is_new = pull_in(&tx, &head, objects, cache, extent, network_sha256)?;
    tx.commit()?;
    Ok(is_new)
}

/// The same in a transaction that has read the head. A version is taken only if this network has made it, if one is named.
pub(super) fn pull_in(
    tx: &Tx<'_>,
    head: &Head,
    objects: &Objects,
    cache: &Cache,
    extent: Extent,
    network_sha256: Option<&Digest>,
) -> Result<bool, ClusterError> {
    let failed = sqlite(&cache.database());
    let mut connection = cache.connect()?;
    let former = cache::position(&connection).map_err(failed.clone())?;
    let here = Position { catalogue: head.catalogue.clone(), change: head.change };
    if former.as_ref() == Some(&here) && extent == Extent::Served {
        return Ok(false);
    }
    let served = former.as_ref().and_then(|_| Store::open(cache.folder()).and_then(|store| store.published()).ok());
    let published = published(tx)?;
    if network_sha256.is_some() && served.is_some() && published.is_none() {
        // An empty record has taken the place of the one that is served: the version stays until that is restored.
        return Err(ClusterError::Missing { address: tx.address().to_string() });
    }
    if let (Some(network_sha256), Some(published)) = (network_sha256, &published) {
        check_network(tx, objects, (cache, &connection), published, network_sha256)?;
    }
    fetch_files(tx, objects, cache, &connection, (&published, extent))?;
    // Who has another catalogue, or one from before deletions that are forgotten, or from after a restored backup, reads everything.
    let known = former.filter(|former| former.catalogue == head.catalogue);
    let known = known.filter(|former| (head.oldest..=head.change).contains(&former.change));
    let since = if extent == Extent::Everything { None } else { known.map(|position| position.change) };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed.clone())?;
    for table in tx.tables(head)? {
        if table.is_followed() || extent == Extent::Everything {
            apply_rows(tx, &table, since, &transaction, &failed)?;
        } else if extent == Extent::WithCounts {
            // They have no changes: all of them.
            apply_rows(tx, &table, None, &transaction, &failed)?;
        }
    }
    apply_files(tx, since, &transaction, &failed)?;
    cache::set_position(&transaction, &here).map_err(failed.clone())?;
    transaction.commit().map_err(failed)?;
    let needed: HashSet<String> = [published, served].iter().flatten().flat_map(version_files).collect();
    tidy(cache.folder(), |name| !is_of_a_version(name) || needed.contains(name));
    Ok(true)
}

/// The version that the record serves; none if nothing was published.
fn published(tx: &Tx<'_>) -> Result<Option<Published>, ClusterError> {
    let rows = tx.query(&format!("SELECT version, features_file, adaptation FROM {SCHEMA}.published"), &[])?;
    Ok(rows.first().map(|row| Published {
        version: row.get::<_, i64>(0).unsigned_abs(),
        features_file: row.get(1),
        adaptation: row.get::<_, Option<i64>>(2).map(i64::unsigned_abs),
    }))
}

/// Refuses a version that another network has made, before anything of it is fetched: the head of its features tells. Features that the cache has were not
/// refused before.
fn check_network(
    tx: &Tx<'_>,
    objects: &Objects,
    (cache, connection): (&Cache, &Connection),
    published: &Published,
    network_sha256: &Digest,
) -> Result<(), ClusterError> {
    let sql = format!("SELECT name, sha256, size_bytes FROM {SCHEMA}.record_files WHERE name = $1");
    let rows = tx.query(&sql, &[&published.features_file])?;
    let Some(object) = rows.first().and_then(|row| named(row).1) else { return Ok(()) };
    let known = cache::object(connection, &published.features_file).map_err(sqlite(&cache.database()))?;
    if known.as_ref() == Some(&object) {
        return Ok(());
    }
    let header = objects.first_bytes(&object, HEADER_BYTES as u64)?;
    match network_of(&header) {
        // What is no feature file is found out when it is fetched.
        None => Ok(()),
        Some(received) if received == *network_sha256 => Ok(()),
        Some(received) => Err(ClusterError::OtherNetworks {
            address: tx.address().to_string(),
            version: published.version,
            expected: *network_sha256,
            received,
        }),
    }
}

/// Names of the files of a version.
pub(super) fn version_files(published: &Published) -> [String; 2] {
    [published.features_file.clone(), rows_file(published)]
}

/// Fetches the files that are missing or of another version.
fn fetch_files(
    tx: &Tx<'_>,
    objects: &Objects,
    cache: &Cache,
    connection: &Connection,
    (published, extent): (&Option<Published>, Extent),
) -> Result<(), ClusterError> {
    let of_version: Vec<String> = published.iter().flat_map(version_files).collect();
    let with_pictures = [Extent::WithPictures, Extent::Everything].contains(&extent);
    let which = if with_pictures { "true" } else { NO_PICTURE };
    let sql = format!("SELECT name, sha256, size_bytes FROM {SCHEMA}.record_files WHERE {which}");
    let (mut listed, mut missing) = (HashSet::new(), Vec::new());
    tx.each_row(&sql, &[], |row| {
        let (name, object) = named(row);
        let Some(object) = object.filter(|_| is_safe(&name)) else { return Ok(()) };
        let is_needed = match &name {
            name if is_of_the_log(name) => extent == Extent::Everything,
            name => !is_of_a_version(name) || of_version.contains(name),
        };
        let path = cache.folder().join(&name);
        if is_needed && !is_here(connection, cache, &name, &path, &object)? {
            missing.push((object, name.clone(), path));
        }
        listed.insert(name);
        Ok(())
    })?;
    let fetch = |(object, name, path): &(ObjectName, String, PathBuf)| {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(file(folder))?;
        }
        objects.fetch(object, name, path)
    };
    // All pictures of a catalogue take hours.
    let mut last = Instant::now();
    for_each_in_order(&missing, FETCHES_AT_ONCE, fetch, |_, fetched| fetched.and_then(|()| tx.stay(&mut last)))?;
    // What the record has given up, such as rules. Pictures stay: they are bounded by the cache's size.
    let mut select = connection
        .prepare(&format!("SELECT name FROM replica_files WHERE {NO_PICTURE}"))
        .map_err(sqlite(&cache.database()))?;
    let gone = select.query_map([], |row| row.get::<_, String>(0)).map_err(sqlite(&cache.database()))?;
    for name in gone {
        let name = name.map_err(sqlite(&cache.database()))?;
        if !listed.contains(&name) && !is_of_a_version(&name) && is_safe(&name) {
            let _ = std::fs::remove_file(cache.folder().join(&name));
        }
    }
    Ok(())
}

/// Whether a file is there with the object's bytes. One that was fetched under this digest is not read again.
fn is_here(
    connection: &Connection,
    cache: &Cache,
    name: &str,
    path: &Path,
    object: &ObjectName,
) -> Result<bool, ClusterError> {
    let Ok(found) = std::fs::metadata(path) else { return Ok(false) };
    if found.len() != object.size_bytes {
        return Ok(false);
    }
    let known = cache::object(connection, name).map_err(sqlite(&cache.database()))?;
    Ok(known.as_ref() == Some(object) || digest_of(path)? == *object)
}

/// A file's name leads into the cache's folder: it comes from another machine.
fn is_safe(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

fn named(row: &tokio_postgres::Row) -> (String, Option<ObjectName>) {
    let (name, sha256, size_bytes): (String, String, i64) = (row.get(0), row.get(1), row.get(2));
    let object = sha256.parse::<Digest>().ok();
    (name, object.map(|sha256| ObjectName { sha256, size_bytes: size_bytes.unsigned_abs() }))
}

/// Brings a table up to date: all rows, or what was deleted and then what came since a change.
fn apply_rows(
    tx: &Tx<'_>,
    table: &Table,
    since: Option<i64>,
    to: &Connection,
    failed: &(impl Fn(rusqlite::Error) -> ClusterError + Clone),
) -> Result<(), ClusterError> {
    let (name, columns) = (&table.name, table.column_list());
    match since {
        None => _ = to.execute(&format!("DELETE FROM \"{name}\""), []).map_err(failed.clone())?,
        Some(since) => {
            let key: Vec<String> = table
                .key()
                .iter()
                .enumerate()
                .map(|(at, column)| format!("\"{}\" = ?{}", column.name, at + 1))
                .collect();
            let mut delete =
                to.prepare(&format!("DELETE FROM \"{name}\" WHERE {}", key.join(" AND "))).map_err(failed.clone())?;
            let sql = format!("SELECT row_key FROM {SCHEMA}.record_deleted WHERE table_name = $1 AND {CHANGE} > $2");
            tx.each_row(&sql, &[name, &since], |row| {
                let key: Vec<serde_json::Value> = serde_json::from_str(row.get(0)).unwrap_or_default();
                delete.execute(params_from_iter(key.iter().map(Value::of_json))).map(drop).map_err(failed.clone())
            })?;
        }
    }
    let marks = vec!["?"; table.columns.len()].join(", ");
    let mut insert = to
        .prepare(&format!("INSERT OR REPLACE INTO \"{name}\" ({columns}) VALUES ({marks})"))
        .map_err(failed.clone())?;
    // In the order of keys, which is SQLite's own.
    let sql = format!("SELECT {columns} FROM {SCHEMA}.\"{name}\" WHERE {CHANGE} > $1 ORDER BY {}", table.key_list());
    tx.each_row(&sql, &[&since.unwrap_or(-1)], |row| {
        let values = (0..table.columns.len()).map(|at| row.get::<_, Value>(at));
        insert.execute(params_from_iter(values)).map(drop).map_err(failed.clone())
    })
}

/// Brings the list of files up to date.
fn apply_files(
    tx: &Tx<'_>,
    since: Option<i64>,
    to: &Connection,
    failed: &(impl Fn(rusqlite::Error) -> ClusterError + Clone),
) -> Result<(), ClusterError> {
    match since {
        None => _ = to.execute("DELETE FROM replica_files", []).map_err(failed.clone())?,
        Some(since) => {
            let mut delete = to.prepare("DELETE FROM replica_files WHERE name = ?1").map_err(failed.clone())?;
            let sql = format!("SELECT row_key FROM {SCHEMA}.record_deleted WHERE table_name = $1 AND {CHANGE} > $2");
            tx.each_row(&sql, &[&"record_files", &since], |row| {
                let name: Vec<String> = serde_json::from_str(row.get(0)).unwrap_or_default();
                delete.execute(params_from_iter(name)).map(drop).map_err(failed.clone())
            })?;
        }
    }
    let mut insert = to
        .prepare("INSERT OR REPLACE INTO replica_files (name, sha256, size_bytes) VALUES (?1, ?2, ?3)")
        .map_err(failed.clone())?;
    let sql = format!("SELECT name, sha256, size_bytes FROM {SCHEMA}.record_files WHERE {CHANGE} > $1");
    tx.each_row(&sql, &[&since.unwrap_or(-1)], |row| {
        let (name, sha256, size): (&str, &str, i64) = (row.get(0), row.get(1), row.get(2));
        insert.execute(params![name, sha256, size]).map(drop).map_err(failed.clone())
    })
}

/// The path of a picture in the record's list of files.
#[must_use]
pub fn picture_file(name: &str) -> String {
    format!("{IMAGES}/{name}")
}
