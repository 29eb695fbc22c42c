//! Changes of a market that encode no picture: prices, availability and deletions. In: changes or ids. Out: a published version.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use stl_types::wire::Availability;

use super::article::{Article, by_id};
use super::assortment::Assortment;
use super::currencies;
use super::features::{self, Features, FeaturesError, ReadFeatures};
use super::feed::{Change, SaleChange};
use super::layout::{features_file, rows_file};
use super::lock::LockError;
use super::rules::stored::StoredRulesError;
use super::sale::Sale;
use super::served::{ServedMatch, ServedMatchError};
use super::store::{Offers, Published, Replacement, Store, StoreError};
use crate::matching::ProjectedRows;
use crate::networks::models::Models;

mod markets;

pub use markets::{MarketReport, delete_market, put_market_first, rename_market};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// An import is running.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The shop's rules cannot be read or written.
    #[error(transparent)]
    Rules(#[from] StoredRulesError),
    /// A market has this name.
    #[error("there is a market {received:?} already: expected a name that no market has")]
    NameTaken {
        /// The name.
        received: String,
    },
    /// The products of no market would be searched all the same.
    #[error(
        "the catalogue also has products of no market, and these are searched if no market is named: name them first with \
         `catalogue markets --rename =NAME`, then put {received:?} first"
    )]
    Unnamed {
        /// The market that was to be the first one.
        received: String,
    },
    /// A catalogue without markets has no products.
    #[error("{} is the only market, and a catalogue needs products: import another market before", shown(received))]
    OnlyMarket {
        /// The market.
        received: String,
    },
    /// The database failed, or there is no catalogue.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The features cannot be read.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The match that serves is not known.
    #[error(transparent)]
    Match(#[from] ServedMatchError),
    /// Features cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Nothing would be left to search.
    #[error("all products would be gone: import another feed instead")]
    NothingLeft,
}

fn shown(market: &str) -> String {
    if market.is_empty() { "what is of no market".to_owned() } else { format!("{market:?}") }
}

/// What an edit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditReport {
    /// Products that were changed, or deleted.
    pub edited: usize,
    /// Ids that no product has.
    pub unknown: Vec<String>,
    /// Of those of them that are a size's or a group's, to be deleted: a product that has it.
    pub part_of: BTreeMap<String, String>,
    /// Ids of variants whose new price is in another currency than their product's other variants: they keep their prices.
    pub other_currency: Vec<String>,
    /// What the shop should know about what was changed.
    pub notes: Vec<String>,
}

impl EditReport {
    /// What was left out, a sentence each.
    pub fn reasons(&self) -> impl Iterator<Item = String> {
        let unknown = self.unknown.iter().map(|id| match self.part_of.get(id) {
            Some(product) => {
                format!("{id:?} is of a size or group: name the product {product:?}, which is deleted whole")
            }
            None => format!("there is no product {id:?}"),
        });
        let other_currency = self.other_currency.iter().map(|id| {
            format!("the price of {id:?} is in another currency than its product's other variants: change all of them")
        });
        unknown.chain(other_currency)
    }
}

/// Changes prices and availabilities. A change is of the variants with its id; else of the product with its id and all of its variants;
/// else of the products of a group with its id. Several changes of one id are made in their order. All changes are published together,
/// or none. An import that is running keeps them. They are of the first market if none is named; other markets keep their prices.
///
/// # Errors
/// See [`EditError`].
pub fn update(catalogue: &Path, market: &str, changes: &[Change]) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let mut pending: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        pending.entry(&change.id).or_default().push(change);
    }
    let ids: Vec<&str> = pending.keys().copied().collect();
    store.edit_offers(market, ids.into_iter(), |offers, currencies_of_market| {
        let Offers { published, market, mut articles } = offers;
        let places = places(&pending, &articles);
        let before = currencies::of(articles.iter().map(|article| &article.price));
        let (mut edited, mut report) = (HashSet::new(), EditReport::default());
        for (id, changes) in pending {
            let Some(of_id) = places.get(id) else {
                report.unknown.push(id.to_owned());
                continue;
            };
            for &at in of_id {
                let applied: Vec<bool> = changes.iter().map(|change| apply(change, &mut articles[at])).collect();
                let is_applied = applied.into_iter().all(|applied| applied);
                if !is_applied {
                    report.other_currency.push(id.to_owned());
                }
                edited.insert(at);
            }
        }
        report.edited = edited.len();
        let after = || edited.iter().map(|at| &articles[*at].price);
        // All of the market's prices are read only if one is in a currency in which none of these was.
        if !currencies::of(after()).is_subset(&before) {
            report.notes.extend(currencies::note(&currencies_of_market()?, after()));
        }
        let published = Published { version: published.version + 1, ..published };
        let assortment = Assortment { market, articles };
        let mut changed: Vec<usize> = edited.into_iter().collect();
        changed.sort_unstable();
        let replacement = (report.edited > 0).then(|| Replacement::of_offers(published, assortment, changed));
        Ok((replacement, report))
    })
}

/// The articles of each id that is to be changed.
fn places<'a>(pending: &BTreeMap<&'a str, Vec<&Change>>, articles: &[Article]) -> HashMap<&'a str, Vec<usize>> {
    let [mut of_variants, mut of_articles, mut of_groups] = [(); 3].map(|()| HashMap::<&str, Vec<usize>>::new());
    for (at, article) in articles.iter().enumerate() {
        let add = |found: &mut HashMap<&'a str, Vec<usize>>, id: &str| {
            if let Some((&id, _)) = pending.get_key_value(id) {
                let places = found.entry(id).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        };
        article.variants.iter().for_each(|variant| add(&mut of_variants, &variant.id));
        add(&mut of_articles, &article.id);
        add(&mut of_groups, &article.group);
    }
    let mut places = of_groups;
    places.extend(of_articles);
    places.extend(of_variants);
    places
}

