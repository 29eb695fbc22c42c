//! Changes that need no network: prices and stock, and products that go. In: ids. Out: a published version.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::features::{self, Features, ReadFeatures};
use super::feed::Change;
use super::lock::{LockError, lock};
use super::store::Published;
use super::{FeaturesError, Store, StoreError, features_file, rows_file};
use crate::matching::Rows;
use crate::networks::models::{Models, ModelsError};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Somebody else writes the catalogue.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database failed, or there is no catalogue.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The features cannot be read.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The match's weights cannot be read.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Features cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Nothing would be left to search.
    #[error("all products would be gone: import another feed instead")]
    NothingLeft,
}

/// What an edit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditReport {
    /// Products that were changed, or deleted.
    pub edited: usize,
    /// Ids that no product has.
    pub unknown: Vec<String>,
}

/// Gives products another price or availability. All changes are published together, or none.
///
/// # Errors
/// See [`EditError`].
pub fn update(catalogue: &Path, changes: &[Change]) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    let (published, mut products) = store.read()?;
    // Of several changes of one product the last counts.
    let mut wanted: BTreeMap<&str, &Change> = changes.iter().map(|change| (change.id.as_str(), change)).collect();
    let mut edited = 0;
    for stored in &mut products {
        let Some(change) = wanted.remove(stored.product.id.as_str()) else { continue };
        if let Some(price) = &change.price {
            stored.product.price = price.clone();
        }
        if let Some(sale) = &change.sale {
            stored.sale = Some(sale.clone());
        }
        if let Some(availability) = change.availability {
            stored.product.availability = availability;
        }
        edited += 1;
    }
    let unknown = wanted.into_keys().map(str::to_owned).collect();
    if edited > 0 {
        store.publish(&Published { version: published.version + 1, ..published }, &products)?;
    }
    Ok(EditReport { edited, unknown })
}

/// Deletes products. Their pictures go with the next import.
///
/// # Errors
/// See [`EditError`].
pub fn delete(catalogue: &Path, models: &Models, ids: &[String]) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let _lock = lock(catalogue)?;
    let (published, mut products) = store.read()?;
    let path = catalogue.join(&published.features_file);
    let ReadFeatures { features, .. } = features::read(&path, models.fashion_dna_sha256())?;
    let known: HashSet<&str> = products.iter().map(|stored| stored.product.id.as_str()).collect();
    let (gone, unknown): (HashSet<&str>, Vec<&str>) = {
        let (gone, unknown): (Vec<&str>, Vec<&str>) = ids.iter().map(String::as_str).partition(|id| known.contains(id));
        (gone.into_iter().collect(), unknown)
    };
    let report = EditReport { edited: gone.len(), unknown: unknown.into_iter().map(str::to_owned).collect() };
    if gone.is_empty() {
        return Ok(report);
    }
    if gone.len() == products.len() {
        return Err(EditError::NothingLeft);
    }
    let version = published.version + 1;
    let kept = || features.ids.iter().zip(features.rows()).filter(|(id, _)| !gone.contains(id.as_str()));
    let (ids, values) =
        (kept().map(|(id, _)| id.clone()).collect(), kept().flat_map(|(_, row)| row).copied().collect());
    let left = Features::new(&features.network_sha256, version, features.width, ids, values);
    let gone: HashSet<String> = gone.into_iter().map(str::to_owned).collect();
    products.retain(|stored| !gone.contains(&stored.product.id));
    let published = Published { version, features_file: features_file(version) };
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &left).map_err(|source| EditError::Write { path, source })?;
    let rows = catalogue.join(rows_file(&published.features_file));
    Rows::open_or_project(&rows, &models.match_weights()?, &left.rows().collect::<Vec<_>>(), sha256);
    store.publish(&published, &products)?;
    Ok(report)
}
