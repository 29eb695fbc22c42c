//! Changes of markets beside imports. In: a market's name. Out: another name or place of it, as a new version.

use rusqlite::{Connection, TransactionBehavior};

use super::{Published, Store, StoreError, markets, published, set_published};
use crate::catalogue::assortment::UnknownMarket;

impl Store {
    /// Gives a market another name. All markets and their order stay.
    ///
    /// # Errors
    /// When there is no market `from`, or the database fails. Nothing is changed then.
    pub(crate) fn rename_market(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.change_market(from, |connection, from| markets::rename(connection, from, to))
    }

    /// Makes a market the first one, which is searched if a request names none.
    ///
    /// # Errors
    /// As for [`Store::rename_market`].
    pub(crate) fn put_market_first(&mut self, market: &str) -> Result<(), StoreError> {
        self.change_market(market, markets::put_first)
    }

    fn change_market(
        &mut self,
        market: &str,
        change: impl FnOnce(&Connection, &str) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let (path, folder) = (self.path.clone(), self.folder.clone());
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let current = published(&transaction).map_err(failed)?.ok_or(StoreError::Missing { folder })?;
        let known = markets::names(&transaction).map_err(failed)?;
        if !known.iter().any(|name| name == market) {
            return Err(UnknownMarket { received: market.to_owned(), known }.into());
        }
        change(&transaction, market).map_err(failed)?;
        let next = Published { version: current.version + 1, ..current };
        set_published(&transaction, &next).map_err(failed)?;
        transaction.commit().map_err(failed)
    }
}
