//! The shop's articles. In: a feed, or one for each market. Out: a [`Catalogue`] that can be searched.
//!
//! A catalogue's folder holds
//!
//! - `catalogue.sqlite`: the articles, which feature file belongs to them, and the match if it was adapted ([`crate::adapt`]). Its transaction publishes an import;
//! - `features-<version>.bin`: f(A) of every article ([`features`]), named by the version that it came with. A version that changes
//!   only prices keeps the former file;
//! - `rows-<version>.bin`, with an adapted match `rows-<version>-<its version>.bin`: V f(A) + b of every article ([`ProjectedRows`]),
//!   computed from the features when they are first opened;
//! - `images/<SHA-256 of the feed's picture>.jpg`: copies of the title and further pictures, at most [`import::MAX_STORED_SIDE`] pixels a side; beside
//!   them `<SHA-256>-<width>.jpg`, narrower ones for cards;
//! - `rules.toml`: what the shop pins, boosts, buries and excludes ([`rules`]);
//! - `looks/`: sample looks, which the operator puts there ([`Looks`]);
//! - `encoding.bin`, while an import runs or after one was killed: what it has encoded;
//! - `embeddings.bin`: f(I) of the people in further pictures, once something was measured on or learnt from them ([`crate::adapt`]);
//! - `uploads/`: feeds that the administration has received and not imported yet.
//!
//! Everything but the database is written under a name that no earlier version uses, so an import that is killed at
//! any moment leaves the former catalogue as it was. The former version's files stay until the next import, so that a server that
//! still serves it finds them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stl_types::Category;
use stl_types::wire::AdaptedMatch;

pub mod address;
pub mod article;
pub mod articles;
pub mod assortment;
pub mod backup;
pub mod categories;
pub mod category_table;
mod currencies;
pub mod edit;
pub mod events;
pub mod facets;
pub mod features;
pub mod feed;
pub mod fetch;
pub mod filter;
pub mod guess;
pub mod held;
pub mod import;
mod invisible;
pub(crate) mod journal;
pub(crate) mod layout;
pub(crate) mod lock;
pub mod looks;
pub mod market;
mod numbers;
mod ruled;
pub mod rules;
pub mod sale;
pub mod served;
pub mod sizes;
pub mod store;
pub mod variant;
pub mod verify;
mod words;

pub use article::Article;
pub use articles::Articles;
pub use assortment::{Assortment, Assortments, UnknownMarket};
pub use edit::EditError;
pub use facets::Facets;
pub use features::{FeaturesError, ReadFeatures};
pub use held::Held;
pub use import::{ImportError, ImportReport};
pub use lock::{LockError, is_importing};
pub use looks::Looks;
pub use market::Market;
pub use rules::{AppliedRules, RuleChoice, Rules};
pub use sale::Sale;
pub use served::{ServedMatch, ServedMatchError};
pub use store::{Store, StoreError};
pub use variant::Variant;

use self::features::Features;
use self::held::held_of;
use self::layout::{COPY_WIDTHS, IMAGES, copy_name, picture_name, rows_file};
use self::rules::served::ServedRules;
use self::rules::stored::{StoredRules, StoredRulesError};
use self::store::{ChangedOffers, Publication, Snapshot};
use crate::digest::Digest;
use crate::matching::{Device, MatchWeights, Matcher, MatcherError, Part, ProjectedRows};
use crate::networks::models::Models;

