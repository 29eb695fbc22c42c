//! What servers have counted of shoppers' events comes together in the record. In: a cache's counts. Out: their sums, without what is old.
//!
//! A server that is killed between the two commits may add up to a few seconds' counts twice; none is lost.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::TransactionBehavior;
use tokio_postgres::types::{ToSql, Type};

use super::cache::Cache;
use super::error::{ClusterError, sqlite};
use super::record::Record;
use super::record::tables::{CHANGE, SCHEMA, Table};
use super::record::values::Value;
use crate::catalogue::store::KEPT_HOURS;

/// How often a server hands its counts on.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// The tables of counts; their last column is the count.
const TABLES: [&str; 2] = ["events", "product_events"];

const SECONDS_PER_HOUR: i64 = 3600;

/// Adds a cache's counts to those of the record, and empties them.
pub(super) fn push_counts(record: &mut Record, cache: &Cache) -> Result<(), ClusterError> {
    let failed = sqlite(&cache.database());
    let mut connection = cache.connect()?;
    let any = "SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM product_events)";
    if !connection.query_row(any, [], |row| row.get(0)).map_err(failed.clone())? {
        return Ok(());
    }
    let counted = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed.clone())?;
    let tx = record.begin()?;
    let head = tx.head(false)?;
    let oldest = Timestamp::now().as_second() / SECONDS_PER_HOUR - i64::from(KEPT_HOURS);
    let tables: Vec<Table> =
        tx.tables(&head)?.into_iter().filter(|table| TABLES.contains(&table.name.as_str())).collect();
    for table in &tables {
        let (name, columns, key) = (&table.name, table.column_list(), table.key_list());
        let mut select = counted.prepare(&format!("SELECT {columns} FROM \"{name}\"")).map_err(failed.clone())?;
        let mut rows = select.query([]).map_err(failed.clone())?;
        tx.batch(&format!("CREATE TEMP TABLE counted (LIKE {SCHEMA}.\"{name}\") ON COMMIT DROP"))?;
        let mut types = table.types();
        types.push(Type::INT8);
        let mut copy = tx.copy_in(&format!("COPY counted ({columns}, {CHANGE}) FROM STDIN (FORMAT binary)"), &types)?;
        while let Some(row) = rows.next().map_err(failed.clone())? {
            let value = |at| row.get_ref(at).and_then(Value::of_sqlite).map_err(failed.clone());
            let mut values = (0..table.columns.len()).map(value).collect::<Result<Vec<_>, _>>()?;
            // Counts are no change of the catalogue.
            values.push(Value::Integer(0));
            copy.write(&values)?;
        }
        copy.finish()?;
        // In the order of keys, so that two servers do not wait for each other.
        tx.batch(&format!(
            "INSERT INTO {SCHEMA}.\"{name}\" AS t ({columns}, {CHANGE}) SELECT {columns}, {CHANGE} FROM counted ORDER BY {key} \
             ON CONFLICT ({key}) DO UPDATE SET count = t.count + EXCLUDED.count"
        ))?;
        tx.batch("DROP TABLE counted")?;
        let hour: &(dyn ToSql + Sync) = &oldest;
        tx.execute(&format!("DELETE FROM {SCHEMA}.\"{name}\" WHERE hour < $1"), &[hour])?;
        counted.execute(&format!("DELETE FROM \"{name}\""), []).map_err(failed.clone())?;
    }
    tx.commit()?;
    counted.commit().map_err(failed)
}
