//! The tables that the record shares with a catalogue's database. In: the database's migrations. Out: [`Table`]s.
//!
//! Their shape is read from an empty database, so that a migration is written once, for SQLite, and PostgreSQL follows.

use rusqlite::Connection;
use tokio_postgres::types::Type;

use crate::catalogue::store::migrations::MIGRATIONS;

/// The schema of PostgreSQL that holds everything.
pub(crate) const SCHEMA: &str = "shop_the_look";

/// The column that says with which change a row came.
pub(crate) const CHANGE: &str = "record_change";

/// Tables of one server's own doings: they are copied with a catalogue, but no replica needs them.
const OF_ONE_SERVER: [&str; 3] = ["jobs", "events", "product_events"];

/// A table of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    /// Its place in the primary key, from 1; 0 if it is not in it.
    pub(crate) key_place: usize,
}

/// SQLite's strict types that the tables use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Blob,
}

impl Kind {
    /// PostgreSQL's type of the same values.
    pub(crate) fn postgres(self) -> Type {
        match self {
            Self::Text => Type::TEXT,
            Self::Integer => Type::INT8,
            Self::Blob => Type::BYTEA,
        }
    }

    /// PostgreSQL's full name of the type.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "bigint",
            Self::Blob => "bytea",
        }
    }

    /// The type's name, with the order of ids as SQLite has it: by bytes.
    fn definition(self) -> &'static str {
        match self {
            Self::Text => "text COLLATE \"C\"",
            Self::Integer => "bigint",
            Self::Blob => "bytea",
        }
    }
}

impl Table {
    /// Whether replicas have it.
    pub(crate) fn is_followed(&self) -> bool {
        !OF_ONE_SERVER.contains(&self.name.as_str())
    }

    /// Columns of the primary key, in its order.
    pub(crate) fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> = self.columns.iter().filter(|column| column.key_place > 0).collect();
        key.sort_by_key(|column| column.key_place);
        key
    }

    /// Names of all columns, with commas.
    pub(crate) fn column_list(&self) -> String {
        names(self.columns.iter())
    }

    /// Names of the key's columns, with commas.
    pub(crate) fn key_list(&self) -> String {
        names(self.key().into_iter())
    }

    /// PostgreSQL's types of all columns.
    pub(crate) fn types(&self) -> Vec<Type> {
        self.columns.iter().map(|column| column.kind.postgres()).collect()
    }

    /// The statements that make it.
    pub(crate) fn definition(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let required = if column.is_required || column.key_place > 0 { " NOT NULL" } else { "" };
                format!("\"{}\" {}{required}", column.name, column.kind.definition())
            })
            .collect();
        let (name, key) = (&self.name, self.key_list());
        format!(
            "CREATE TABLE {SCHEMA}.\"{name}\" ({}, {CHANGE} bigint NOT NULL, PRIMARY KEY ({key}));\n\
             CREATE INDEX ON {SCHEMA}.\"{name}\" ({CHANGE});\n",
            columns.join(", ")
        )
    }
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    columns.map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
}

/// How many migrations this program knows.
pub(crate) fn known_migrations() -> usize {
    MIGRATIONS.len()
}

/// The tables after so many migrations.
pub(crate) fn tables(migrations: usize) -> rusqlite::Result<Vec<Table>> {
    let model = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter().take(migrations) {
        model.execute_batch(migration)?;
    }
    let mut select = model.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let names: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.into_iter().map(|name| Ok(Table { columns: columns(&model, &name)?, name })).collect()
}

fn columns(model: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut select = model.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = select.query_map([table], |row| {
        let kind = match row.get_ref(1)?.as_str()? {
            "INTEGER" => Kind::Integer,
            "BLOB" => Kind::Blob,
            _ => Kind::Text,
        };
        Ok(Column { name: row.get(0)?, kind, is_required: row.get(2)?, key_place: row.get::<_, u8>(3)?.into() })
    })?;
    columns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_catalogue_has_a_key_and_none_collides_with_the_records_own() {
        let tables = tables(known_migrations()).expect("tables");
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        for name in ["products", "published", "arrivals"].into_iter().chain(OF_ONE_SERVER) {
            assert!(names.contains(&name), "{names:?}");
        }
        for table in &tables {
            assert!(!table.key().is_empty() && !table.name.starts_with("record"), "{table:?}");
            assert!(table.columns.iter().all(|column| column.name != CHANGE), "{table:?}");
        }
        let published = tables.iter().find(|table| table.name == "published").expect("a table");
        assert!(!published.definition().contains("NOT NULL, \"adaptation\" bigint NOT NULL"), "it may be null");
    }
}
