//! The table `category_counts`. In and out: how the products of a market's last import got their categories.

use rusqlite::{Connection, params};
use stl_types::Category;

use super::columns::Column;
use crate::catalogue::categories::{CategoryCount, DecidedBy};

/// All counts of a market, in their order.
pub(super) fn read(connection: &Connection, market: &str) -> rusqlite::Result<Vec<CategoryCount>> {
    let mut select = connection.prepare(
        "SELECT count, category, decided_by, pattern, classification, example FROM category_counts WHERE market = ?1 \
         ORDER BY place",
    )?;
    let counts = select.query_map([market], |row| {
        let Column::<u64>(count) = row.get(0)?;
        let category = match row.get_ref(1)?.as_str()? {
            "" => None,
            _ => Some(row.get(1)?).map(|Column::<Category>(category)| category),
        };
        let pattern: String = row.get(3)?;
        let by = match row.get_ref(2)?.as_str()? {
            "feed" => DecidedBy::Feed,
            "table" => DecidedBy::Table(pattern),
            "picture" => DecidedBy::Picture,
            _ => DecidedBy::Words,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(CategoryCount { classification: row.get(4)?, by, category, count, example: row.get(5)? })
    })?;
    counts.collect()
}

/// Replaces all counts of a market.
pub(super) fn replace(connection: &Connection, market: &str, counts: &[CategoryCount]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM category_counts WHERE market = ?1", [market])?;
    let mut insert = connection.prepare(
        "INSERT INTO category_counts (market, count, category, decided_by, pattern, classification, example) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for CategoryCount { classification, by, category, count, example } in counts {
        let category = category.map_or("", Category::as_str);
        insert.execute(params![
            market,
            Column(*count as u64),
            category,
            by.name(),
            by.pattern(),
            classification,
            example
        ])?;
    }
    Ok(())
}
