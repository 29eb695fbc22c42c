//! The last step of an import. In: articles with their f(A). Out: the published version. Files that no version needs are deleted.

use std::collections::HashSet;
use std::path::Path;

use super::error::{ImportError, cannot_write};
use super::former::Former;
use crate::catalogue::article::Article;
use crate::catalogue::features::{self, Features};
use crate::catalogue::journal;
use crate::catalogue::layout::{IMAGES, features_file, is_of_a_version, picture_name, rows_file};
use crate::catalogue::store::{Published, Store};
use crate::files::{sync_folder, tidy};
use crate::matching::ProjectedRows;
use crate::networks::models::Models;

/// Writes the features, then makes `articles` the catalogue in one transaction of the database.
pub(super) fn publish(
    store: &mut Store,
    catalogue: &Path,
    models: &Models,
    former: &Former,
    articles: Vec<(Article, Vec<f32>)>,
) -> Result<(), ImportError> {
    let version = former.version + 1;
    let (articles, features): (Vec<Article>, Vec<Vec<f32>>) = articles.into_iter().unzip();
    let ids = articles.iter().map(|article| article.id.clone()).collect();
    let features = Features::new(models.fashion_dna_sha256(), version, models.width(), ids, features.concat());
    let published = Published { version, features_file: features_file(version) };
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &features).map_err(cannot_write(&path))?;
    // Projected now, so that a server opens the catalogue without doing it.
    let rows = catalogue.join(rows_file(&published.features_file));
    let features: Vec<&[f32]> = features.rows().collect();
    ProjectedRows::open_or_project(&rows, &models.match_weights()?, &features, *sha256.as_bytes());
    for folder in [catalogue.join(IMAGES).as_path(), catalogue] {
        sync_folder(folder).map_err(cannot_write(folder))?;
    }
    store.publish(&published, &articles)?;
    // From here on the new catalogue is the current one.
    delete_unneeded(catalogue, &published, &articles, former);
    Ok(())
}

/// Deletes what only versions before the former one used: a server may serve the former one for some seconds more.
fn delete_unneeded(catalogue: &Path, published: &Published, articles: &[Article], former: &Former) {
    let pictures = articles.iter().map(|article| &article.picture_sha256).chain(former.pictures());
    let pictures: HashSet<String> = pictures.map(picture_name).collect();
    tidy(&catalogue.join(IMAGES), |name| pictures.contains(name));
    let files = [&published.features_file, &former.features_file].map(|name| [name.clone(), rows_file(name)]);
    let is_needed = |name: &str| !is_of_a_version(name) || files.as_flattened().iter().any(|file| file == name);
    tidy(catalogue, |name| name != journal::FILE && is_needed(name));
}
