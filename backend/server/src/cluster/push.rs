//! What a command has changed in a cache goes to the record. In: a folder, its database before the change, a transaction that holds the
//! record. Out: rows of the next change, and the objects of new files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::Connection;
use tokio_postgres::types::Type;

use super::compared::{Compared, gone_keys, new_rows};
use super::error::{ClusterError, file, sqlite};
use super::objects::{ObjectName, Objects, digest_of};
use super::pull::{NO_PICTURE, picture_file, version_files};
use super::record::schema::Head;
use super::record::tables::{CHANGE, SCHEMA, Table};
use super::record::values::Value;
use super::record::{CHANNEL, Tx};
use crate::audit::is_of_the_log;
use crate::catalogue::StoreError;
use crate::catalogue::layout::{EMBEDDINGS, IMAGES, is_of_a_picture, is_of_a_version};
use crate::catalogue::looks::FOLDER as LOOKS;
use crate::catalogue::rules::FILE as RULES;
use crate::catalogue::store::{DATABASE, Published};
use crate::digest::Digest;

/// Changes whose deletions are remembered: who was away for longer reads everything.
const REMEMBERED: i64 = 1000;

/// Pictures that are stored before the transaction does something again: some seconds.
const PICTURES_AT_ONCE: usize = 1000;

/// What is pushed.
pub(super) struct Change<'a> {
    /// The catalogue's folder.
    pub(super) folder: &'a Path,
    /// Its database as it was before; none if the record is empty.
    pub(super) base: Option<PathBuf>,
    /// Which rows are compared with the base.
    pub(super) compared: Compared,
    /// Files whose objects are there already, though the folder lacks them.
    pub(super) stored: Vec<(String, ObjectName)>,
    /// Whether tables and files of one server go as well.
    pub(super) is_everything: bool,
}

/// Writes the change to the transaction. Returns the number of rows and files that changed; with none of them nothing was written.
pub(super) fn push(tx: &Tx<'_>, head: &Head, objects: &Objects, change: &Change<'_>) -> Result<u64, ClusterError> {
    let database = change.folder.join(DATABASE);
    let failed = sqlite(&database);
    let connection = Connection::open(&database).map_err(failed.clone())?;
    let base = change.base.clone().unwrap_or_else(|| PathBuf::from(":memory:"));
    connection.execute("ATTACH DATABASE ?1 AS base", [base.to_string_lossy()]).map_err(failed.clone())?;
    // One state of the folder for all tables.
    connection.execute_batch("BEGIN").map_err(failed.clone())?;
    let next = head.change + 1;
    let tables = tx.tables(head)?;
    let mut changed = push_files(tx, objects, change, &connection, next)?;
    for table in tables.iter().filter(|table| table.is_followed() || change.is_everything) {
        changed += push_rows(tx, table, &connection, (change.compared, next), &failed)?;
        if change.base.is_some() {
            changed += push_deletions(tx, table, &connection, (change.compared, next), &failed)?;
        }
    }
    // All rows are read for it, and of other offers there are no other pictures.
    let has_pictures = change.base.is_some() && change.compared == Compared::All;
    if has_pictures && are_pictures_lost(&connection).map_err(failed.clone())? {
        changed += forget_pictures(tx, &connection, next, &failed)?;
    }
    if changed > 0 {
        announce(tx, head)?;
    }
    Ok(changed)
}

/// Makes what a transaction has written the next change, and tells replicas.
pub(super) fn announce(tx: &Tx<'_>, head: &Head) -> Result<(), ClusterError> {
    let next = head.change + 1;
    let oldest = head.oldest.max(next - REMEMBERED);
    tx.execute(&format!("UPDATE {SCHEMA}.record SET change = $1, oldest = $2"), &[&next, &oldest])?;
    tx.execute(&format!("DELETE FROM {SCHEMA}.record_deleted WHERE {CHANGE} < $1"), &[&oldest])?;
    tx.execute("SELECT pg_notify($1, $2)", &[&CHANNEL, &next.to_string()])?;
    Ok(())
}

