//! The table `markets`. In and out: the names of a catalogue's markets, in their order.

use rusqlite::{Connection, params};

/// The tables whose rows are of a market.
const TABLES: [&str; 5] = ["products", "variants", "arrivals", "pictures", "category_counts"];

/// All names, the first market first.
pub(super) fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut select = connection.prepare("SELECT name FROM markets ORDER BY place")?;
    let names = select.query_map([], |row| row.get(0))?;
    names.collect()
}

/// Adds a market behind the others, unless it is there.
pub(super) fn add(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR IGNORE INTO markets (name) VALUES (?1)", [name])?;
    Ok(())
}

/// Removes a market with all that is its own.
pub(super) fn remove(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    for table in TABLES {
        connection.execute(&format!("DELETE FROM {table} WHERE market = ?1"), [name])?;
    }
    connection.execute("DELETE FROM markets WHERE name = ?1", [name])?;
    Ok(())
}

/// Gives a market another name, which no market has.
pub(super) fn rename(connection: &Connection, from: &str, to: &str) -> rusqlite::Result<()> {
    for table in TABLES {
        connection.execute(&format!("UPDATE {table} SET market = ?2 WHERE market = ?1"), params![from, to])?;
    }
    connection.execute("UPDATE markets SET name = ?2 WHERE name = ?1", params![from, to])?;
    Ok(())
}

/// Puts a market before the others.
pub(super) fn put_first(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE markets SET place = (SELECT min(place) FROM markets) - 1 WHERE name = ?1", [name])?;
    Ok(())
}

/// Gives the rows of all other markets the pictures and the category that a market's rows have: an article is one in all markets.
pub(super) fn share(connection: &Connection, market: &str) -> rusqlite::Result<()> {
    const SHARED: &str = "picture_sha256, further_pictures, category, category_predicted";
    connection.execute(
        &format!(
            "UPDATE products AS other SET ({SHARED}) = (SELECT {SHARED} FROM products AS own WHERE own.market = ?1 AND own.id = other.id) \
             WHERE other.market <> ?1 AND EXISTS (SELECT 1 FROM products AS own WHERE own.market = ?1 AND own.id = other.id AND \
             (own.picture_sha256, own.further_pictures, own.category, own.category_predicted) <> \
             (other.picture_sha256, other.further_pictures, other.category, other.category_predicted))"
        ),
        [market],
    )?;
    Ok(())
}
