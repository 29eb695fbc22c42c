//! The record's tables. In: a connection. Out: a record of this program's schema, or why it is none.
//!
//! The schema has two numbers: the layout of the record's own tables, and the migrations of the catalogue's.

use rusqlite::Connection;

use super::tables::{CHANGE, SCHEMA, Table, known_migrations, tables};
use super::values::Value;
use super::{Record, Tx};
use crate::catalogue::store::migrations::{MIGRATIONS, Migrated, migrate};
use crate::cluster::error::ClusterError;

/// Layout of the record's own tables.
const LAYOUT: i32 = 1;

/// The record's own tables.
const OWN_TABLES: &str = include_str!("schema.sql");

/// What the administrations of servers share. A record of an earlier program lacks these tables, and no earlier program reads them, so that they
/// are made when they are needed, without a layout of their own.
const SHARED_TABLES: &str = include_str!("shared.sql");

/// One of [`SHARED_TABLES`], which are made together.
const SHARED_TABLE: &str = "record_audit";

/// What the record says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Chosen at random when the record was made.
    pub(crate) catalogue: String,
    /// Counts changes.
    pub(crate) change: i64,
    /// Deletions before this change are forgotten: who knows no later one reads everything.
    pub(crate) oldest: i64,
    /// The migrations of its tables.
    pub(crate) migrations: usize,
}

