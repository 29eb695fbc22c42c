//! The table `variants`. In and out: the [`Variant`]s of articles.

use rusqlite::{Connection, Row, named_params};

use super::article_rows::ArticleRows;
use super::columns::Column;
use super::products::{UnknownValue, sale, unknown_value, value};
use crate::catalogue::article::Article;
use crate::catalogue::variant::Variant;

/// The table's rows.
pub(super) const ROWS: ArticleRows = ArticleRows { table: "variants", id: "product", insert };

/// The table's columns, in the order in which they are read: the product first.
const COLUMNS: [&str; 11] = [
    "product",
    "id",
    "size",
    "size_system",
    "gtin",
    "link",
    "price_amount_minor",
    "sale_amount_minor",
    "sale_from_s",
    "sale_until_s",
    "availability",
];

/// Gives a market's `articles`, which are in the order of ids, their variants; or the first one with an unknown value.
pub(super) fn read(
    connection: &Connection,
    market: &str,
    articles: &mut [Article],
) -> rusqlite::Result<Result<(), UnknownValue>> {
    let columns = COLUMNS.join(", ");
    let mut select =
        connection.prepare(&format!("SELECT {columns} FROM variants WHERE market = ?1 ORDER BY product, place"))?;
    let mut rows = select.query([market])?;
    // Both are in the order of ids.
    let mut articles = articles.iter_mut().peekable();
    while let Some(row) = rows.next()? {
        let product = row.get_ref(0)?.as_str()?;
        while articles.next_if(|article| article.id.as_str() < product).is_some() {}
        let Some(article) = articles.peek_mut().filter(|article| article.id == product) else { continue };
        match variant(row) {
            Ok(variant) => article.variants.push(variant),
            Err(error) => return unknown_value(row, error, &COLUMNS, 0).map(Err),
        }
    }
    Ok(Ok(()))
}

/// Gives some of a market's articles their variants, as [`read`] does.
pub(super) fn read_some(
    connection: &Connection,
    market: &str,
    articles: &mut [Article],
) -> rusqlite::Result<Result<(), UnknownValue>> {
    let columns = COLUMNS.join(", ");
    let sql = format!("SELECT {columns} FROM variants WHERE market = ?1 AND product = ?2 ORDER BY place");
    let mut select = connection.prepare(&sql)?;
    for article in articles {
        let mut rows = select.query([market, &article.id])?;
        while let Some(row) = rows.next()? {
            match variant(row) {
                Ok(variant) => article.variants.push(variant),
                Err(error) => return unknown_value(row, error, &COLUMNS, 0).map(Err),
            }
        }
    }
    Ok(Ok(()))
}

fn insert(connection: &Connection, market: &str, articles: &[&Article]) -> rusqlite::Result<()> {
    let (columns, values) = (COLUMNS.join(", "), COLUMNS.join(", :"));
    let mut insert = connection
        .prepare(&format!("INSERT INTO variants (market, place, {columns}) VALUES (:market, :place, :{values})"))?;
    for article in articles {
        for (place, variant) in (0_u32..).zip(&article.variants) {
            let sale = variant.sale.as_ref();
            insert.execute(named_params! {
                ":market": market,
                ":place": place,
                ":product": article.id,
                ":id": variant.id,
                ":size": variant.size,
                ":size_system": variant.size_system,
                ":gtin": variant.gtin,
                ":link": variant.link,
                ":price_amount_minor": Column(variant.amount_minor),
                ":sale_amount_minor": sale.map(|sale| Column(sale.amount_minor)),
                ":sale_from_s": sale.and_then(|sale| sale.from).map(Column),
                ":sale_until_s": sale.and_then(|sale| sale.until).map(Column),
                ":availability": Column(variant.availability),
            })?;
        }
    }
    Ok(())
}

fn variant(row: &Row<'_>) -> rusqlite::Result<Variant> {
    Ok(Variant {
        id: row.get(1)?,
        size: row.get(2)?,
        size_system: row.get(3)?,
        gtin: row.get(4)?,
        link: row.get(5)?,
        amount_minor: value(row, 6)?,
        sale: sale(row, [7, 8, 9])?,
        availability: value(row, 10)?,
    })
}
