//! The database's schema, version by version. In: a database of any earlier version. Out: one of the current version.
//!
//! A hand-written list, since no version of `rusqlite_migration` works with the `rusqlite` in use. As that crate does, it counts the
//! applied migrations in SQLite's `user_version`, so that databases can be handed over to it later.

use rusqlite::{Connection, TransactionBehavior};

/// Each entry leads from the version that is its index to the next. Published ones are never changed.
pub(crate) static MIGRATIONS: [&str; 13] = [
    include_str!("migrations/1_products.sql"),
    include_str!("migrations/2_sales.sql"),
    include_str!("migrations/3_publications.sql"),
    include_str!("migrations/4_further_pictures.sql"),
    include_str!("migrations/5_adaptations.sql"),
    include_str!("migrations/6_events.sql"),
    include_str!("migrations/7_categories.sql"),
    include_str!("migrations/8_attributes.sql"),
    include_str!("migrations/9_arrivals.sql"),
    include_str!("migrations/10_feeds.sql"),
    include_str!("migrations/11_variants.sql"),
    include_str!("migrations/12_markets.sql"),
    include_str!("migrations/13_offer_steps.sql"),
];

/// What was done to a database's schema: the versions before and after; the same if it was current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version that was found.
    pub from: usize,
    /// This program's.
    pub to: usize,
}

impl Migrated {
    /// Of a database that lacked so many migrations.
    pub(crate) fn lacking(migrations: usize) -> Self {
        Self { from: MIGRATIONS.len().saturating_sub(migrations), to: MIGRATIONS.len() }
    }
}

/// Why a database keeps its version.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// A later version of this program wrote it.
    #[error("expected at most version {supported}, got {received}")]
    Later {
        /// The version that this program writes.
        supported: usize,
        /// The database's version.
        received: i64,
    },
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Applies what a database lacks, all in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<Migrated, MigrateError> {
    if pending(connection)?.is_empty() {
        return Ok(Migrated::lacking(0));
    }
    // Another process may migrate at the same time: what is pending is read again under the lock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let lacking = pending(&transaction)?;
    for migration in lacking {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    transaction.commit()?;
    Ok(Migrated::lacking(lacking.len()))
}

/// The migrations that a database lacks.
fn pending(connection: &Connection) -> Result<&'static [&'static str], MigrateError> {
    let applied: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let pending = usize::try_from(applied).ok().and_then(|applied| MIGRATIONS.get(applied..));
    pending.ok_or(MigrateError::Later { supported: MIGRATIONS.len(), received: applied })
}
