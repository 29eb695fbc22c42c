//! Catalogues of any size. In: a catalogue. Out: another one, whose articles are mixtures of its.

use std::path::Path;

use anyhow::Result;
use stl_server::catalogue::features::{self, Features};
use stl_server::catalogue::store::{Published, Replacement};
use stl_server::catalogue::{Article, Assortment, Store, StoreError};
use stl_server::networks::models::Models;

use crate::Mixer;

/// Writes a catalogue of `count` articles, each a mixture of two of its category, and changed by `change`. Their ids are their numbers.
///
/// # Errors
/// When the catalogue cannot be read, or the other one not be written.
pub fn write_mixed(
    catalogue: &Path,
    models: &Models,
    count: usize,
    folder: &Path,
    mut change: impl FnMut(&mut Article),
) -> Result<()> {
    let (published, stored) = Store::open(catalogue)?.read()?;
    let read = features::read(&catalogue.join(&published.features_file), models.fashion_dna_sha256())?;
    let real = stored.iter().map(|article| article.category).zip(read.features.rows()).collect();
    // Both at their sizes: a million articles take gigabytes.
    let (mut articles, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count * models.width()));
    for (number, (position, feature)) in Mixer::new(real).take(count).enumerate() {
        values.extend(feature);
        let mut article = Article { id: format!("{number:09}"), ..stored[position].clone() };
        change(&mut article);
        articles.push(article);
    }
    let ids = articles.iter().map(|article| article.id.clone()).collect();
    let features = Features::new(models.fashion_dna_sha256(), 1, models.width(), ids, values);
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    features::write(&folder.join(&published.features_file), &features)?;
    drop(features);
    let replacement = Replacement::of(published, Assortment { market: String::new(), articles });
    Ok(Store::create(folder)?.edit(|_| Ok::<_, StoreError>((Some(replacement), ())))?)
}
