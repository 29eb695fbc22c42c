//! The table `arrivals`. Out: when each product came to a market.
//!
//! A product that goes and comes again is new again.

use rusqlite::Connection;

/// For each of `ids`, which are in their order, the second since 1970 at which it came to a market; 0 if that is not known.
pub(super) fn read<'a>(
    connection: &Connection,
    market: &str,
    ids: impl Iterator<Item = &'a str>,
) -> rusqlite::Result<Vec<i64>> {
    let mut select = connection.prepare("SELECT id, came_s FROM arrivals WHERE market = ?1 ORDER BY id")?;
    let mut rows = select.query([market])?;
    let mut next = |least: &str| -> rusqlite::Result<Option<(String, i64)>> {
        while let Some(row) = rows.next()? {
            // Both are in the order of ids, by bytes.
            if row.get_ref(0)?.as_str()? >= least {
                return Ok(Some((row.get(0)?, row.get(1)?)));
            }
        }
        Ok(None)
    };
    let (mut found, mut came_s) = (next("")?, Vec::new());
    for id in ids {
        if found.as_ref().is_some_and(|(known, _)| known.as_str() < id) {
            found = next(id)?;
        }
        came_s.push(found.as_ref().filter(|(known, _)| known == id).map_or(0, |(_, came_s)| *came_s));
    }
    Ok(came_s)
}

/// Notes which of a market's products are new, and forgets those that have gone.
pub(super) fn note(connection: &Connection, market: &str) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO arrivals (market, id, came_s) SELECT market, id, unixepoch() FROM products WHERE market = ?1",
        [market],
    )?;
    connection.execute(
        "DELETE FROM arrivals WHERE market = ?1 AND id NOT IN (SELECT id FROM products WHERE market = ?1)",
        [market],
    )?;
    Ok(())
}