/// A catalogue in memory, ready to be searched.
#[derive(Debug)]
pub struct Catalogue {
    publication: Publication,
    /// At least one.
    markets: Vec<Market>,
    /// Articles of all markets that are held, each once.
    len: usize,
    /// Which of the folder's articles they are.
    held: Held,
    images: PathBuf,
    /// f(A) of each article, in the order of ids; they stay in their mapped file.
    features: Arc<Features>,
    /// The checksum of their file.
    features_sha256: Digest,
    /// The shop's rules.
    pub rules: ServedRules,
    /// Scores the articles of all markets. A hit's `article` is a position of [`Catalogue::get`] and [`Market::get`].
    pub matcher: Arc<Matcher>,
    /// Sample looks to try the page with.
    pub looks: Looks,
    /// What was measured when its match was adapted to the shop's pictures; none if the shipped match serves.
    pub adapted: Option<AdaptedMatch>,
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
    /// The shop's rules cannot be used.
    #[error(transparent)]
    Rules(#[from] StoredRulesError),
    /// The match is not known.
    #[error(transparent)]
    Match(#[from] ServedMatchError),
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

impl Catalogue {
    /// Loads a catalogue whose features were made by these networks' FashionDNA.
    ///
    /// # Errors
    /// When there is no catalogue, its features are damaged or another network's, or the device cannot be used.
    pub fn load(folder: &Path, models: &Models, options: CatalogueOptions) -> Result<Self, CatalogueError> {
        Self::load_held(folder, models, options, Held::All)
    }

    /// The same of some of its articles only, or of articles that are scored elsewhere.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn load_held(
        folder: &Path,
        models: &Models,
        options: CatalogueOptions,
        held: Held,
    ) -> Result<Self, CatalogueError> {
        // Fronts send a shard the rules of each search.
        let is_part = matches!(held, Held::Part(_));
        let rules = if is_part { StoredRules::default() } else { rules::stored::read(folder)? };
        Self::load_with(folder, models, options, (held, None), rules)
    }

    /// What the same folder holds now; keeps the former rules where the stored ones cannot be used. If only offers have changed, the match is the
    /// former's, and if few have, so are the other articles.
    ///
    /// # Errors
    /// As for [`Self::load`], but for the rules.
    pub fn reloaded(&self, folder: &Path, models: &Models, options: CatalogueOptions) -> Result<Self, CatalogueError> {
        let rules = if matches!(self.held, Held::Part(_)) {
            StoredRules::default()
        } else {
            rules::stored::read(folder).unwrap_or_else(|error| {
                tracing::error!("the shop's rules cannot be used, the former ones are still followed: {error}");
                self.rules.stored()
            })
        };
        if let Some(later) = self.with_offers_of(folder, models, &rules)? {
            return Ok(later);
        }
        Self::load_with(folder, models, options, (self.held, Some(self)), rules)
    }

    /// What the same folder holds now, if only offers have changed, and few: no other articles are read. None else.
    fn with_offers_of(
        &self,
        folder: &Path,
        models: &Models,
        rules: &StoredRules,
    ) -> Result<Option<Self>, CatalogueError> {
        let mut store = Store::open(folder)?;
        let Some(changed) = store.offers_since(&self.publication)? else { return Ok(None) };
        let ChangedOffers { publication, published, mut assortments } = changed;
        let ServedMatch { weights, adapted } = ServedMatch::of(&store, models)?;
        let features_sha256 = features::checksum(&folder.join(&published.features_file)).ok();
        if features_sha256 != Some(self.features_sha256) || !self.matcher.has_weights(&weights) {
            return Ok(None);
        }
        let mut markets = Vec::with_capacity(self.markets.len());
        for market in &self.markets {
            let place = assortments.iter().position(|changed| changed.market == market.name());
            let changed = place.map(|place| assortments.swap_remove(place).articles).unwrap_or_default();
            let is_part = matches!(self.held, Held::Part(_));
            let Some(market) = market.with_offers(changed, &self.matcher, is_part) else { return Ok(None) };
            markets.push(market);
        }
        Ok(assortments.is_empty().then(|| Self {
            publication,
            markets,
            len: self.len,
            held: self.held,
            images: folder.join(IMAGES),
            features: Arc::clone(&self.features),
            features_sha256: self.features_sha256,
            rules: ServedRules::new(rules.clone()),
            matcher: Arc::clone(&self.matcher),
            looks: Looks::load(folder),
            adapted,
        }))
    }

    fn load_with(
        folder: &Path,
        models: &Models,
        options: CatalogueOptions,
        (held, former): (Held, Option<&Self>),
        rules: StoredRules,
    ) -> Result<Self, CatalogueError> {
        let inconsistent = |reason: String| CatalogueError::Inconsistent { folder: folder.to_owned(), reason };
        let mut store = Store::open(folder)?;
        let Snapshot { publication, published, assortments, came_s } = store.snapshot()?;
        let rules = ServedRules::new(rules);
        let served = ServedMatch::of(&store, models)?;
        let rows_file = folder.join(rows_file(&served.published(&published)));
        let features_file = folder.join(&published.features_file);
        let ServedMatch { weights, adapted } = served;
        let articles = assortments.each_once();
        let part = held.part();
        let categories: Vec<Category> = part.cut(articles.iter()).map(|article| article.category).collect();
        let ids: Vec<String> = part.cut(articles.iter()).map(|article| article.id.clone()).collect();
        let known = former.filter(|former| former.has_match(&features_file, &weights, &ids, &categories));
        let (features, features_sha256, matcher) = if let Some(former) = known {
            (Arc::clone(&former.features), former.features_sha256, Arc::clone(&former.matcher))
        } else {
            let ReadFeatures { mut features, sha256 } = features::read(&features_file, models.fashion_dna_sha256())?;
            if features.width != weights.width {
                let reason = format!("features of {} numbers, expected {}", features.width, weights.width);
                return Err(inconsistent(reason));
            }
            if articles.is_empty() || !features.ids.iter().eq(articles.iter().map(|article| &article.id)) {
                return Err(inconsistent("products and features differ".to_owned()));
            }
            // The markets have them.
            features.ids = Vec::new();
            let matcher = if held == Held::Unscored {
                Matcher::of_shards(weights, &categories)?
            } else {
                let projected: Vec<&[f32]> = features.rows().collect();
                let rows = ProjectedRows::open_or_project(&rows_file, &weights, &projected, *sha256.as_bytes());
                drop(projected);
                Matcher::new(weights, rows.of_part(part), &categories, options.threads, options.device)?
            };
            (Arc::new(features), sha256, Arc::new(matcher))
        };
        drop(articles);
        let len = ids.len();
        // Only markets that sell a part of them have to be told.
        let told = if assortments.0.len() > 1 { &ids[..] } else { &[] };
        let market = |(assortment, came_s): (Assortment, Vec<i64>)| {
            let of_part = (part != Part::WHOLE).then_some(&ids[..]);
            let (assortment, by_id, came_s) = held_of(assortment, came_s, of_part);
            Market::new((assortment, by_id), came_s, told, &matcher)
        };
        let markets = assortments.0.into_iter().zip(came_s).map(market).collect();
        let (looks, images) = (Looks::load(folder), folder.join(IMAGES));
        Ok(Self { publication, markets, len, held, images, features, features_sha256, rules, matcher, looks, adapted })
    }

    /// Whether its match is that of articles with these features, weights, ids and categories.
    fn has_match(&self, features_file: &Path, weights: &MatchWeights, ids: &[String], categories: &[Category]) -> bool {
        let is_article = |(number, (id, category)): (usize, (&String, &Category))| {
            self.get(number).is_some_and(|article| article.id == *id && article.category == *category)
        };
        self.len == ids.len()
            && features::checksum(features_file).is_ok_and(|sha256| sha256 == self.features_sha256)
            && self.matcher.has_weights(weights)
            && ids.iter().zip(categories).enumerate().all(is_article)
    }

    /// Counts imports.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.publication.version
    }

    /// Which publication it is.
    #[must_use]
    pub const fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The markets, the first one first; one without a name in a catalogue without markets.
    #[must_use]
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// A market; the first one if none is named.
    ///
    /// # Errors
    /// When no market has this name.
    pub fn market(&self, name: &str) -> Result<&Market, UnknownMarket> {
        let place = assortment::place_of(self.markets.iter().map(Market::name), name)?;
        Ok(&self.markets[place])
    }

    /// The article at a position, in the order of ids, as the first market that sells it has it.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&Article> {
        self.markets.iter().find_map(|market| market.get(position))
    }

