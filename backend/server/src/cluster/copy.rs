//! A catalogue moves between a folder and a cluster. In: both places. Out: the same catalogue at the other one, losing nothing.

use std::path::Path;

use super::address::ClusterAddress;
use super::cache::Cache;
use super::compared::Compared;
use super::desk::each_entry;
use super::error::{ClusterError, file, sqlite};
use super::objects::Objects;
use super::pull::{Extent, pull};
use super::push::{Change, push};
use super::record::Record;
use crate::audit::AuditLog;
use crate::catalogue::Store;
use crate::catalogue::lock::lock;
use crate::catalogue::store::DATABASE;

/// Copies a folder's catalogue to an empty database. An import into the folder waits for nothing: it is refused meanwhile.
///
/// # Errors
/// When there is no catalogue in the folder, the database has one, or a part fails; the database is then as it was.
pub fn to_cluster(folder: &Path, to: &ClusterAddress) -> Result<usize, ClusterError> {
    // Brings its tables to this program's schema.
    let products = Store::open(folder)?.read()?.1.len();
    let _lock = lock(folder)?;
    let objects = Objects::open(&to.objects)?;
    objects.check()?;
    let mut record = Record::connect(&to.record)?;
    record.ensure()?;
    let address = record.address().to_string();
    let tx = record.begin()?;
    let head = tx.head(true)?;
    if head.change > 0 {
        return Err(ClusterError::NotEmpty { to: address, kind: "database" });
    }
    let change = Change { folder, base: None, compared: Compared::None, stored: Vec::new(), is_everything: true };
    push(&tx, &head, &objects, &change)?;
    tx.commit()?;
    Ok(products)
}

/// Copies a cluster's catalogue to an empty folder.
///
/// # Errors
/// When there is no catalogue, the folder is not empty, or a part fails; the folder is then removed.
pub fn to_folder(from: &ClusterAddress, folder: &Path) -> Result<usize, ClusterError> {
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ClusterError::NotEmpty { to: folder.display().to_string(), kind: "folder" });
    }
    let objects = Objects::open(&from.objects)?;
    let mut record = Record::connect(&from.record)?;
    record.check()?;
    let copied = copy_to(&mut record, &objects, folder);
    // Nothing was there before.
    copied.inspect_err(|_| _ = std::fs::remove_dir_all(folder))
}

fn copy_to(record: &mut Record, objects: &Objects, folder: &Path) -> Result<usize, ClusterError> {
    let cache = Cache::open(folder)?;
    pull(record, objects, &cache, Extent::Everything)?;
    // After the log's files, which came with a copy to here, what servers have noted since.
    let log = AuditLog::new(folder);
    each_entry(record, |text| log.copy(text).map_err(file(folder)))?;
    let database = folder.join(DATABASE);
    // From here on it is a folder like any other.
    let connection = cache.connect()?;
    connection.execute_batch("DROP TABLE replica; DROP TABLE replica_files").map_err(sqlite(&database))?;
    drop(connection);
    cache.leave()?;
    crate::files::sync_folder(folder).map_err(file(folder))?;
    Ok(Store::open(folder)?.read()?.1.len())
}
