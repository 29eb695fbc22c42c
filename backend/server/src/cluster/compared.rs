//! What differs between a cache's database and the one before a change, which is attached as `base`. In: a table. Out: queries of SQLite.
//!
//! A change of a few offers is not worth a comparison of all rows: [`note_writes`] has SQLite note by triggers which rows are written, whatever writes
//! them, and only those are compared then.

use rusqlite::Connection;

use super::record::tables::Table;

/// The beginning of the names of tables and triggers that note.
const NOTES: &str = "replica_written_";

/// Which rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// None: there is no base, and all rows are new.
    None,
    /// All.
    All,
    /// Those that were written since [`note_writes`].
    Written,
}

/// Begins to note the keys of rows that are written. In one transaction.
pub(super) fn note_writes<'a>(
    connection: &Connection,
    tables: impl Iterator<Item = &'a Table>,
) -> rusqlite::Result<()> {
    let notes: String = tables.map(notes_of).collect();
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {notes} COMMIT"))
}

fn notes_of(table: &Table) -> String {
    let (name, keys) = (&table.name, table.key_list());
    let key = |row: &str| {
        let columns: Vec<String> = table.key().iter().map(|column| format!("{row}.\"{}\"", column.name)).collect();
        format!("INSERT INTO \"{NOTES}{name}\" VALUES ({});", columns.join(", "))
    };
    let (old, new) = (key("OLD"), key("NEW"));
    // A key may be noted more than once: a unique one would follow the conflict clause of the statement that writes.
    format!(
        "CREATE TABLE \"{NOTES}{name}\" AS SELECT {keys} FROM \"{name}\" WHERE 0;\n\
         CREATE TRIGGER \"{NOTES}{name}_added\" AFTER INSERT ON \"{name}\" BEGIN {new} END;\n\
         CREATE TRIGGER \"{NOTES}{name}_changed\" AFTER UPDATE ON \"{name}\" BEGIN {old} {new} END;\n\
         CREATE TRIGGER \"{NOTES}{name}_gone\" AFTER DELETE ON \"{name}\" BEGIN {old} END;\n"
    )
}

/// Ends it and forgets what was noted; does nothing if nothing is.
pub(super) fn forget_writes(connection: &Connection) -> rusqlite::Result<()> {
    let found: Vec<String> = {
        // Triggers first: they name the tables.
        let sql = "SELECT 'DROP ' || type || ' \"' || name || '\";' FROM sqlite_schema \
             WHERE type IN ('table', 'trigger') AND substr(name, 1, length(?1)) = ?1 ORDER BY type DESC";
        let mut select = connection.prepare(sql)?;
        select.query_map([NOTES], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    if found.is_empty() {
        return Ok(());
    }
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT", found.join(" ")))
}

/// The rows of a table that the base lacks or has otherwise, with all columns.
pub(super) fn new_rows(table: &Table, compared: Compared) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("m.\"{}\"", column.name)).collect();
    let (columns, from) = (columns.join(", "), rows(table, ("main", "m"), compared));
    if compared == Compared::None {
        return format!("SELECT {columns} FROM {from}");
    }
    let differs: Vec<String> =
        table.columns.iter().map(|column| format!("m.\"{0}\" IS NOT b.\"{0}\"", column.name)).collect();
    // Of a row without a base, the key itself differs.
    let (name, same) = (&table.name, same_key(table, "m", "b"));
    format!("SELECT {columns} FROM {from} LEFT JOIN base.\"{name}\" b ON {same} WHERE {}", differs.join(" OR "))
}

/// The keys of the rows that only the base has.
pub(super) fn gone_keys(table: &Table, compared: Compared) -> String {
    let keys: Vec<String> = table.key().iter().map(|column| format!("b.\"{}\"", column.name)).collect();
    let (keys, from) = (keys.join(", "), rows(table, ("base", "b"), compared));
    let (name, same) = (&table.name, same_key(table, "m", "b"));
    format!("SELECT {keys} FROM {from} WHERE NOT EXISTS (SELECT 1 FROM main.\"{name}\" m WHERE {same})")
}

/// The rows of a table in one of the databases, or those of them that were written.
fn rows(table: &Table, (database, alias): (&str, &str), compared: Compared) -> String {
    let all = format!("{database}.\"{}\" {alias}", table.name);
    if compared != Compared::Written {
        return all;
    }
    let (name, keys) = (&table.name, table.key_list());
    // A cross join keeps the order: each written key is looked up.
    let same = same_key(table, alias, "w");
    format!("(SELECT DISTINCT {keys} FROM main.\"{NOTES}{name}\") w CROSS JOIN {all} ON {same}")
}

