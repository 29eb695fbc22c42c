//! Checks that a catalogue is whole. In: its folder. Out: its faults.

use std::path::Path;

use super::article::Article;
use super::features::{self, ReadFeatures};
use super::layout::{IMAGES, picture_name};
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
        let path = catalogue.join(IMAGES).join(picture_name(&article.picture_sha256));
        picture_fault(&path).map(|reason| format!("the picture of {:?}, {}: {reason}", article.id, path.display()))
    };
    let Ok(()) = for_each_in_order(&articles, available_threads(), fault, |_, fault| {
        faults.extend(fault);
        Ok::<(), std::convert::Infallible>(())
    });
    Ok(faults)
}

/// Why a stored picture is not whole. An import uses the same check, so that it stores again what is damaged.
pub(super) fn picture_fault(path: &Path) -> Option<String> {
    let file = match std::fs::read(path) {
        Ok(file) => file,
        Err(error) => return Some(error.to_string()),
    };
    decode(&file, Bounds::PRODUCT).err().map(|error| error.to_string())
}
