//! The catalogue of which an import replaces a market. In: its folder. Out: f(A) of the pictures that were encoded before, what the market's
//! addresses held, and what changed while the import ran.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use stl_types::Price;
use stl_types::wire::Availability;

use super::others::Others;
use crate::catalogue::Sale;
use crate::catalogue::article::Article;
use crate::catalogue::currencies;
use crate::catalogue::features::{self, Features, ReadFeatures};
use crate::catalogue::store::{FetchedPicture, Store, StoreError};
use crate::catalogue::variant::Variant;
use crate::digest::Digest;

/// What the catalogue held before.
#[derive(Default)]
pub(super) struct Former {
    version: u64,
    /// The names of its markets, in their order.
    pub(super) markets: Vec<String>,
    /// What its other markets sell.
    pub(super) others: Others,
    /// What the market sells, by id.
    own: HashMap<String, Own>,
    /// The pictures of its articles, and the row of each picture's f(A).
    rows: HashMap<Digest, usize>,
    /// The further pictures of its articles.
    further: HashSet<Digest>,
    /// None if the features are missing, damaged or another network's.
    features: Option<Features>,
    /// What the addresses of the market's feed held.
    fetched: HashMap<String, FetchedPicture>,
}

/// An article of the market.
struct Own {
    offer: Offer,
    /// Its title picture.
    picture_sha256: Digest,
}

/// What a change of prices and stock changes.
#[derive(PartialEq)]
struct Offer {
    price: Price,
    sale: Option<Sale>,
    availability: Availability,
    /// Of each variant: its id and size, and what changes.
    variants: Vec<(String, String, VariantOffer)>,
}

type VariantOffer = (u64, Option<Sale>, Availability);

impl Offer {
    fn of(article: &Article) -> Self {
        let offer = |variant: &Variant| (variant.amount_minor, variant.sale.clone(), variant.availability);
        let variants =
            article.variants.iter().map(|variant| (variant.id.clone(), variant.size.clone(), offer(variant)));
        Self {
            price: article.price.clone(),
            sale: article.sale.clone(),
            availability: article.availability,
            variants: variants.collect(),
        }
    }

    /// Repeats on an article what `changed` has other than this one: of each variant, or of an article without any.
    fn repeat(&self, changed: &Self, article: &mut Article) {
        if changed.variants.is_empty() {
            article.price = changed.price.clone();
            article.sale.clone_from(&changed.sale);
            article.availability = changed.availability;
            return;
        }
        for change in changed.variants.iter().filter(|change| !self.variants.contains(change)) {
            let (id, size, (amount_minor, sale, availability)) = change;
            let is_changed = |variant: &&mut Variant| variant.id == *id && variant.size == *size;
            for variant in article.variants.iter_mut().filter(is_changed) {
                variant.amount_minor = *amount_minor;
                variant.sale.clone_from(sale);
                variant.availability = *availability;
            }
        }
        article.settle();
    }
}

impl Own {
    fn of(article: &Article) -> Self {
        Self { offer: Offer::of(article), picture_sha256: article.picture_sha256 }
    }
}

impl Former {
    /// Reads the former catalogue. If its features cannot be used, every picture is encoded again.
    pub(super) fn read(store: &mut Store, catalogue: &Path, market: &str, network_sha256: Digest) -> Self {
        let (published, assortments) = match store.read_markets() {
            Ok(found) => found,
            Err(StoreError::Missing { .. }) => return Self::default(),
            Err(error) => {
                tracing::warn!("the former catalogue cannot be read: {error}");
                return Self::default();
            }
        };
        let mut usable = None;
        let articles = assortments.each_once();
        match features::read(&catalogue.join(&published.features_file), network_sha256) {
            Ok(ReadFeatures { features, .. }) if features.ids.iter().eq(articles.iter().map(|article| &article.id)) => {
                usable = Some(features);
            }
            Ok(_) => tracing::warn!("products and features of the former catalogue differ: encoding all pictures"),
            Err(error) => tracing::warn!("encoding all pictures: {error}"),
        }
        let fetched = store.fetched_pictures(market).unwrap_or_default();
        let further = articles.iter().flat_map(|article| &article.further_pictures).copied().collect();
        let rows = articles.iter().map(|article| article.picture_sha256).zip(0..).collect();
        let markets = assortments.names().map(str::to_owned).collect();
        let (own, earlier, later) = assortments.split(market);
        Self {
            version: published.version,
            markets,
            others: Others::of(&earlier, &later),
            own: own.iter().map(|article| (article.id.clone(), Own::of(article))).collect(),
            further,
            rows,
            features: usable,
            fetched: fetched.into_iter().map(|picture| (picture.address.clone(), picture)).collect(),
        }
    }