/// Writes the rows that are new or differ from the base.
fn push_rows(
    tx: &Tx<'_>,
    table: &Table,
    from: &Connection,
    (compared, next): (Compared, i64),
    failed: &(impl Fn(rusqlite::Error) -> ClusterError + Clone),
) -> Result<u64, ClusterError> {
    let (name, columns) = (&table.name, table.column_list());
    let mut select = from.prepare(&new_rows(table, compared)).map_err(failed.clone())?;
    let mut rows = select.query([]).map_err(failed.clone())?;
    let mut types = table.types();
    types.push(Type::INT8);
    tx.batch(&format!("CREATE TEMP TABLE incoming (LIKE {SCHEMA}.\"{name}\") ON COMMIT DROP"))?;
    let copy = format!("COPY incoming ({columns}, {CHANGE}) FROM STDIN (FORMAT binary)");
    let mut copy = tx.copy_in(&copy, &types)?;
    while let Some(row) = rows.next().map_err(failed.clone())? {
        let value = |at| row.get_ref(at).and_then(Value::of_sqlite).map_err(failed.clone());
        let mut values = (0..table.columns.len()).map(value).collect::<Result<Vec<_>, _>>()?;
        values.push(Value::Integer(next));
        copy.write(&values)?;
    }
    let count = copy.finish()?;
    if count > 0 {
        let updates: Vec<String> =
            table.columns.iter().map(|column| format!("\"{0}\" = EXCLUDED.\"{0}\"", column.name)).collect();
        let key = table.key_list();
        tx.batch(&format!(
            "INSERT INTO {SCHEMA}.\"{name}\" ({columns}, {CHANGE}) SELECT {columns}, {CHANGE} FROM incoming \
             ON CONFLICT ({key}) DO UPDATE SET {}, {CHANGE} = EXCLUDED.{CHANGE}",
            updates.join(", ")
        ))?;
    }
    tx.batch("DROP TABLE incoming")?;
    Ok(count)
}

/// Deletes the rows that only the base has.
fn push_deletions(
    tx: &Tx<'_>,
    table: &Table,
    from: &Connection,
    (compared, next): (Compared, i64),
    failed: &(impl Fn(rusqlite::Error) -> ClusterError + Clone),
) -> Result<u64, ClusterError> {
    let (name, key) = (&table.name, table.key());
    let mut select = from.prepare(&gone_keys(table, compared)).map_err(failed.clone())?;
    let mut rows = select.query([]).map_err(failed.clone())?;
    let key_list = table.key_list();
    tx.batch(&format!(
        "CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT {key_list}, ''::text AS row_key FROM {SCHEMA}.\"{name}\" WITH NO DATA"
    ))?;
    let mut types: Vec<Type> = key.iter().map(|column| column.kind.postgres()).collect();
    types.push(Type::TEXT);
    let mut copy = tx.copy_in("COPY gone FROM STDIN (FORMAT binary)", &types)?;
    while let Some(row) = rows.next().map_err(failed.clone())? {
        let value = |at| row.get_ref(at).and_then(Value::of_sqlite).map_err(failed.clone());
        let mut values = (0..key.len()).map(value).collect::<Result<Vec<_>, _>>()?;
        let json: Vec<serde_json::Value> = values.iter().map(Value::to_json).collect();
        values.push(Value::Text(serde_json::Value::Array(json).to_string()));
        copy.write(&values)?;
    }
    let count = copy.finish()?;
    if count > 0 {
        let same: Vec<String> = key.iter().map(|column| format!("t.\"{0}\" = gone.\"{0}\"", column.name)).collect();
        tx.batch(&format!("DELETE FROM {SCHEMA}.\"{name}\" t USING gone WHERE {}", same.join(" AND ")))?;
        let insert = format!(
            "INSERT INTO {SCHEMA}.record_deleted (table_name, row_key, {CHANGE}) SELECT $1, row_key, $2 FROM gone"
        );
        tx.execute(&insert, &[name, &next])?;
    }
    tx.batch("DROP TABLE gone")?;
    Ok(count)
}

