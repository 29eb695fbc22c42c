//! The tables `events` and `product_events`. In: counts of an hour's events. Out: what they add up to.
//!
//! Both are bounded: what is older than [`KEPT_HOURS`] goes, the oldest hours go when there are more than [`MAX_ROWS`] rows, and in one
//! hour only so many names are told apart, since anybody can send events.

use rusqlite::{Connection, TransactionBehavior, params};
use stl_types::wire::{EventCounts, EventKind, EventStats, NamedCounts};

use super::columns::Column;
use super::{Store, StoreError};
use crate::catalogue::events::{CountedEvents, Hour, Place};

/// Ninety days: a season's sale can be compared with the weeks before it.
pub const KEPT_HOURS: u32 = 90 * 24;

/// Rows of each table: below 100 MB together.
const MAX_ROWS: i64 = 500_000;

/// Positions, rules and variants that are told apart in an hour: the 50 positions of three kinds for four variants.
const MAX_PLACES: i64 = 600;

/// Products, by kind, that are told apart in an hour.
const MAX_PRODUCTS: i64 = 3000;

/// Rules, variants and products that are listed.
const MAX_LISTED: i64 = 100;

impl Store {
    /// Adds counted events, in one transaction, and forgets what is older than [`KEPT_HOURS`] before `now`.
    ///
    /// # Errors
    /// When the database fails, or another process writes for too long; nothing is added then.
    pub fn add_events(&mut self, events: &CountedEvents, now: Hour) -> Result<(), StoreError> {
        let mut add = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for ((hour, kind, place), count) in &events.places {
                add_place(&transaction, *hour, *kind, place, *count)?;
            }
            for ((hour, kind, product), count) in &events.products {
                add_product(&transaction, *hour, *kind, product, *count)?;
            }
            for table in ["events", "product_events"] {
                forget(&transaction, table, now)?;
            }
            transaction.commit()
        };
        add().map_err(|source| self.failed(source))
    }

    /// What was counted from an hour on. `counting` is left false.
    ///
    /// # Errors
    /// When the database fails.
    pub fn event_stats(&self, from: Hour) -> Result<EventStats, StoreError> {
        let read = || -> rusqlite::Result<EventStats> {
            let by = |name: &str, order: &str| named(&self.connection, "events", name, order, from);
            let most = format!("{MOST} LIMIT {MAX_LISTED}");
            let hours: Vec<NamedCounts> = by("hour", "name")?.into_iter().map(with_hour).collect();
            let mut total = EventCounts::default();
            for NamedCounts { counts, .. } in &hours {
                total.add(EventKind::Shown, counts.shown);
                total.add(EventKind::Opened, counts.opened);
                total.add(EventKind::Basket, counts.basket);
            }
            let no_position = |mut named: NamedCounts| {
                if named.name == "0" {
                    named.name.clear();
                }
                named
            };
            Ok(EventStats {
                counting: false,
                total,
                hours,
                positions: by("position", "name")?.into_iter().map(no_position).collect(),
                rules: by("rule", &most)?,
                variants: by("variant", &most)?,
                products: named(&self.connection, "product_events", "product", &most, from)?,
            })
        };
        read().map_err(|source| self.failed(source))
    }
}

/// That with the most in baskets first, then the most opened, then the most shown, then by name.
const MOST: &str = "basket DESC, opened DESC, shown DESC, name";

