//! The last step of an import. In: articles with their f(A). Out: the published version. Files that no version needs are deleted.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::error::{ImportError, cannot_write};
use super::former::Former;
use crate::catalogue::article::Article;
use crate::catalogue::categories::CategoryCount;
use crate::catalogue::features::{self, Features};
use crate::catalogue::journal;
use crate::catalogue::layout::{
    COPY_WIDTHS, IMAGES, copy_name, features_file, is_of_a_picture, is_of_a_version, picture_name, rows_file,
};
use crate::catalogue::served::ServedMatch;
use crate::catalogue::store::{FetchedPicture, Published, Replacement, Store, StoreError};
use crate::digest::Digest;
use crate::files::{sync_folder, tidy};
use crate::matching::ProjectedRows;
use crate::networks::models::Models;

/// Writes the features, then makes `articles` the catalogue in one transaction of the database. Changes that were made since the
/// import began are repeated on the new articles. Beside them stands what the feed's addresses hold, and how categories were decided.
pub(super) fn publish(
    store: &mut Store,
    catalogue: &Path,
    models: &Models,
    former: &Former,
    mut articles: Vec<(Article, Arc<[f32]>)>,
    (fetched, categories): (Vec<FetchedPicture>, Vec<CategoryCount>),
) -> Result<(), ImportError> {
    // If the match changes in this moment, a server computes the rows of the articles itself.
    let served = ServedMatch::of(store, models)?;
    store
        .edit(|current| {
            let (current, current_articles) = current.unzip();
            let (current, current_articles) = (current.unwrap_or_default(), current_articles.unwrap_or_default());
            former.repeat_changes(current.version, &current_articles, &mut articles);
            if articles.is_empty() {
                return Err(ImportError::Nothing(Vec::new()));
            }
            let version = current.version + 1;
            let published = Published { version, features_file: features_file(version), ..current.clone() };
            write_features(catalogue, models, &served, &published, &articles)?;
            let articles: Vec<Article> = articles.into_iter().map(|(article, _)| article).collect();
            let pictures =
                former.pictures().copied().chain(pictures_of(&current_articles)).chain(pictures_of(&articles));
            let versions = vec![current, published.clone()];
            let needed = Needed { pictures: pictures.collect(), versions };
            Ok((
                Some(Replacement { published, articles, pictures: Some(fetched), categories: Some(categories) }),
                needed,
            ))
        })
        // From here on the new catalogue is the current one.
        .map(|needed| needed.delete_others(catalogue, false))
}

/// Deletes what neither the current version nor, if there is one, the import to be resumed needs. Without `resumed`, the journal goes as
/// well.
pub(super) fn tidy_unpublished(
    store: &mut Store,
    catalogue: &Path,
    resumed: Option<&[Digest]>,
) -> Result<(), StoreError> {
    // No deletion of products may write features at the same time.
    store.edit(|current| {
        let (current, articles) = current.unzip();
        let pictures = pictures_of(articles.as_deref().unwrap_or_default());
        let pictures = pictures.chain(resumed.unwrap_or_default().iter().copied()).collect();
        let needed = Needed { pictures, versions: vec![current.unwrap_or_default()] };
        needed.delete_others(catalogue, resumed.is_some());
        Ok((None, ()))
    })
}

fn pictures_of(articles: &[Article]) -> impl Iterator<Item = Digest> {
    articles.iter().flat_map(Article::pictures).copied()
}

/// Writes f(A) of all articles, and the projection that a server opens without computing it.
fn write_features(
    catalogue: &Path,
    models: &Models,
    served: &ServedMatch,
    published: &Published,
    articles: &[(Article, Arc<[f32]>)],
) -> Result<(), ImportError> {
    let ids = articles.iter().map(|(article, _)| article.id.clone()).collect();
    let values = articles.iter().flat_map(|(_, feature)| feature.iter().copied()).collect();
    let features = Features::new(models.fashion_dna_sha256(), published.version, models.width(), ids, values);
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &features).map_err(cannot_write(&path))?;
    let rows = catalogue.join(rows_file(&served.published(published)));
    let features: Vec<&[f32]> = features.rows().collect();
    ProjectedRows::open_or_project(&rows, &served.weights, &features, *sha256.as_bytes());
    for folder in [catalogue.join(IMAGES).as_path(), catalogue] {
        sync_folder(folder).map_err(cannot_write(folder))?;
    }
    Ok(())
}

/// What is not deleted. A server may serve the former version for some seconds more.
struct Needed {
    pictures: HashSet<Digest>,
    versions: Vec<Published>,
}

impl Needed {
    fn delete_others(&self, catalogue: &Path, keeps_journal: bool) {
        let names = |sha256: &Digest| {
            let (picture, copies) = (picture_name(sha256), COPY_WIDTHS.map(|width| copy_name(sha256, width)));
            std::iter::once(picture).chain(copies)
        };
        let pictures: HashSet<String> = self.pictures.iter().flat_map(names).collect();
        tidy(&catalogue.join(IMAGES), |name| !is_of_a_picture(name) || pictures.contains(name));
        let files: HashSet<String> =
            self.versions.iter().flat_map(|version| [version.features_file.clone(), rows_file(version)]).collect();
        let is_needed = |name: &str| match name {
            journal::FILE => keeps_journal,
            name => !is_of_a_version(name) || files.contains(name),
        };
        tidy(catalogue, is_needed);
    }
}
