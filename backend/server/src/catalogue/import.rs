//! A feed becomes what a market of the catalogue sells: read → encode → publish. In: a feed's folder. Out: a published catalogue and an
//! [`ImportReport`].

use std::path::Path;

use self::encode::encode;
use self::encoded::EncodedFeed;
use self::error::cannot_write;
use self::former::Former;
use self::others_encoded::encode_lacking;
use self::pictures::Pictures;
use self::prepared::prepare;
use self::publish::{Findings, publish, tidy_unpublished};
use self::ruled::RuleProblems;
use super::assortment::{Assortments, market_name};
use super::currencies;
use super::feed;
use super::fetch::Fetcher;
use super::journal::{self, Journal};
use super::layout::IMAGES;
use super::lock::lock;
use super::store::Store;
use crate::networks::models::Models;

mod elsewhere;
mod encode;
mod encoded;
mod error;
mod former;
mod further;
mod grouped;
mod one_picture;
mod options;
mod others;
mod others_encoded;
mod outcome;
mod pictures;
mod prepared;
mod publish;
mod renumbered;
mod report;
mod ruled;
mod stages;
pub mod worker;

pub use elsewhere::{Elsewhere, PreparedPicture, WantedPicture};
pub use error::ImportError;
pub use options::ImportOptions;
pub use pictures::MAX_STORED_SIDE;
pub use report::ImportReport;
pub use stages::{Stage, StageTimes};

/// Markets of a catalogue at most: each has columns of its own in memory.
pub const MAX_MARKETS: usize = 64;

/// Imports a feed: its market then sells the feed's products and no others. What other markets sell stays. Without markets, the catalogue
/// is one.
///
/// Pictures that an earlier import encoded with the same network are not encoded again, even if that import was killed. Prices and
/// stock that are changed while it runs stay changed. Calls `progress(done, total)` after each row's title
/// picture and each further picture.
///
/// # Errors
/// See [`ImportError`]; the former catalogue is then still in place.
pub fn import(
    feed: &Path,
    catalogue: &Path,
    models: &Models,
    options: &ImportOptions,
    mut progress: impl FnMut(usize, usize),
) -> Result<ImportReport, ImportError> {
    refuse_own_folder(feed, catalogue)?;
    let mut rows = feed::read(feed, &options.feed)?;
    let images = catalogue.join(IMAGES);
    std::fs::create_dir_all(&images).map_err(cannot_write(&images))?;
    let _lock = lock(catalogue)?;
    let mut store = Store::create(catalogue)?;
    let network_sha256 = models.fashion_dna_sha256();
    let market = &options.market;
    let former = Former::read(&mut store, catalogue, market, network_sha256);
    refuse_market(market, &former.markets)?;
    former.others.give_to(&mut rows.rows);
    let lacks_category = rows.rows.iter().any(|row| row.category.is_none());
    let head = if lacks_category { models.category_head()? } else { None };
    // A feed that lacks too many rows is refused before any picture is fetched.
    let as_before = |articles: usize, merged: usize| articles + if former.has_sizes() { 0 } else { merged };
    refuse_loss(former.len(), as_before(rows.rows.len(), rows.merged), options, &rows.problems)?;

    let rule_problems = RuleProblems::of(catalogue);
    // What a killed import has encoded is used again; everything else that no version needs goes first, in case the disk is full.
    let resumed = Journal::pictures(&catalogue.join(journal::FILE), network_sha256, models.width());
    tidy_unpublished(&mut store, catalogue, Some(&resumed))?;
    let run = |store: &mut Store| {
        let elsewhere = options.elsewhere.as_ref();
        let prepared = elsewhere.map(|elsewhere| prepare(&rows, &former, elsewhere, &mut progress)).transpose()?;
        let journal = catalogue.join(journal::FILE);
        let journal = Journal::open(&journal, network_sha256, models.width()).map_err(cannot_write(catalogue))?;
        let fetcher = Fetcher::new(options.private_addresses_allowed, &options.fetch, options.stop.clone())
            .noting(&options.waits);
        let pictures = Pictures::new(Some(journal), models.fashion_dna()?, fetcher, &former, &images, options);
        let pictures = pictures.with_prepared(prepared);
        let others = encode_lacking(&former, &pictures, options)?;
        let EncodedFeed { articles, fetched, mut report } =
            encode(rows, &pictures, &images, head.as_ref(), options, progress)?;
        if articles.is_empty() {
            return Err(ImportError::Nothing(report.left_out));
        }
        refuse_loss(former.len(), as_before(articles.len(), report.merged), options, &report.left_out)?;
        report.hints.extend(currencies::note(&former.currencies(), articles.iter().map(|(article, _)| &article.price)));
        report.hints.extend(renumbered::note(former.own(), &articles));
        let findings = Findings { fetched, categories: report.categories.clone(), others };
        let mut found = Some((articles, findings));
        let mut publish = || match found.take() {
            Some((articles, findings)) => publish(store, catalogue, models, &former, market, articles, findings),
            None => Ok(()),
        };
        match elsewhere {
            None => publish()?,
            Some(elsewhere) => elsewhere.publish(&mut publish)?,
        }
        report.hints.extend(rule_problems.iter().flat_map(|before| before.new_ones(catalogue)));
        report.hints.extend(unnamed_market(market, &former.markets));
        Ok(report)
    };
    let outcome = run(&mut store);
    if let Err(error) = &outcome
        && error.leaves_too_much()
        && let Err(error) = tidy_unpublished(&mut store, catalogue, None)
    {
        tracing::warn!("what the failed import has stored cannot be deleted: {error}");
    }
    outcome
}