/// Uploads the folder's files that the record lacks and lists them; files that are not needed any more leave the list.
fn push_files(
    tx: &Tx<'_>,
    objects: &Objects,
    change: &Change<'_>,
    connection: &Connection,
    next: i64,
) -> Result<u64, ClusterError> {
    // The former version's files stay for replicas that still fetch them.
    let versions = ["main", "base"].map(|database| version_in(connection, database));
    if versions[0].is_none() {
        return Err(StoreError::Missing { folder: change.folder.to_owned() }.into());
    }
    let of_versions: HashSet<String> = versions.iter().flatten().flat_map(version_files).collect();
    let mut listed = HashMap::<String, String>::new();
    tx.each_row(&format!("SELECT name, sha256 FROM {SCHEMA}.record_files WHERE {NO_PICTURE}"), &[], |row| {
        listed.insert(row.get(0), row.get(1));
        Ok(())
    })?;
    let mut new: Vec<(String, ObjectName)> = change.stored.clone();
    let mut there: HashSet<String> = HashSet::new();
    for name in other_files(change.folder, change.is_everything) {
        let path = change.folder.join(&name);
        if is_of_a_version(&name) {
            // Their names are never used again.
            if of_versions.contains(&name) && !listed.contains_key(&name) {
                new.push((name.clone(), objects.put_file(&path)?));
            }
        } else if listed.get(&name) != Some(&digest_of(&path)?.sha256.to_string()) {
            new.push((name.clone(), objects.put_file(&path)?));
        }
        there.insert(name);
    }
    let missing = missing_pictures(tx, change.folder)?;
    let mut last = Instant::now();
    for part in missing.chunks(PICTURES_AT_ONCE) {
        let part = part.iter().map(|name| (picture_file(name), change.folder.join(IMAGES).join(name)));
        new.extend(objects.put_files(part)?);
        tx.stay(&mut last)?;
    }
    let is_gone = |name: &String| match name {
        name if is_of_a_version(name) => !of_versions.contains(name),
        // A cache has none of them; they stay for who copies the catalogue.
        name if is_of_the_log(name) => false,
        name => !there.contains(name),
    };
    let gone: Vec<String> = listed.into_keys().filter(is_gone).collect();
    let count = list_files(tx, &new, next)?;
    Ok(count + unlist_files(tx, &gone, next)?)
}

/// Files of the folder that are no pictures: of versions, rules, sample looks, embeddings; with everything, the audit log as well.
fn other_files(folder: &Path, is_everything: bool) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        files.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    };
    let is_ours = |name: &String| {
        let is_of_version = is_of_a_version(name) && name.ends_with(".bin");
        name == RULES || name == EMBEDDINGS || is_of_version || is_everything && is_of_the_log(name)
    };
    let mut files: Vec<String> = names(folder).into_iter().filter(is_ours).collect();
    files.extend(names(&folder.join(LOOKS)).into_iter().map(|name| format!("{LOOKS}/{name}")));
    files
}

/// The version that an attached database serves.
fn version_in(connection: &Connection, database: &str) -> Option<Published> {
    let read = |row: &rusqlite::Row<'_>| {
        let adaptation = row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs);
        Ok(Published { version: row.get::<_, i64>(0)?.unsigned_abs(), features_file: row.get(1)?, adaptation })
    };
    let sql = format!("SELECT version, features_file, adaptation FROM {database}.published");
    connection.query_row(&sql, [], read).ok()
}

/// Names of the folder's pictures that the record lacks.
fn missing_pictures(tx: &Tx<'_>, folder: &Path) -> Result<Vec<String>, ClusterError> {
    let images = folder.join(IMAGES);
    tx.batch("CREATE TEMP TABLE here (name text) ON COMMIT DROP")?;
    let mut copy = tx.copy_in("COPY here FROM STDIN (FORMAT binary)", &[Type::TEXT])?;
    for entry in std::fs::read_dir(&images).map_err(file(&images))? {
        let name = entry.map_err(file(&images))?.file_name();
        if let Some(name) = name.to_str().filter(|name| is_of_a_picture(name) && name.ends_with(".jpg")) {
            copy.write(&[Value::Text(name.to_owned())])?;
        }
    }
    copy.finish()?;
    let sql = format!(
        "SELECT name FROM here WHERE NOT EXISTS \
         (SELECT 1 FROM {SCHEMA}.record_files f WHERE f.name = 'images/' || here.name COLLATE \"C\") ORDER BY name"
    );
    let mut missing = Vec::new();
    tx.each_row(&sql, &[], |row| {
        missing.push(row.get(0));
        Ok(())
    })?;
    tx.batch("DROP TABLE here")?;
    Ok(missing)
}

