//! The audit log of a catalogue in PostgreSQL. In: its addresses. Out: the entries of all servers and commands.

use std::path::Path;

use crate::audit::{self, AuditEntry, is_of_the_log};
use crate::cluster::address::ClusterAddress;
use crate::cluster::error::{ClusterError, file};
use crate::cluster::objects::{ObjectName, Objects};
use crate::cluster::record::Record;
use crate::cluster::record::tables::SCHEMA;

/// Calls `each` with the entries of a catalogue's audit log, the oldest first: those of the folder that it was copied from, then the record's. Returns
/// the number of lines that are none, which are left out.
///
/// # Errors
/// When one of the parts cannot be used, or the first error of `each`.
pub fn audit_log(
    address: &ClusterAddress,
    mut each: impl FnMut(AuditEntry) -> std::io::Result<()>,
) -> Result<usize, ClusterError> {
    let mut record = Record::connect(&address.record)?;
    record.check()?;
    let folder = tempfile::tempdir().map_err(file(&std::env::temp_dir()))?;
    fetch_log(&record, &Objects::open(&address.objects)?, folder.path())?;
    let mut unreadable = audit::read(folder.path(), &mut each).map_err(file(folder.path()))?;
    each_entry(&mut record, |text| match serde_json::from_str(text) {
        Ok(entry) => each(entry).map_err(file(folder.path())),
        Err(_) => {
            unreadable += 1;
            Ok(())
        }
    })?;
    Ok(unreadable)
}

/// Fetches the files of the log that came with a copy.
fn fetch_log(record: &Record, objects: &Objects, folder: &Path) -> Result<(), ClusterError> {
    let sql = format!("SELECT name, sha256, size_bytes FROM {SCHEMA}.record_files WHERE name LIKE 'audit.%'");
    for row in record.query(&sql, &[])? {
        let (name, sha256, size_bytes): (String, String, i64) = (row.get(0), row.get(1), row.get(2));
        if let (true, Ok(sha256)) = (is_of_the_log(&name), sha256.parse()) {
            let object = ObjectName { sha256, size_bytes: size_bytes.unsigned_abs() };
            objects.fetch(&object, &name, &folder.join(&name))?;
        }
    }
    Ok(())
}

/// Calls `each` with the text of each entry of the record; with none if servers have noted nothing yet.
pub(in crate::cluster) fn each_entry(
    record: &mut Record,
    mut each: impl FnMut(&str) -> Result<(), ClusterError>,
) -> Result<(), ClusterError> {
    let tx = record.snapshot()?;
    let is_there = tx.query("SELECT to_regclass($1) IS NOT NULL", &[&format!("{SCHEMA}.record_audit")])?;
    if is_there.first().is_some_and(|row| row.get(0)) {
        tx.each_row(&format!("SELECT entry FROM {SCHEMA}.record_audit ORDER BY id"), &[], |row| each(row.get(0)))?;
    }
    tx.commit()
}