/// Checks what an import checks before it fetches a picture: that the feed has products, and that not too many of the catalogue's would
/// be lost. A catalogue that is not there, or cannot be read, loses none.
///
/// # Errors
/// [`ImportError::Nothing`], [`ImportError::TooManyLost`], [`ImportError::FeedInCatalogue`], or what is wrong with the market.
pub fn admit(feed: &Path, rows: &feed::Feed, catalogue: &Path, options: &ImportOptions) -> Result<(), ImportError> {
    refuse_own_folder(feed, catalogue)?;
    if rows.rows.is_empty() {
        return Err(ImportError::Nothing(rows.problems.clone()));
    }
    let assortments = Store::open(catalogue).and_then(|mut store| store.read_markets());
    let assortments = assortments.map_or_else(|_| Assortments::default(), |(_, assortments)| assortments);
    let known: Vec<String> = assortments.names().map(str::to_owned).collect();
    refuse_market(&options.market, &known)?;
    let (former, ..) = assortments.split(&options.market);
    let has_sizes = former.iter().any(|article| !article.variants.is_empty());
    let after = rows.rows.len() + if has_sizes { 0 } else { rows.merged };
    refuse_loss(former.len(), after, options, &rows.problems)
}

/// Checks that a feed of this market may be imported, as [`import`] does. A catalogue that is not there, or cannot be read, has no markets.
///
/// # Errors
/// What is wrong with the market.
pub fn admit_market(catalogue: &Path, market: &str) -> Result<(), ImportError> {
    let known = Store::open(catalogue).and_then(|store| store.markets()).unwrap_or_default();
    refuse_market(market, &known)
}

/// Refuses a feed that lies in the catalogue's folder: its pictures would be those that the import replaces.
fn refuse_own_folder(feed: &Path, catalogue: &Path) -> Result<(), ImportError> {
    let Ok(folder) = feed::folder(feed).canonicalize() else { return Ok(()) };
    let is_own = |own: &Path| own.canonicalize().is_ok_and(|own| own == folder);
    if is_own(catalogue) || is_own(&catalogue.join(IMAGES)) {
        return Err(ImportError::FeedInCatalogue { folder });
    }
    Ok(())
}

/// Refuses a feed without a market if the catalogue has some: it would be one more, by mistake.
fn refuse_market(market: &str, known: &[String]) -> Result<(), ImportError> {
    if known.iter().any(|name| name == market) {
        return Ok(());
    }
    if market.is_empty() {
        return if known.is_empty() { Ok(()) } else { Err(ImportError::NoMarket(known.to_vec())) };
    }
    if known.len() >= MAX_MARKETS {
        return Err(ImportError::TooManyMarkets { limit: MAX_MARKETS });
    }
    market_name(market).map(|_| ()).map_err(ImportError::MarketName)
}

/// What a shop should know that has imported a feed without a market before.
fn unnamed_market(market: &str, known: &[String]) -> Option<String> {
    let hint = "the catalogue also has products of no market, which are searched if no market is named: give them a name with \
                `catalogue markets --rename =NAME`, or remove them with `catalogue markets --remove \"\"`";
    (!market.is_empty() && known.iter().any(String::is_empty)).then(|| hint.to_owned())
}

/// Refuses a loss that looks like a feed that was cut off.
fn refuse_loss(
    before: usize,
    after: usize,
    options: &ImportOptions,
    left_out: &[feed::RowProblem],
) -> Result<(), ImportError> {
    let limit_percent = options.max_drop_percent;
    let lost = before.saturating_sub(after);
    // An empty feed has a message of its own.
    if after > 0 && lost * 100 > before * usize::from(limit_percent) {
        return Err(ImportError::TooManyLost { before, after, limit_percent, left_out: left_out.to_vec() });
    }
    Ok(())
}
