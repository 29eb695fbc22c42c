//! Checks that a catalogue is whole. In: its folder. Out: its faults.

use std::path::Path;

use image::RgbImage;

use super::article::Article;
use super::features::{self, ReadFeatures};
use super::layout::{COPY_WIDTHS, IMAGES, copy_name, picture_name};
use super::store::{Store, StoreError};
use crate::networks::models::Models;
use crate::parallel::{available_threads, for_each_in_order};
use crate::pictures::decode::{Bounds, decode};

/// Reads everything: the database, the features and their checksum, every stored picture. Returns a sentence for each fault.
///
/// # Errors
/// When there is no catalogue, or its database cannot be read.
pub fn verify(catalogue: &Path, models: &Models) -> Result<Vec<String>, StoreError> {
    let mut store = Store::open(catalogue)?;
    let mut faults = store.faults()?;
    let (published, articles) = store.read()?;
    match features::read(&catalogue.join(&published.features_file), models.fashion_dna_sha256()) {
        Ok(ReadFeatures { features, .. }) => {
            if !features.ids.iter().eq(articles.iter().map(|article| &article.id)) {
                faults.push("products and features are not of one version".to_owned());
            }
            if features.width != models.width() {
                let (expected, received) = (models.width(), features.width);
                faults.push(format!("expected features of {expected} numbers, got {received}"));
            }
        }
        Err(error) => faults.push(error.to_string()),
    }
    let fault = |article: &Article| {
        let named = |name: String| catalogue.join(IMAGES).join(name);
        article.pictures().find_map(|picture| {
            let copies = COPY_WIDTHS.map(|width| named(copy_name(picture, width)));
            // A picture that is narrower has no copy, and older catalogues have none.
            let paths =
                [named(picture_name(picture))].into_iter().chain(copies.into_iter().filter(|path| path.exists()));
            paths.into_iter().find_map(|path| {
                let reason = stored_picture(&path).err()?;
                Some(format!("the picture of {:?}, {}: {reason}", article.id, path.display()))
            })
        })
    };
    let Ok(()) = for_each_in_order(&articles, available_threads(), fault, |_, fault| {
        faults.extend(fault);
        Ok::<(), std::convert::Infallible>(())
    });
    Ok(faults)
}

/// A stored picture, or why it is not whole. An import uses the same check, so that it stores again what is damaged.
pub(crate) fn stored_picture(path: &Path) -> Result<RgbImage, String> {
    let file = std::fs::read(path).map_err(|error| error.to_string())?;
    decode(&file, Bounds::PRODUCT).map_err(|error| error.to_string())
}
