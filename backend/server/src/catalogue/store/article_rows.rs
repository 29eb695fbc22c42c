//! A table with rows of each market's articles. In: articles. Out: their rows in place of the former ones.

use rusqlite::Connection;

use crate::catalogue::article::Article;

/// A table whose column `market` has a market's name.
pub(super) struct ArticleRows {
    pub(super) table: &'static str,
    /// The column with the article's id.
    pub(super) id: &'static str,
    /// Adds the rows of articles of a market.
    pub(super) insert: fn(&Connection, &str, &[&Article]) -> rusqlite::Result<()>,
}

impl ArticleRows {
    /// Replaces the rows of all articles of a market.
    pub(super) fn replace(&self, connection: &Connection, market: &str, articles: &[&Article]) -> rusqlite::Result<()> {
        connection.execute(&format!("DELETE FROM {} WHERE market = ?1", self.table), [market])?;
        (self.insert)(connection, market, articles)
    }

    /// Replaces the rows of some articles of a market.
    pub(super) fn update(&self, connection: &Connection, market: &str, articles: &[&Article]) -> rusqlite::Result<()> {
        let Self { table, id, insert } = self;
        let mut delete = connection.prepare(&format!("DELETE FROM {table} WHERE market = ?1 AND {id} = ?2"))?;
        for article in articles {
            delete.execute([market, &article.id])?;
        }
        insert(connection, market, articles)
    }
}