    /// The article with this id, else the one with a variant of this id, else the first one of this group, of the first market that has
    /// it.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Article> {
        self.seller_of(id).and_then(|market| market.find(id))
    }

    /// f(A) `(width)` of the article with this id.
    #[must_use]
    pub fn feature(&self, id: &str) -> Option<&[f32]> {
        let number = self.seller_of(id).and_then(|market| market.number_of(id));
        number.and_then(|number| self.features.row(self.held.part().number(number)))
    }

    /// The first market whose article has this id, else the first one that knows it as a variant's or a group's.
    fn seller_of(&self, id: &str) -> Option<&Market> {
        let knows = |market: &&Market| market.find(id).is_some();
        let is_own = |market: &&Market| market.find(id).is_some_and(|article| article.id == id);
        self.markets.iter().find(is_own).or_else(|| self.markets.iter().find(knows))
    }

    /// Path of a stored picture, a JPEG.
    #[must_use]
    pub fn picture_path(&self, picture_sha256: &Digest) -> PathBuf {
        self.images.join(picture_name(picture_sha256))
    }

    /// Paths of a stored picture that are at least so many pixels wide, the smallest file first; the last one is the stored
    /// picture. Copies may be missing.
    #[must_use]
    pub fn picture_paths(&self, picture_sha256: &Digest, least_width: u32) -> Vec<PathBuf> {
        let copies = COPY_WIDTHS.into_iter().filter(|width| *width >= least_width);
        let copies = copies.map(|width| self.images.join(copy_name(picture_sha256, width)));
        copies.chain([self.picture_path(picture_sha256)]).collect()
    }

    /// Numbers of an f(A), and of an f(I) of a category.
    #[must_use]
    pub fn width(&self) -> usize {
        self.features.width
    }

    /// Whether both share the articles that were read, so that one of them takes little memory beside the other.
    #[must_use]
    pub fn shares_articles(&self, other: &Self) -> bool {
        let shared = |(market, other): (&Market, &Market)| market.articles().shares(other.articles());
        self.markets.len() == other.markets.len() && self.markets.iter().zip(&other.markets).all(shared)
    }

    /// Number of articles of all markets that are held, each once.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no article.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}