/// The counts from an hour on, by a column.
fn named(
    connection: &Connection,
    table: &str,
    column: &str,
    order: &str,
    from: Hour,
) -> rusqlite::Result<Vec<NamedCounts>> {
    let sum = |kind: EventKind| format!("sum(CASE kind WHEN '{}' THEN count ELSE 0 END)", kind_name(kind));
    let [shown, opened, basket] = [EventKind::Shown, EventKind::Opened, EventKind::Basket].map(sum);
    let mut select = connection.prepare(&format!(
        "SELECT {column} AS name, {shown} AS shown, {opened} AS opened, {basket} AS basket FROM {table} \
         WHERE hour >= ?1 GROUP BY {column} ORDER BY {order}"
    ))?;
    let rows = select.query_map([from.0], |row| {
        let count = |index| row.get(index).map(|Column::<u64>(count)| count);
        let name = match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            text => text.as_str()?.to_owned(),
        };
        Ok(NamedCounts { name, counts: EventCounts { shown: count(1)?, opened: count(2)?, basket: count(3)? } })
    })?;
    rows.collect()
}

/// The beginning of an hour in place of its number.
fn with_hour(named: NamedCounts) -> NamedCounts {
    let hour = named.name.parse().map(Hour).ok();
    NamedCounts { name: hour.map_or(named.name, |hour| hour.to_string()), ..named }
}

fn add_place(connection: &Connection, hour: Hour, kind: EventKind, place: &Place, count: u64) -> rusqlite::Result<()> {
    let upsert = |rule: &str, variant: &str| {
        let values = params![hour.0, kind_name(kind), place.position, rule, variant, Column(count)];
        connection
            .prepare_cached(
                "INSERT INTO events (hour, kind, position, rule, variant, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
            )?
            .execute(values)
    };
    let is_known = || {
        connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM events WHERE hour = ?1 AND kind = ?2 AND position = ?3 AND rule = ?4 AND variant = ?5)",
        )?.query_row(params![hour.0, kind_name(kind), place.position, place.rule, place.variant], |row| row.get::<_, bool>(0))
    };
    // Without a name there is no bound to reach: 51 positions of three kinds.
    let has_name = !(place.rule.is_empty() && place.variant.is_empty());
    if has_name && rows_of(connection, "events", hour)? >= MAX_PLACES && !is_known()? {
        upsert("", "")?;
    } else {
        upsert(&place.rule, &place.variant)?;
    }
    Ok(())
}

fn add_product(
    connection: &Connection,
    hour: Hour,
    kind: EventKind,
    product: &str,
    count: u64,
) -> rusqlite::Result<()> {
    let is_known = || {
        connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM product_events WHERE hour = ?1 AND product = ?2 AND kind = ?3)",
            )?
            .query_row(params![hour.0, product, kind_name(kind)], |row| row.get::<_, bool>(0))
    };
    let is_told_apart = rows_of(connection, "product_events", hour)? < MAX_PRODUCTS || is_known()?;
    let product = if is_told_apart { product } else { "" };
    connection
        .prepare_cached(
            "INSERT INTO product_events (hour, product, kind, count) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?
        .execute(params![hour.0, product, kind_name(kind), Column(count)])?;
    Ok(())
}

/// Rows of an hour.
fn rows_of(connection: &Connection, table: &str, hour: Hour) -> rusqlite::Result<i64> {
    let count = format!("SELECT count(*) FROM {table} WHERE hour = ?1");
    connection.prepare_cached(&count)?.query_row([hour.0], |row| row.get(0))
}

/// Deletes what is too old, and the oldest hours of a table that is too long. The hour of `now` stays.
fn forget(connection: &Connection, table: &str, now: Hour) -> rusqlite::Result<()> {
    let oldest = now.0.saturating_sub(KEPT_HOURS);
    connection.execute(&format!("DELETE FROM {table} WHERE hour <= ?1"), [oldest])?;
    let count = || connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
    while count()? > MAX_ROWS {
        let delete = format!("DELETE FROM {table} WHERE hour = (SELECT min(hour) FROM {table}) AND hour < ?1");
        if connection.execute(&delete, [now.0])? == 0 {
            break;
        }
    }
    Ok(())
}

/// A kind as its column holds it.
const fn kind_name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Shown => "shown",
        EventKind::Opened => "opened",
        EventKind::Basket => "basket",
    }
}

#[cfg(test)]
mod tests;
