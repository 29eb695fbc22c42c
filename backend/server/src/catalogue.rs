//! The shop's articles. In: a feed folder. Out: a [`Catalogue`] that can be searched.
//!
//! A catalogue's folder holds
//!
//! - `catalogue.sqlite`: the products, and which feature file belongs to them. Its transaction publishes an import;
//! - `features-<version>.bin`: f(A) of every product ([`features`]), named by the version that it came with; one that changes
//!   prices only keeps it;
//! - `rows-<version>.bin`: V f(A) + b of every product ([`Rows`]), made of the features when they are first opened;
//! - `images/<SHA-256 of the feed's picture>.jpg`: copies of the pictures, at most [`import::MAX_STORED_SIDE`] pixels.
//!
//! - `encoding.bin`, while an import runs or after one was killed: what it has encoded.
//!
//! Everything but the database is written under a name that no earlier version uses, so an import that is killed at
//! any moment leaves the former catalogue as it was. What the former version consists of stays until the next import, so that
//! a server that still serves it finds its files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use stl_types::Category;
use stl_types::wire::Product;

pub mod edit;
pub mod facets;
pub mod features;
pub mod feed;
pub mod fetch;
pub mod filter;
pub mod guess;
pub mod import;
mod journal;
mod lock;
pub mod sale;
pub mod store;
pub mod verify;

pub use crate::networks::category_head::CategoryHead;
pub use edit::EditError;
pub use facets::Facets;
pub use features::{FeaturesError, ReadFeatures};
pub use import::{ImportError, ImportReport};
pub use lock::LockError;
pub use sale::Sale;
pub use store::{Store, StoreError, StoredProduct};

use crate::files::picture_name;
use crate::matching::{Device, MatchWeights, Matcher, MatcherError, Rows};

/// Folder of the stored pictures in a catalogue's folder.
pub(crate) const IMAGES: &str = "images";

/// A catalogue in memory, ready to be searched.
#[derive(Debug)]
pub struct Catalogue {
    version: u64,
    prices_until: Option<Timestamp>,
    products: Vec<StoredProduct>,
    by_id: HashMap<String, usize>,
    images: PathBuf,
    /// Scores the articles; a hit's `article` is the position of a product in [`Catalogue::get`].
    pub matcher: Matcher,
    /// What its articles are filtered by.
    pub facets: Facets,
}

/// How a catalogue is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueOptions {
    /// Threads that share a pass over the articles.
    pub threads: usize,
    /// Where passes run.
    pub device: Device,
}

/// Why a catalogue cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The database is missing or cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The features are missing, damaged or another network's.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The articles cannot be matched.
    #[error(transparent)]
    Matcher(#[from] MatcherError),
    /// Database and features do not belong together.
    #[error(
        "the catalogue in {} is inconsistent ({reason}): run `shop-the-look catalogue import` again",
        folder.display()
    )]
    Inconsistent {
        /// The catalogue's folder.
        folder: PathBuf,
        /// What does not fit.
        reason: String,
    },
}

/// Name of the file with the features of a version.
fn features_file(version: u64) -> String {
    format!("features-{version}.bin")
}

/// Name of the file with the projected features of a feature file.
fn rows_file(features_file: &str) -> String {
    features_file.replacen("features", "rows", 1)
}

impl Catalogue {
    /// Loads a catalogue whose features were made by the FashionDNA network with this SHA-256.
    ///
    /// # Errors
    /// When there is no catalogue, its features are damaged or another network's, or the device cannot be used.
    pub fn load(
        folder: &Path,
        weights: MatchWeights,
        fashion_dna_sha256: &str,
        options: CatalogueOptions,
    ) -> Result<Self, CatalogueError> {
        let inconsistent = |reason: String| CatalogueError::Inconsistent { folder: folder.to_owned(), reason };
        let mut store = Store::open(folder)?;
        let (published, mut products) = store.read()?;
        let now = Timestamp::now();
        let sales = || products.iter().filter_map(|stored| stored.sale.as_ref());
        let prices_until = sales().filter_map(|sale| sale.next_change(now)).min();
        for stored in &mut products {
            if let Some(sale) = &stored.sale {
                sale.apply(&mut stored.product, now);
            }
        }
        let ReadFeatures { features, sha256 } =
            features::read(&folder.join(&published.features_file), fashion_dna_sha256)?;
        if features.width != weights.width {
            let reason = format!("features of {} numbers, expected {}", features.width, weights.width);
            return Err(inconsistent(reason));
        }
        if !features.ids.iter().eq(products.iter().map(|stored| &stored.product.id)) {
            return Err(inconsistent("products and features differ".to_owned()));
        }
        let rows_file = folder.join(rows_file(&published.features_file));
        let rows = Rows::open_or_project(&rows_file, &weights, &features.rows().collect::<Vec<_>>(), sha256);
        let categories: Vec<Category> = products.iter().map(|stored| stored.product.category).collect();
        let matcher = Matcher::new(weights, rows, &categories, options.threads, options.device)?;
        let product = |article: usize| products.get(article).map(|stored| &stored.product);
        let facets = Facets::new(matcher.articles(), product);
        let by_id = products.iter().enumerate().map(|(at, stored)| (stored.product.id.clone(), at)).collect();
        let version = published.version;
        Ok(Self { version, prices_until, products, by_id, images: folder.join(IMAGES), matcher, facets })
    }

    /// Counts imports.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether a sale has begun or ended since it was loaded.
    #[must_use]
    pub fn has_old_prices(&self, now: Timestamp) -> bool {
        self.prices_until.is_some_and(|until| until <= now)
    }

    /// The product at a position, in the order of ids.
    #[must_use]
    pub fn get(&self, article: usize) -> Option<&Product> {
        self.products.get(article).map(|stored| &stored.product)
    }

    /// The product with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&StoredProduct> {
        self.by_id.get(id).and_then(|&at| self.products.get(at))
    }

    /// Where a product's stored picture, a JPEG, lies.
    #[must_use]
    pub fn picture_path(&self, product: &StoredProduct) -> PathBuf {
        self.images.join(picture_name(&product.picture_sha256))
    }

    /// Number of products.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.products.len()
    }

    /// Whether there is no product.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.products.is_empty()
    }
}
