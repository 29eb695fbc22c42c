//! The table `products`. In and out: [`Article`]s in the order of ids.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, Rows, named_params};
use stl_types::Price;

use super::article_rows::ArticleRows;
use super::columns::Column;
use crate::catalogue::article::Article;
use crate::catalogue::sale::Sale;

/// The table's rows.
pub(super) const ROWS: ArticleRows = ArticleRows { table: "products", id: "id", insert };

/// The table's columns, in the order in which they are read.
const COLUMNS: [&str; 23] = [
    "id",
    "title",
    "description",
    "link",
    "price_amount_minor",
    "price_currency",
    "sale_amount_minor",
    "sale_from_s",
    "sale_until_s",
    "availability",
    "brand",
    "color",
    "gender",
    "product_type",
    "category",
    "category_predicted",
    "picture_sha256",
    "further_pictures",
    "age_group",
    "material",
    "pattern",
    "labels",
    "item_group",
];

/// A stored value that this program does not know.
#[derive(Debug)]
pub(super) struct UnknownValue {
    pub(super) id: String,
    pub(super) column: &'static str,
    pub(super) received: String,
}

/// All articles of a market, or the first one with an unknown value.
pub(super) fn read(connection: &Connection, market: &str) -> rusqlite::Result<Result<Vec<Article>, UnknownValue>> {
    let columns = COLUMNS.join(", ");
    let mut select = connection.prepare(&format!("SELECT {columns} FROM products WHERE market = ?1 ORDER BY id"))?;
    let mut articles = Vec::<Article>::new();
    Ok(add(select.query([market])?, &mut articles)?.map(|()| articles))
}

/// Those articles of a market that have these ids, or the first one with an unknown value.
pub(super) fn read_some(
    connection: &Connection,
    market: &str,
    ids: &BTreeSet<String>,
) -> rusqlite::Result<Result<Vec<Article>, UnknownValue>> {
    let columns = COLUMNS.join(", ");
    let mut select = connection.prepare(&format!("SELECT {columns} FROM products WHERE market = ?1 AND id = ?2"))?;
    let mut articles = Vec::with_capacity(ids.len());
    for id in ids {
        if let Err(unknown) = add(select.query([market, id])?, &mut articles)? {
            return Ok(Err(unknown));
        }
    }
    Ok(Ok(articles))
}

fn add(mut rows: Rows<'_>, articles: &mut Vec<Article>) -> rusqlite::Result<Result<(), UnknownValue>> {
    while let Some(row) = rows.next()? {
        match article(row) {
            Ok(article) => articles.push(article),
            Err(error) => return unknown_value(row, error, &COLUMNS, const { index_of("id") }).map(Err),
        }
    }
    Ok(Ok(()))
}

fn insert(connection: &Connection, market: &str, articles: &[&Article]) -> rusqlite::Result<()> {
    let (columns, values) = (COLUMNS.join(", "), COLUMNS.join(", :"));
    let mut insert =
        connection.prepare(&format!("INSERT INTO products (market, {columns}) VALUES (:market, :{values})"))?;
    for article in articles {
        let sale = article.sale.as_ref();
        insert.execute(named_params! {
            ":market": market,
            ":id": article.id,
            ":title": article.title,
            ":description": article.description,
            ":link": article.link,
            ":price_amount_minor": Column(article.price.amount_minor),
            ":price_currency": article.price.currency,
            ":sale_amount_minor": sale.map(|sale| Column(sale.amount_minor)),
            ":sale_from_s": sale.and_then(|sale| sale.from).map(Column),
            ":sale_until_s": sale.and_then(|sale| sale.until).map(Column),
            ":availability": Column(article.availability),
            ":brand": article.brand,
            ":color": article.color,
            ":gender": article.gender,
            ":product_type": article.product_type,
            ":category": Column(article.category),
            ":category_predicted": article.category_predicted,
            ":picture_sha256": Column(article.picture_sha256),
            ":further_pictures": Column(&article.further_pictures[..]),
            ":age_group": article.age_group,
            ":material": article.material,
            ":pattern": article.pattern,
            ":labels": Column(&article.labels),
            ":item_group": article.group,
        })?;
    }
    Ok(())
}

fn article(row: &Row<'_>) -> rusqlite::Result<Article> {
    let price = Price {
        amount_minor: value(row, const { index_of("price_amount_minor") })?,
        currency: row.get(const { index_of("price_currency") })?,
    };
    Ok(Article {
        id: row.get(const { index_of("id") })?,
        title: row.get(const { index_of("title") })?,
        description: row.get(const { index_of("description") })?,
        link: row.get(const { index_of("link") })?,
        price,
        sale: sale(row, const { [index_of("sale_amount_minor"), index_of("sale_from_s"), index_of("sale_until_s")] })?,
        availability: value(row, const { index_of("availability") })?,
        brand: row.get(const { index_of("brand") })?,
        color: row.get(const { index_of("color") })?,
        gender: row.get(const { index_of("gender") })?,
        product_type: row.get(const { index_of("product_type") })?,
        category: value(row, const { index_of("category") })?,
        category_predicted: row.get(const { index_of("category_predicted") })?,
        picture_sha256: value(row, const { index_of("picture_sha256") })?,
        further_pictures: value(row, const { index_of("further_pictures") })?,
        age_group: row.get(const { index_of("age_group") })?,
        material: row.get(const { index_of("material") })?,
        pattern: row.get(const { index_of("pattern") })?,
        labels: value(row, const { index_of("labels") })?,
        group: row.get(const { index_of("item_group") })?,
        // Another table has them.
        variants: Vec::new(),
    })
}

/// A sale, by the indices of its amount, beginning and end.
pub(super) fn sale(row: &Row<'_>, [amount, from, until]: [usize; 3]) -> rusqlite::Result<Option<Sale>> {
    let moment = |index| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<Column<Timestamp>>>(index)?.map(|Column(moment)| moment))
    };
    let Some(Column(amount_minor)) = row.get::<_, Option<Column<u64>>>(amount)? else { return Ok(None) };
    Ok(Some(Sale { amount_minor, from: moment(from)?, until: moment(until)? }))
}

/// A value whose text or number stands for it.
pub(super) fn value<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    Column<T>: FromSql,
{
    row.get(index).map(|Column(value)| value)
}

/// Which value a row of `columns` could not be read for, whose `id` is the product's; other errors are SQLite's own.
pub(super) fn unknown_value(
    row: &Row<'_>,
    error: rusqlite::Error,
    columns: &[&'static str],
    id: usize,
) -> rusqlite::Result<UnknownValue> {
    let index = match error {
        rusqlite::Error::FromSqlConversionFailure(index, ..)
        | rusqlite::Error::InvalidColumnType(index, ..)
        | rusqlite::Error::IntegralValueOutOfRange(index, _) => index,
        other => return Err(other),
    };
    let received = match row.get_ref(index)? {
        rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    };
    Ok(UnknownValue { id: row.get(id)?, column: columns.get(index).copied().unwrap_or_default(), received })
}

/// A column's index in [`COLUMNS`], found when the program is compiled: SQLite would search it for each row.
const fn index_of(name: &str) -> usize {
    let mut index = 0;
    while index < COLUMNS.len() {
        if is_same(COLUMNS[index].as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such column")
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}
