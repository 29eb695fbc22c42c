//! All that is served of a version, as of one moment. In: the database. Out: a [`Snapshot`].

use super::{Publication, Published, Store, StoreError, arrivals, publication, read};
use crate::catalogue::assortment::{Assortment, Assortments};

/// All that is served of a version.
#[derive(Debug)]
pub struct Snapshot {
    /// Which publication it is.
    pub publication: Publication,
    /// The version and its files.
    pub published: Published,
    /// What each market sells.
    pub assortments: Assortments,
    /// For each market and each of its articles, the second since 1970 at which it came there; 0 if that is not known.
    pub came_s: Vec<Vec<i64>>,
}

impl Store {
    /// All that is served of the current version, as of one moment.
    ///
    /// # Errors
    /// As for [`Store::read_markets`].
    pub fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        let (path, folder) = (self.path.clone(), self.folder.clone());
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction().map_err(failed)?;
        let missing = || StoreError::Missing { folder: folder.clone() };
        let publication = publication(&transaction).map_err(failed)?.ok_or_else(missing)?;
        let (published, assortments) = read(&transaction, &path)?.ok_or_else(missing)?;
        let came_s = |assortment: &Assortment| {
            let ids = assortment.articles.iter().map(|article| article.id.as_str());
            arrivals::read(&transaction, &assortment.market, ids).map_err(failed)
        };
        let came_s = assortments.0.iter().map(came_s).collect::<Result<_, _>>()?;
        Ok(Snapshot { publication, published, assortments, came_s })
    }
}