/// Applies a change to the variants that it is of, all of an article's if none has its id. False if a variant's price is in another
/// currency than its article's, and was left.
fn apply(change: &Change, article: &mut Article) -> bool {
    if article.variants.is_empty() {
        if let Some(price) = &change.price {
            article.price = price.clone();
        }
        change_offer(change, &mut article.sale, &mut article.availability);
        return true;
    }
    let is_of_one = article.variants.iter().any(|variant| variant.id == change.id);
    let is_all = !is_of_one || article.variants.iter().all(|variant| variant.id == change.id);
    let other_currency = change.price.as_ref().filter(|price| price.currency != article.price.currency);
    if let Some(price) = other_currency {
        if !is_all {
            return false;
        }
        article.price.currency.clone_from(&price.currency);
    }
    for variant in article.variants.iter_mut().filter(|variant| !is_of_one || variant.id == change.id) {
        if let Some(price) = &change.price {
            variant.amount_minor = price.amount_minor;
        }
        change_offer(change, &mut variant.sale, &mut variant.availability);
    }
    article.settle();
    true
}

fn change_offer(change: &Change, sale: &mut Option<Sale>, availability: &mut Availability) {
    match &change.sale {
        SaleChange::Keep => {}
        SaleChange::End => *sale = None,
        SaleChange::Begin(begun) => *sale = Some(begun.clone()),
    }
    *availability = change.availability.unwrap_or(*availability);
}

/// Deletes products of a market, the first one if none is named. A product leaves the catalogue when no market sells it; a market, when it
/// sells nothing. The next import deletes their pictures; one that is running does not bring the products back.
///
/// # Errors
/// See [`EditError`].
pub fn delete(catalogue: &Path, models: &Models, market: &str, ids: &[String]) -> Result<EditReport, EditError> {
    take_away(catalogue, models, market, |articles| {
        let known = by_id(articles);
        let of = |id: &str| known.get(id).map(|&at| articles[at].id.as_str());
        let (deleted, unknown): (Vec<&String>, Vec<&String>) = ids.iter().partition(|id| of(id) == Some(id.as_str()));
        let part_of = unknown.iter().filter_map(|id| Some(((*id).clone(), of(id)?.to_owned()))).collect();
        let unknown = unknown.into_iter().cloned().collect();
        (deleted.into_iter().cloned().collect(), EditReport { unknown, part_of, ..EditReport::default() })
    })
}

/// Deletes what `choose` chooses of a market's articles. It returns their ids, and a report of those that are unknown.
fn take_away(
    catalogue: &Path,
    models: &Models,
    market: &str,
    choose: impl FnOnce(&[Article]) -> (HashSet<String>, EditReport),
) -> Result<EditReport, EditError> {
    let mut store = Store::open(catalogue)?;
    let missing = || StoreError::Missing { folder: catalogue.to_owned() };
    let served = ServedMatch::of(&store, models)?;
    store.edit(|current| {
        let (published, assortments) = current.ok_or_else(missing)?;
        let place = assortments.place_of(market).map_err(StoreError::from)?;
        let market = assortments.0[place].market.clone();
        let (mut articles, earlier, later) = assortments.split(&market);
        let (deleted, report) = choose(&articles);
        let report = EditReport { edited: deleted.len(), ..report };
        if deleted.is_empty() {
            return Ok((None, report));
        }
        articles.retain(|article| !deleted.contains(article.id.as_str()));
        let others = || earlier.iter().chain(&later);
        if articles.is_empty() && others().next().is_none() {
            return Err(EditError::NothingLeft);
        }
        let is_sold = |id: &String| others().any(|assortment| assortment.get(id).is_some());
        let gone: HashSet<&str> = deleted.iter().filter(|id| !is_sold(id)).map(String::as_str).collect();
        let published = if gone.is_empty() {
            Published { version: published.version + 1, ..published }
        } else {
            write_without(&gone, catalogue, models, &served, &published)?
        };
        Ok((Some(Replacement::of(published, Assortment { market, articles })), report))
    })
}

/// Writes the features of the articles that are left, as the next version.
fn write_without(
    deleted: &HashSet<&str>,
    catalogue: &Path,
    models: &Models,
    served: &ServedMatch,
    published: &Published,
) -> Result<Published, EditError> {
    let path = catalogue.join(&published.features_file);
    let ReadFeatures { features, .. } = features::read(&path, models.fashion_dna_sha256())?;
    let version = published.version + 1;
    let kept = || features.ids.iter().zip(features.rows()).filter(|(id, _)| !deleted.contains(id.as_str()));
    let (kept_ids, values) =
        (kept().map(|(id, _)| id.clone()).collect(), kept().flat_map(|(_, row)| row).copied().collect());
    let left = Features::new(features.network_sha256, version, features.width, kept_ids, values);
    let published = Published { version, features_file: features_file(version), ..published.clone() };
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &left).map_err(|source| EditError::Write { path, source })?;
    let rows = catalogue.join(rows_file(&served.published(&published)));
    ProjectedRows::open_or_project(&rows, &served.weights, &left.rows().collect::<Vec<_>>(), *sha256.as_bytes());
    Ok(published)
}