    /// The currencies of the market's prices.
    pub(super) fn currencies(&self) -> BTreeSet<String> {
        currencies::of(self.own.values().map(|own| &own.offer.price))
    }

    /// Number of the market's articles.
    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether any of the market's articles has sizes. Those of earlier versions of this program have none: what were several articles may be sizes
    /// of one now.
    pub(super) fn has_sizes(&self) -> bool {
        self.own.values().any(|own| !own.offer.variants.is_empty())
    }

    /// The ids of the market's articles, with their title pictures.
    pub(super) fn own(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.own.iter().map(|(id, own)| (id.as_str(), own.picture_sha256))
    }

    /// f(A) of a picture that was encoded before.
    pub(super) fn feature(&self, picture: &Digest) -> Option<&[f32]> {
        self.features.as_ref()?.row(*self.rows.get(picture)?)
    }

    /// What an address held.
    pub(super) fn fetched(&self, address: &str) -> Option<&FetchedPicture> {
        self.fetched.get(address)
    }

    /// Its pictures.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &Digest> {
        self.rows.keys().chain(&self.further)
    }

    /// Whether it stored a picture.
    pub(super) fn has_picture(&self, picture: &Digest) -> bool {
        self.rows.contains_key(picture) || self.further.contains(picture)
    }

    /// Repeats on `articles` what was changed since the import began, so that the feed, which is older, does not undo it. `current` are
    /// the market's articles of version `version`.
    pub(super) fn repeat_changes<T>(&self, version: u64, current: &[Article], articles: &mut Vec<(Article, T)>) {
        if version == self.version {
            return;
        }
        let current: HashMap<&str, &Article> = current.iter().map(|article| (article.id.as_str(), article)).collect();
        articles.retain(|(article, _)| {
            let is_deleted = self.own.contains_key(&article.id) && !current.contains_key(article.id.as_str());
            !is_deleted
        });
        for (article, _) in articles {
            let Some(changed) = current.get(article.id.as_str()) else { continue };
            let changed = Offer::of(changed);
            if let Some(former) = self.own.get(&article.id).filter(|former| former.offer != changed) {
                former.offer.repeat(&changed, article);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::store::Published;
    use crate::catalogue::variant::tests::variant;

    #[test]
    fn changes_that_were_made_during_the_import_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        store.publish(&published, &["a", "b", "c"].map(article)).expect("published");
        let former = Former::read(&mut store, folder.path(), "", Digest::of(b"network"));
        assert_eq!(former.len(), 3);

        let cheap = |article: Article, amount_minor| Article {
            price: Price { amount_minor, ..article.price.clone() },
            ..article
        };
        // Meanwhile `a` becomes cheaper and `b` is deleted; the feed has other prices for all, and a new product.
        let current = [cheap(article("a"), 100), article("c")];
        let of_feed = || ["a", "b", "c", "d"].map(|id| (cheap(article(id), 700), ())).to_vec();
        let mut articles = of_feed();
        former.repeat_changes(2, &current, &mut articles);
        let found: Vec<_> =
            articles.iter().map(|(article, ())| (article.id.as_str(), article.price.amount_minor)).collect();
        assert_eq!(found, [("a", 100), ("c", 700), ("d", 700)]);
        let mut articles = of_feed();
        former.repeat_changes(1, &["a", "b", "c"].map(article), &mut articles);
        assert_eq!(articles, of_feed(), "nothing was changed meanwhile");
    }

    #[test]
    fn a_size_that_was_sold_out_during_the_import_stays_so_and_the_others_are_the_feeds() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(folder.path()).expect("a database");
        let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        let sized = |sizes: [Variant; 2]| {
            let mut sized = Article { variants: sizes.to_vec(), ..article("a") };
            sized.settle();
            sized
        };
        let gone = |size, amount| Variant { availability: Availability::OutOfStock, ..variant(size, amount) };
        store.publish(&published, &[sized([variant("S", 900), variant("M", 1000)])]).expect("published");
        let former = Former::read(&mut store, folder.path(), "", Digest::of(b"network"));
        let current = [sized([gone("S", 900), variant("M", 1000)])];
        let mut articles = vec![(sized([variant("S", 700), variant("M", 800)]), ())];
        former.repeat_changes(2, &current, &mut articles);
        assert_eq!(articles[0].0, sized([gone("S", 900), variant("M", 800)]));
        assert_eq!(articles[0].0.price.amount_minor, 800);
    }
}
