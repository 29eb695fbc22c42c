//! The last step of an import. In: articles with their f(A). Out: the published version. Files that no version needs are deleted.

use std::collections::HashSet;
use std::path::Path;

use super::encoded::Encoded;
use super::error::{ImportError, cannot_write};
use super::former::Former;
use super::others::leading;
use super::others_encoded::OthersEncoded;
use crate::catalogue::article::Article;
use crate::catalogue::assortment::Assortments;
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

/// What an import found beside the articles.
pub(super) struct Findings {
    /// What the feed's addresses hold.
    pub(super) fetched: Vec<FetchedPicture>,
    /// How categories were decided.
    pub(super) categories: Vec<CategoryCount>,
    /// f(A) of other markets' pictures that the former features lack.
    pub(super) others: OthersEncoded,
}

/// Writes the features of all markets, then makes `articles` those of one market in one transaction of the database. Changes that were made
/// since the import began are repeated on the new articles.
pub(super) fn publish(
    store: &mut Store,
    catalogue: &Path,
    models: &Models,
    former: &Former,
    market: &str,
    mut articles: Vec<Encoded>,
    Findings { fetched, categories, others }: Findings,
) -> Result<(), ImportError> {
    // If the match changes in this moment, a server computes the rows of the articles itself.
    let served = ServedMatch::of(store, models)?;
    store
        .edit(|current| {
            let (current, assortments) = current.unwrap_or_default();
            let (current_articles, earlier, later) = assortments.split(market);
            former.repeat_changes(current.version, &current_articles, &mut articles);
            if articles.is_empty() {
                return Err(ImportError::Nothing(Vec::new()));
            }
            let of_picture = |picture: &Digest| -> Result<&[f32], ImportError> {
                let feature = former.feature(picture).or_else(|| others.get(picture).map(|feature| &**feature));
                let reason = || "it has no features".to_owned();
                feature.ok_or_else(|| ImportError::OtherMarket { picture: *picture, reason: reason() })
            };
            for (article, feature) in &mut articles {
                if let Some(first) = leading(&earlier, &article.id) {
                    share(article, first);
                    *feature = of_picture(&first.picture_sha256)?.into();
                }
            }
            let others = Assortments(earlier.into_iter().chain(later).collect());
            let version = current.version + 1;
            let published = Published { version, features_file: features_file(version), ..current.clone() };
            let all = all_features(&articles, &others, of_picture)?;
            write_features(catalogue, models, &served, &published, &all)?;
            let articles: Vec<Article> = articles.into_iter().map(|(article, _)| article).collect();
            let pictures =
                former.pictures().copied().chain(pictures_of(&current_articles)).chain(pictures_of(&articles));
            let pictures = pictures.chain(others.0.iter().flat_map(|other| pictures_of(&other.articles)));
            let needed = Needed { pictures: pictures.collect(), versions: vec![current, published.clone()] };
            let (market, pictures, categories) = (market.to_owned(), Some(fetched), Some(categories));
            Ok((Some(Replacement { published, market, articles, changed: None, pictures, categories }), needed))
        })
        // From here on the new catalogue is the current one.
        .map(|needed| needed.delete_others(catalogue, false))
}

/// Gives an article what it has once, from the first market that sells it.
fn share(article: &mut Article, first: &Article) {
    article.picture_sha256 = first.picture_sha256;
    article.further_pictures.clone_from(&first.further_pictures);
    (article.category, article.category_predicted) = (first.category, first.category_predicted);
}

/// The id and f(A) of each article of any market, once, in the order of ids.
fn all_features<'a>(
    articles: &'a [Encoded],
    others: &'a Assortments,
    of_picture: impl Fn(&Digest) -> Result<&'a [f32], ImportError>,
) -> Result<Vec<(&'a str, &'a [f32])>, ImportError> {
    let mut all: Vec<(&str, &[f32])> =
        articles.iter().map(|(article, feature)| (article.id.as_str(), &**feature)).collect();
    let is_own = |id: &str| articles.binary_search_by(|(article, _)| article.id.as_str().cmp(id)).is_ok();
    for article in others.each_once().into_iter().filter(|article| !is_own(&article.id)) {
        all.push((&article.id, of_picture(&article.picture_sha256)?));
    }
    all.sort_by_key(|(id, _)| *id);
    Ok(all)
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
        let (current, assortments) = current.unwrap_or_default();
        let pictures = assortments.0.iter().flat_map(|assortment| pictures_of(&assortment.articles));
        let pictures = pictures.chain(resumed.unwrap_or_default().iter().copied()).collect();
        let needed = Needed { pictures, versions: vec![current] };
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
    all: &[(&str, &[f32])],
) -> Result<(), ImportError> {
    let ids = all.iter().map(|(id, _)| (*id).to_owned()).collect();
    let values = all.iter().flat_map(|(_, feature)| feature.iter().copied()).collect();
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