/// Lists files with their objects.
fn list_files(tx: &Tx<'_>, files: &[(String, ObjectName)], next: i64) -> Result<u64, ClusterError> {
    if files.is_empty() {
        return Ok(0);
    }
    tx.batch("CREATE TEMP TABLE incoming_files (name text, sha256 text, size_bytes bigint) ON COMMIT DROP")?;
    let types = [Type::TEXT, Type::TEXT, Type::INT8];
    let mut copy = tx.copy_in("COPY incoming_files FROM STDIN (FORMAT binary)", &types)?;
    for (name, object) in files {
        let size = i64::try_from(object.size_bytes).unwrap_or(i64::MAX);
        copy.write(&[Value::Text(name.clone()), Value::Text(object.sha256.to_string()), Value::Integer(size)])?;
    }
    copy.finish()?;
    let replaced = format!(
        "INSERT INTO {SCHEMA}.record_garbage (sha256) SELECT f.sha256 FROM {SCHEMA}.record_files f \
         JOIN incoming_files i ON f.name = i.name AND f.sha256 <> i.sha256 ON CONFLICT DO NOTHING"
    );
    tx.execute(&replaced, &[])?;
    let insert = format!(
        "INSERT INTO {SCHEMA}.record_files (name, sha256, size_bytes, {CHANGE}) \
         SELECT DISTINCT ON (name) name, sha256, size_bytes, $1::bigint FROM incoming_files ORDER BY name \
         ON CONFLICT (name) DO UPDATE SET sha256 = EXCLUDED.sha256, size_bytes = EXCLUDED.size_bytes, {CHANGE} = EXCLUDED.{CHANGE} \
         WHERE record_files.sha256 <> EXCLUDED.sha256"
    );
    let count = tx.execute(&insert, &[&next])?;
    tx.batch("DROP TABLE incoming_files")?;
    Ok(count)
}

/// Takes files from the list; their objects become garbage.
fn unlist_files(tx: &Tx<'_>, names: &[String], next: i64) -> Result<u64, ClusterError> {
    let sql = format!(
        "WITH gone AS (DELETE FROM {SCHEMA}.record_files WHERE name = ANY($1) RETURNING name, sha256), \
         garbage AS (INSERT INTO {SCHEMA}.record_garbage (sha256) SELECT DISTINCT sha256 FROM gone ON CONFLICT DO NOTHING) \
         INSERT INTO {SCHEMA}.record_deleted (table_name, row_key, {CHANGE}) \
         SELECT 'record_files', json_build_array(name)::text, $2 FROM gone"
    );
    if names.is_empty() { Ok(0) } else { tx.execute(&sql, &[&names, &next]) }
}

/// Whether a product of the base has gone or shows other pictures now. Pictures that the former change has lost wait for the next one.
fn are_pictures_lost(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM base.products b LEFT JOIN main.products m ON m.market = b.market AND m.id = b.id \
         WHERE m.picture_sha256 IS NOT b.picture_sha256 OR m.further_pictures IS NOT b.further_pictures)";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Takes pictures from the list that no product of this version or the former one shows.
fn forget_pictures(
    tx: &Tx<'_>,
    from: &Connection,
    next: i64,
    failed: &(impl Fn(rusqlite::Error) -> ClusterError + Clone),
) -> Result<u64, ClusterError> {
    let same = "SELECT (SELECT features_file FROM main.published) IS (SELECT features_file FROM base.published)";
    if from.query_row(same, [], |row| row.get(0)).map_err(failed.clone())? {
        // Prices have changed, or nothing.
        return Ok(0);
    }
    tx.batch("CREATE TEMP TABLE needed (digest text) ON COMMIT DROP")?;
    let mut copy = tx.copy_in("COPY needed FROM STDIN (FORMAT binary)", &[Type::TEXT])?;
    let sql = "SELECT picture_sha256 || ' ' || further_pictures FROM main.products \
         UNION ALL SELECT picture_sha256 || ' ' || further_pictures FROM base.products";
    let mut select = from.prepare(sql).map_err(failed.clone())?;
    let mut rows = select.query([]).map_err(failed.clone())?;
    while let Some(row) = rows.next().map_err(failed.clone())? {
        let digests: String = row.get(0).map_err(failed.clone())?;
        for digest in digests.split_ascii_whitespace() {
            copy.write(&[Value::Text(digest.to_owned())])?;
        }
    }
    copy.finish()?;
    let digits = 2 * Digest::BYTES;
    let sql = format!(
        "SELECT name FROM {SCHEMA}.record_files WHERE name LIKE 'images/%' \
         AND NOT EXISTS (SELECT 1 FROM needed WHERE digest = substr(name, {}, {digits}))",
        picture_file("").len() + 1
    );
    let gone: Vec<String> = tx.query(&sql, &[])?.iter().map(|row| row.get(0)).collect();
    tx.batch("DROP TABLE needed")?;
    unlist_files(tx, &gone, next)
}
