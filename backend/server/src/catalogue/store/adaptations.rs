//! The table `adaptations`. In and out: a match that was adapted to the shop's own pictures, and which one serves.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params, params};

use super::columns::Column;
use super::{Published, Store, StoreError, published};
use crate::digest::Digest;

/// An adapted match.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAdaptation {
    /// The catalogue's version with which it came.
    pub version: u64,
    /// The networks that it fits, [`Models::networks_sha256`](crate::networks::models::Models::networks_sha256).
    pub networks_sha256: Digest,
    /// The weights, a safetensors file.
    pub weights: Vec<u8>,
    /// What was measured, JSON.
    pub report: String,
}

impl Store {
    /// The adapted match that serves; none if it is the shipped one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn adaptation(&self) -> Result<Option<StoredAdaptation>, StoreError> {
        let read = || -> rusqlite::Result<Option<StoredAdaptation>> {
            let serving = published(&self.connection)?.and_then(|published| published.adaptation);
            serving.map(|version| read(&self.connection, version)).transpose().map(Option::flatten)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Makes an adapted match the one that serves, as a new version of the catalogue, whose articles stay. The one that served before is
    /// kept. Its `version` is set to the new one, which is returned.
    ///
    /// # Errors
    /// When nothing was imported, or the database fails; the former match then still serves.
    pub fn publish_adaptation(&mut self, adaptation: &StoredAdaptation) -> Result<u64, StoreError> {
        self.in_next_version(|connection, published| {
            let version = published.version;
            connection.execute(
                "INSERT INTO adaptations (version, former, networks, weights, report) \
                 VALUES (:version, :former, :networks, :weights, :report)",
                named_params! {
                    ":version": Column(version),
                    ":former": published.adaptation.map(Column),
                    ":networks": Column(adaptation.networks_sha256),
                    ":weights": adaptation.weights,
                    ":report": adaptation.report,
                },
            )?;
            // The former one stays, so that it can be gone back to; what was before it goes.
            connection.execute(
                "DELETE FROM adaptations WHERE version NOT IN (?1, coalesce(?2, -1))",
                params![Column(version), published.adaptation.map(Column)],
            )?;
            Ok((Some(version), version))
        })
    }

    /// Goes back to the match that served before the last adaptation: an earlier one, or the shipped one. Returns the new version of the
    /// catalogue; none if the shipped match serves.
    ///
    /// # Errors
    /// When nothing was imported, or the database fails.
    pub fn undo_adaptation(&mut self) -> Result<Option<u64>, StoreError> {
        if self.published()?.adaptation.is_none() {
            return Ok(None);
        }
        self.in_next_version(|connection, published| {
            let serving = published.adaptation.map(Column);
            let former: Option<Option<Column<u64>>> = connection
                .query_row("SELECT former FROM adaptations WHERE version = ?1", [&serving], |row| row.get(0))
                .optional()?;
            // It may have gone already.
            let former = former.flatten().map(|Column(version)| version);
            let former = former.filter(|version| read(connection, *version).is_ok_and(|found| found.is_some()));
            connection.execute("DELETE FROM adaptations WHERE version = ?1", [&serving])?;
            Ok((former, Some(published.version)))
        })
    }

    /// Publishes the present articles as the next version, with the adaptation that `edit` returns.
    fn in_next_version<T>(
        &mut self,
        edit: impl FnOnce(&Connection, &Published) -> rusqlite::Result<(Option<u64>, T)>,
    ) -> Result<T, StoreError> {
        let missing = StoreError::Missing { folder: self.folder.clone() };
        let path = self.path.clone();
        let failed = |source| StoreError::Sqlite { path: path.clone(), source };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let current = published(&transaction).map_err(failed)?.ok_or(missing)?;
        let next = Published { version: current.version + 1, ..current };
        let (adaptation, result) = edit(&transaction, &next).map_err(failed)?;
        super::set_published(&transaction, &Published { adaptation, ..next }).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(result)
    }
}

fn read(connection: &Connection, version: u64) -> rusqlite::Result<Option<StoredAdaptation>> {
    connection
        .query_row("SELECT networks, weights, report FROM adaptations WHERE version = ?1", [Column(version)], |row| {
            let Column(networks_sha256) = row.get(0)?;
            Ok(StoredAdaptation { version, networks_sha256, weights: row.get(1)?, report: row.get(2)? })
        })
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;

    #[test]
    fn an_adaptation_serves_until_it_is_undone_and_articles_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        assert!(matches!(store.undo_adaptation(), Err(StoreError::Missing { .. })));
        let first = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        store.publish(&first, &["a", "b"].map(article)).expect("published");
        assert_eq!((store.adaptation().expect("read"), store.undo_adaptation().expect("read")), (None, None));
        let adaptation = |name: &str| StoredAdaptation {
            version: 0,
            networks_sha256: Digest::of(b"networks"),
            weights: name.as_bytes().to_vec(),
            report: format!("{{\"name\":\"{name}\"}}"),
        };
        let marks = [store.publication().expect("published").mark];
        assert_eq!(store.publish_adaptation(&adaptation("x")).expect("published"), 2);
        assert_eq!(store.publish_adaptation(&adaptation("y")).expect("published"), 3);
        assert!(store.publication().expect("published").mark != marks[0]);
        let expected = StoredAdaptation { version: 3, ..adaptation("y") };
        assert_eq!(store.adaptation().expect("read"), Some(expected.clone()));
        let (published, articles) = store.read().expect("articles");
        let features_file = "features-1.bin".to_owned();
        assert_eq!(published, Published { version: 3, features_file, adaptation: Some(3) });
        assert_eq!(articles, ["a", "b"].map(article));
        // An import and a change of prices keep it.
        let imported = Published { version: 4, ..published };
        store.publish(&imported, &["c"].map(article)).expect("published");
        assert_eq!(store.adaptation().expect("read"), Some(expected));
        assert_eq!(store.undo_adaptation().expect("undone"), Some(5));
        assert_eq!(store.adaptation().expect("read").map(|found| found.version), Some(2));
        assert_eq!(store.undo_adaptation().expect("undone"), Some(6));
        assert_eq!((store.adaptation().expect("read"), store.undo_adaptation().expect("nothing")), (None, None));
        assert_eq!(store.read().expect("articles").1, ["c"].map(article));
    }
}
