//! Changes that encode no picture: prices, availability and deletions. In: changes or ids. Out: a published version.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::article::Article;
use super::features::{self, Features, FeaturesError, ReadFeatures};
use super::feed::{Change, SaleChange};
use super::layout::{features_file, rows_file};
use super::served::{ServedMatch, ServedMatchError};
use super::store::{Published, Replacement, Store, StoreError};
use crate::matching::ProjectedRows;
use crate::networks::models::Models;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The database failed, or there is no catalogue.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The features cannot be read.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The match that serves is not known.
    #[error(transparent)]
    Match(#[from] ServedMatchError),
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

/// Changes prices and availabilities. Several changes of one product are made in their order. All changes are published together, or none. An import that is running keeps them.
///
/// # Errors
/// See [`EditError`].
pub fn update(catalogue: &Path, changes: &[Change]) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let missing = || StoreError::Missing { folder: catalogue.to_owned() };
    store.edit(|current| {
        let (published, mut articles) = current.ok_or_else(missing)?;
        let mut pending: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            pending.entry(&change.id).or_default().push(change);
        }
        let mut edited = 0;
        for article in &mut articles {
            let Some(changes) = pending.remove(article.id.as_str()) else { continue };
            for change in changes {
                apply(change, article);
            }
            edited += 1;
        }
        let unknown = pending.into_keys().map(str::to_owned).collect();
        let published = Published { version: published.version + 1, ..published };
        let replacement = (edited > 0).then_some(Replacement::of(published, articles));
        Ok((replacement, EditReport { edited, unknown }))
    })
}

fn apply(change: &Change, article: &mut Article) {
    if let Some(price) = &change.price {
        article.price = price.clone();
    }
    match &change.sale {
        SaleChange::Keep => {}
        SaleChange::End => article.sale = None,
        SaleChange::Begin(sale) => article.sale = Some(sale.clone()),
    }
    if let Some(availability) = change.availability {
        article.availability = availability;
    }
}

/// Deletes products. The next import deletes their pictures; one that is running does not bring the products back.
///
/// # Errors
/// See [`EditError`].
pub fn delete(catalogue: &Path, models: &Models, ids: &[String]) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let missing = || StoreError::Missing { folder: catalogue.to_owned() };
    let served = ServedMatch::of(&store, models)?;
    store.edit(|current| {
        let (published, mut articles) = current.ok_or_else(missing)?;
        let known: HashSet<&str> = articles.iter().map(|article| article.id.as_str()).collect();
        let (deleted, unknown): (Vec<&String>, Vec<&String>) = ids.iter().partition(|id| known.contains(id.as_str()));
        let deleted: HashSet<&str> = deleted.into_iter().map(String::as_str).collect();
        let report = EditReport { edited: deleted.len(), unknown: unknown.into_iter().cloned().collect() };
        if deleted.is_empty() {
            return Ok((None, report));
        }
        if deleted.len() == articles.len() {
            return Err(EditError::NothingLeft);
        }
        articles.retain(|article| !deleted.contains(article.id.as_str()));
        let published = write_without(&deleted, catalogue, models, &served, &published)?;
        Ok((Some(Replacement::of(published, articles)), report))
    })
}

/// Writes the features of the articles that are left, as the next version.
fn write_without(
    deleted: &HashSet<&str>,
    catalogue: &Path,
    models: &Models,
    served: &ServedMatch,
    published: &Published,
) -> Result<Published, EditError> {
    let path = catalogue.join(&published.features_file);
    let ReadFeatures { features, .. } = features::read(&path, models.fashion_dna_sha256())?;
    let version = published.version + 1;
    let kept = || features.ids.iter().zip(features.rows()).filter(|(id, _)| !deleted.contains(id.as_str()));
    let (kept_ids, values) =
        (kept().map(|(id, _)| id.clone()).collect(), kept().flat_map(|(_, row)| row).copied().collect());
    let left = Features::new(features.network_sha256, version, features.width, kept_ids, values);
    let published = Published { version, features_file: features_file(version), ..published.clone() };
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &left).map_err(|source| EditError::Write { path, source })?;
    let rows = catalogue.join(rows_file(&served.published(&published)));
    ProjectedRows::open_or_project(&rows, &served.weights, &left.rows().collect::<Vec<_>>(), *sha256.as_bytes());
    Ok(published)
}
