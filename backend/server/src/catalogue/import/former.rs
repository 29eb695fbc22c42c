//! The catalogue that an import replaces. In: its folder. Out: f(A) of the pictures that were encoded before.

use std::collections::HashMap;
use std::path::Path;

use crate::catalogue::features::{self, Features, ReadFeatures};
use crate::catalogue::store::Store;
use crate::digest::Digest;

/// What the catalogue held before.
#[derive(Default)]
pub(super) struct Former {
    pub(super) version: u64,
    pub(super) features_file: String,
    /// The pictures of its articles, and the row of each picture's f(A).
    rows: HashMap<Digest, usize>,
    /// None if the features are missing, damaged or another network's.
    features: Option<Features>,
}

impl Former {
    /// Reads the former catalogue. If its features cannot be used, every picture is encoded again.
    pub(super) fn read(store: &mut Store, catalogue: &Path, network_sha256: Digest) -> Self {
        let Ok((published, articles)) = store.read() else {
            return Self::default();
        };
        let mut usable = None;
        match features::read(&catalogue.join(&published.features_file), network_sha256) {
            Ok(ReadFeatures { features, .. }) if features.ids.iter().eq(articles.iter().map(|article| &article.id)) => {
                usable = Some(features);
            }
            Ok(_) => tracing::warn!("products and features of the former catalogue differ: encoding all pictures"),
            Err(error) => tracing::warn!("encoding all pictures: {error}"),
        }
        let rows = articles.into_iter().map(|article| article.picture_sha256).zip(0..).collect();
        Self { version: published.version, features_file: published.features_file, rows, features: usable }
    }

    /// f(A) of a picture that was encoded before.
    pub(super) fn feature(&self, picture: &Digest) -> Option<&[f32]> {
        self.features.as_ref()?.row(*self.rows.get(picture)?)
    }

    /// Its pictures.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &Digest> {
        self.rows.keys()
    }
}