impl Tx<'_> {
    /// What the record says of itself. With `for_change`, no other transaction changes the record until this one ends.
    pub(crate) fn head(&self, for_change: bool) -> Result<Head, ClusterError> {
        let lock = if for_change { "FOR UPDATE" } else { "" };
        let sql = format!("SELECT layout, migrations, catalogue, change, oldest FROM {SCHEMA}.record {lock}");
        let rows = self.query(&sql, &[])?;
        let Some(row) = rows.first() else {
            return Err(ClusterError::Missing { address: self.address().to_string() });
        };
        let (layout, migrations): (i32, i32) = (row.get(0), row.get(1));
        let known = known_migrations();
        let count = usize::try_from(migrations).unwrap_or(usize::MAX);
        if layout > LAYOUT || count > known {
            return Err(ClusterError::Later {
                address: self.address().to_string(),
                supported: format!("{LAYOUT}.{known}"),
                received: format!("{layout}.{migrations}"),
            });
        }
        Ok(Head { catalogue: row.get(2), change: row.get(3), oldest: row.get(4), migrations: count })
    }

    /// The tables of the catalogue as this record has them.
    pub(crate) fn tables(&self, head: &Head) -> Result<Vec<Table>, ClusterError> {
        tables(head.migrations).map_err(in_memory)
    }

    /// Checks that the record has a version.
    fn require_version(&self) -> Result<(), ClusterError> {
        // Without the table the error is the same.
        let rows = self.query(&format!("SELECT 1 FROM {SCHEMA}.published"), &[])?;
        if rows.is_empty() { Err(ClusterError::Missing { address: self.address().to_string() }) } else { Ok(()) }
    }

    /// Compares the tables with those of the record's schema.
    fn check(&self, head: &Head) -> Result<(), ClusterError> {
        let sql = "SELECT table_name::text || '.' || column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = $1";
        let found: Vec<(String, String)> =
            self.query(sql, &[&SCHEMA])?.iter().map(|row| (row.get(0), row.get(1))).collect();
        for table in self.tables(head)? {
            for column in &table.columns {
                let name = format!("{}.{}", table.name, column.name);
                let expected = column.kind.type_name();
                let received = found.iter().find(|(found, _)| *found == name).map(|(_, kind)| kind.as_str());
                if received != Some(expected) {
                    return Err(ClusterError::Shape {
                        address: self.address().to_string(),
                        schema: format!("{LAYOUT}.{}", head.migrations),
                        expected: format!("the column {name} of type {expected}"),
                        received: received.map_or("none".to_owned(), |kind| format!("one of type {kind}")),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Record {
    /// Checks that there is a record that this program can read.
    ///
    /// # Errors
    /// When there is none, it is a later program's, or its tables are not whole.
    pub fn check(&mut self) -> Result<(), ClusterError> {
        let tx = self.snapshot()?;
        let head = tx.head(false)?;
        tx.check(&head)
    }

    /// Makes the record if there is none, and brings an earlier program's to this one's schema. Both happen as a whole or not at all.
    ///
    /// # Errors
    /// As for [`Record::check`].
    pub fn ensure(&mut self) -> Result<(), ClusterError> {
        self.ensure_if(true)
    }

    /// The same, if the record has a version, or `may_make` says that an empty one may be made and used.
    ///
    /// # Errors
    /// As for [`Record::check`].
    pub(crate) fn ensure_if(&mut self, may_make: bool) -> Result<(), ClusterError> {
        let tx = self.begin()?;
        if !may_make {
            tx.require_version()?;
        }
        // Nobody waits where nothing is to be made: a command may hold the record for minutes.
        if is_made(&tx)? {
            let head = tx.head(false)?;
            if head.migrations == known_migrations() {
                tx.check(&head)?;
                return tx.commit();
            }
        }
        if is_there(&tx)? {
            bring_up(&tx)?;
            share(&tx)?;
        } else {
            create_if(&tx, may_make)?;
        }
        tx.commit()
    }

    /// Makes what administrations share, and the record if there is none and `may_make` says that an empty one may be made and used; an earlier program's
    /// record keeps its schema, so that servers can be upgraded one after the other.
    ///
    /// # Errors
    /// When there is none, or none with a version, and it may not be made, or PostgreSQL refuses or cannot be reached.
    pub(crate) fn ensure_shared(&mut self, may_make: bool) -> Result<(), ClusterError> {
        let tx = self.begin()?;
        if !may_make {
            tx.require_version()?;
        }
        if is_made(&tx)? {
            return tx.commit();
        }
        if is_there(&tx)? {
            share(&tx)?
        } else {
            create_if(&tx, may_make)?
        }
        tx.commit()
    }

    /// Checks that the record has a version.
    ///
    /// # Errors
    /// [`ClusterError::Missing`] if it has none, or there is no record; or when PostgreSQL cannot be reached.
    pub(crate) fn require_version(&mut self) -> Result<(), ClusterError> {
        let tx = self.begin()?;
        tx.require_version()?;
        tx.commit()
    }

    /// Brings the record that is there to this program's schema, as [`Record::ensure`] does, and says what there was to do.
    ///
    /// # Errors
    /// As for [`Record::check`].
    pub fn migrate(&mut self) -> Result<Migrated, ClusterError> {
        let tx = self.begin()?;
        if !is_there(&tx)? {
            return Err(ClusterError::Missing { address: tx.address().to_string() });
        }
        let migrated = bring_up(&tx)?;
        tx.commit()?;
        Ok(migrated)
    }
}

/// Whether there is a record with what administrations share. Waits for nobody.
fn is_made(tx: &Tx<'_>) -> Result<bool, ClusterError> {
    Ok(has_table(tx, "record")? && has_table(tx, SHARED_TABLE)?)
}

/// Whether there is a record. No other command makes one, or changes its schema, until the transaction ends.
fn is_there(tx: &Tx<'_>) -> Result<bool, ClusterError> {
    // Two commands may come first at the same time.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", &[&SCHEMA])?;
    has_table(tx, "record")
}

fn has_table(tx: &Tx<'_>, name: &str) -> Result<bool, ClusterError> {
    let exists = tx.query("SELECT to_regclass($1) IS NOT NULL", &[&format!("{SCHEMA}.{name}")])?;
    Ok(exists.first().is_some_and(|row| row.get(0)))
}

/// Makes what administrations share, if it is not there.
fn share(tx: &Tx<'_>) -> Result<(), ClusterError> {
    if has_table(tx, SHARED_TABLE)? { Ok(()) } else { tx.batch(SHARED_TABLES) }
}

/// Brings the record that is there to this program's schema.
fn bring_up(tx: &Tx<'_>) -> Result<Migrated, ClusterError> {
    let head = tx.head(true)?;
    tx.check(&head)?;
    let lacking = known_migrations().saturating_sub(head.migrations);
    if lacking > 0 {
        upgrade(tx, &head)?;
    }
    Ok(Migrated::lacking(lacking))
}

/// Makes an empty record, if it may be made.
fn create_if(tx: &Tx<'_>, may_make: bool) -> Result<(), ClusterError> {
    if may_make {
        create(tx, known_migrations())
    } else {
        Err(ClusterError::Missing { address: tx.address().to_string() })
    }
}

/// Makes an empty record with the tables after so many migrations.
fn create(tx: &Tx<'_>, migrations: usize) -> Result<(), ClusterError> {
    tx.batch(OWN_TABLES)?;
    tx.batch(SHARED_TABLES)?;
    let insert = format!(
        "INSERT INTO {SCHEMA}.record (layout, migrations, catalogue, change, oldest) \
         VALUES ($1, $2, md5(random()::text || clock_timestamp()::text), 0, 0)"
    );
    tx.execute(&insert, &[&LAYOUT, &i32::try_from(migrations).unwrap_or(i32::MAX)])?;
    for table in tables(migrations).map_err(in_memory)? {
        tx.batch(&table.definition())?;
    }
    Ok(())
}

/// Brings the rows of an earlier program to this one's schema: through a database in memory, by the migrations that are written for it.
fn upgrade(tx: &Tx<'_>, head: &Head) -> Result<(), ClusterError> {
    let mut memory = Connection::open_in_memory().map_err(in_memory)?;
    for migration in MIGRATIONS.iter().take(head.migrations) {
        memory.execute_batch(migration).map_err(in_memory)?;
    }
    memory.pragma_update(None, "user_version", head.migrations as i64).map_err(in_memory)?;
    let before = tx.tables(head)?;
    // Earlier migrations may have left rows.
    for table in &before {
        memory.execute_batch(&format!("DELETE FROM \"{}\"", table.name)).map_err(in_memory)?;
        let marks = vec!["?"; table.columns.len()].join(", ");
        let insert = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", table.name, table.column_list());
        let mut insert = memory.prepare(&insert).map_err(in_memory)?;
        tx.each_row(&format!("SELECT {} FROM {SCHEMA}.\"{}\"", table.column_list(), table.name), &[], |row| {
            let values = (0..table.columns.len()).map(|at| row.get::<_, Value>(at));
            insert.execute(rusqlite::params_from_iter(values)).map(drop).map_err(in_memory)
        })?;
    }
    migrate(&mut memory).map_err(|error| ClusterError::Inner(error.to_string().into()))?;
    let (change, after) = (head.change + 1, tables(known_migrations()).map_err(in_memory)?);
    for table in &before {
        tx.batch(&format!("DROP TABLE {SCHEMA}.\"{}\"", table.name))?;
    }
    for table in &after {
        tx.batch(&table.definition())?;
        write_all(tx, table, &memory, change)?;
    }
    let known = i32::try_from(known_migrations()).unwrap_or(i32::MAX);
    // Replicas read everything again.
    tx.execute(&format!("DELETE FROM {SCHEMA}.record_deleted"), &[])?;
    tx.execute(&format!("UPDATE {SCHEMA}.record SET migrations = $1, change = $2, oldest = $2"), &[&known, &change])?;
    tx.execute(&format!("UPDATE {SCHEMA}.record_files SET {CHANGE} = $1"), &[&change])?;
    Ok(())
}

/// Writes all rows of a table of SQLite.
fn write_all(tx: &Tx<'_>, table: &Table, from: &Connection, change: i64) -> Result<(), ClusterError> {
    let mut types = table.types();
    types.push(tokio_postgres::types::Type::INT8);
    let (columns, name) = (table.column_list(), &table.name);
    let copy = format!("COPY {SCHEMA}.\"{name}\" ({columns}, {CHANGE}) FROM STDIN (FORMAT binary)");
    let mut copy = tx.copy_in(&copy, &types)?;
    let mut select = from.prepare(&format!("SELECT {columns} FROM \"{name}\"")).map_err(in_memory)?;
    let mut rows = select.query([]).map_err(in_memory)?;
    while let Some(row) = rows.next().map_err(in_memory)? {
        let value = |at| row.get_ref(at).and_then(Value::of_sqlite).map_err(in_memory);
        let mut values = (0..table.columns.len()).map(value).collect::<Result<Vec<_>, _>>()?;
        values.push(Value::Integer(change));
        copy.write(&values)?;
    }
    copy.finish().map(drop)
}

fn in_memory(source: rusqlite::Error) -> ClusterError {
    ClusterError::Sqlite { path: "in memory".into(), source }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_record_is_made_only_if_it_may_and_nobody_waits_where_nothing_is_to_be_made() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let address = postgres.address().parse().expect("an address");
        let mut record = Record::connect(&address).expect("connected");
        let is_missing = |made: Result<(), ClusterError>| matches!(made, Err(ClusterError::Missing { .. }));
        assert!(is_missing(record.ensure_if(false)) && is_missing(record.ensure_shared(false)));
        let has_schema = || postgres.sql("SELECT to_regnamespace('shop_the_look') IS NOT NULL").expect("asked");
        assert_eq!(has_schema(), "f");
        record.ensure().expect("made");
        assert!(is_missing(record.ensure_if(false)) && is_missing(record.require_version()), "it has no version");
        let insert = format!(
            "INSERT INTO {SCHEMA}.published (only_row, version, features_file, publication, {CHANGE}) \
             VALUES (1, 7, 'features-7.bin', 'mark', 1)"
        );
        record.execute(&insert, &[]).expect("published");

        // A command holds the record, and another one makes it.
        let mut holder = Record::connect(&address).expect("connected");
        let held = holder.begin().expect("begun");
        held.head(true).expect("held");
        assert!(is_there(&held).expect("asked"));
        let begin = Instant::now();
        record.ensure_if(false).expect("it is there");
        record.ensure_shared(false).expect("it is there");
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        held.commit().expect("ended");
    }

    #[test]
    fn a_record_of_any_earlier_program_is_brought_to_this_ones_schema_with_its_rows() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let address = postgres.address().parse().expect("an address");
        let mut record = Record::connect(&address).expect("connected");
        assert!(matches!(record.check(), Err(ClusterError::Missing { .. })));
        assert!(matches!(record.migrate(), Err(ClusterError::Missing { .. })), "an empty database stays empty");
        for migrations in 3..known_migrations() {
            record.execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"), &[]).expect("dropped");
            let tx = record.begin().expect("begun");
            create(&tx, migrations).expect("made");
            let insert = format!(
                "INSERT INTO {SCHEMA}.published (only_row, version, features_file, publication, {CHANGE}) \
                 VALUES (1, 7, 'features-7.bin', 'mark', 4); UPDATE {SCHEMA}.record SET change = 4"
            );
            tx.batch(&insert).expect("inserted");
            tx.commit().expect("committed");
            record.check().expect("an earlier record can be read");
            let to = known_migrations();
            assert_eq!(record.migrate().expect("upgraded"), Migrated { from: migrations, to });
            record.check().expect("whole");
            assert_eq!(record.migrate().expect("nothing to do"), Migrated { from: to, to });
            record.ensure().expect("nothing to do");
            let tx = record.begin().expect("begun");
            let head = tx.head(false).expect("a head");
            assert_eq!((head.migrations, head.change, head.oldest), (known_migrations(), 5, 5));
            let sql = format!("SELECT version, features_file, publication FROM {SCHEMA}.published");
            let rows = tx.query(&sql, &[]).expect("rows");
            let found: (i64, &str, &str) = (rows[0].get(0), rows[0].get(1), rows[0].get(2));
            assert_eq!(found, (7, "features-7.bin", "mark"), "of version {migrations}");
        }
    }
}