fn same_key(table: &Table, one: &str, other: &str) -> String {
    let same: Vec<String> =
        table.key().iter().map(|column| format!("{one}.\"{0}\" = {other}.\"{0}\"", column.name)).collect();
    same.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::super::record::tables::{known_migrations, tables};
    use super::super::record::values::Value;
    use super::*;
    use crate::catalogue::store::migrations::MIGRATIONS;

    /// A database in a file, and the same one before a change, attached.
    fn databases(folder: &std::path::Path, before: &str) -> Connection {
        let [main, base] = ["main.sqlite", "base.sqlite"].map(|name| folder.join(name));
        let connection = Connection::open(&main).expect("a database");
        MIGRATIONS.iter().for_each(|migration| connection.execute_batch(migration).expect("migrated"));
        connection.execute_batch(before).expect("written");
        drop(connection);
        std::fs::copy(&main, &base).expect("copied");
        let connection = Connection::open(&main).expect("a database");
        connection.execute("ATTACH DATABASE ?1 AS base", [base.to_string_lossy()]).expect("attached");
        connection
    }

    /// What a query gives, in an order of its own.
    fn found(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
        let mut select = connection.prepare(sql).expect("a query");
        let count = select.column_count();
        let rows = select.query_map([], |row| {
            (0..count).map(|at| row.get_ref(at).and_then(Value::of_sqlite).map(|value| format!("{value:?}"))).collect()
        });
        let mut rows: Vec<Vec<String>> = rows.expect("rows").collect::<Result<_, _>>().expect("rows");
        rows.sort();
        rows
    }

    #[test]
    fn what_was_written_differs_as_all_rows_do_whatever_writes_it() {
        let arrival = |id: &str, came_s: i64| format!("INSERT INTO arrivals VALUES ('de', '{id}', {came_s});");
        let before: String = ["a", "b", "c", "d", "e"].into_iter().map(|id| arrival(id, 1)).collect();
        let published = "INSERT OR REPLACE INTO published (only_row, version, features_file, publication) \
             VALUES (1, 7, 'features-7.bin', 'mark');";
        let changes = [
            String::new(),
            arrival("f", 2),
            "UPDATE arrivals SET came_s = 2 WHERE id IN ('b', 'c');".to_owned(),
            // Written, and as before in the end.
            "UPDATE arrivals SET came_s = 2 WHERE id = 'a'; UPDATE arrivals SET came_s = 1 WHERE id = 'a';".to_owned(),
            // Another key.
            "UPDATE arrivals SET id = 'g' WHERE id = 'd';".to_owned(),
            "DELETE FROM arrivals WHERE id = 'a';".to_owned(),
            // As an offer is changed.
            format!("DELETE FROM arrivals WHERE id = 'e'; {} {published}", arrival("e", 3)),
            "INSERT OR REPLACE INTO arrivals VALUES ('de', 'a', 4), ('at', 'a', 5);".to_owned(),
            "INSERT OR IGNORE INTO arrivals VALUES ('de', 'a', 4);".to_owned(),
            "DELETE FROM arrivals;".to_owned(),
        ];
        let tables = tables(known_migrations()).expect("tables");
        let followed = || tables.iter().filter(|table| table.is_followed());
        for change in changes {
            let folder = tempfile::tempdir().expect("a folder");
            let connection = databases(folder.path(), &before);
            let schema = |connection: &Connection| found(connection, "SELECT name FROM main.sqlite_schema");
            let own = schema(&connection);
            note_writes(&connection, followed()).expect("noted");
            // A command has a connection of its own.
            let writer = Connection::open(folder.path().join("main.sqlite")).expect("a database");
            writer.execute_batch(&format!("BEGIN; {change} COMMIT")).expect("written");
            let mut differing = 0;
            for table in followed() {
                for query in [new_rows, gone_keys] {
                    let [all, written] =
                        [Compared::All, Compared::Written].map(|compared| found(&connection, &query(table, compared)));
                    assert_eq!(all, written, "{change}: {}", table.name);
                    differing += all.len();
                }
            }
            let is_as_before = change.is_empty() || change.contains("came_s = 1") || change.contains("IGNORE");
            assert_eq!(differing == 0, is_as_before, "{change}");
            forget_writes(&connection).expect("forgotten");
            forget_writes(&connection).expect("nothing to forget");
            assert_eq!(schema(&connection), own);
            writer.execute_batch(&arrival("z", 9)).expect("written as before");
        }
    }

    #[test]
    fn without_a_base_all_rows_are_new() {
        let connection = Connection::open_in_memory().expect("a database");
        MIGRATIONS.iter().for_each(|migration| connection.execute_batch(migration).expect("migrated"));
        connection.execute_batch("INSERT INTO arrivals VALUES ('de', 'a', 1), ('de', 'b', 2)").expect("written");
        let tables = tables(known_migrations()).expect("tables");
        let arrivals = tables.iter().find(|table| table.name == "arrivals").expect("a table");
        assert_eq!(found(&connection, &new_rows(arrivals, Compared::None)).len(), 2);
    }
}
