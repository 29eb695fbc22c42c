//! A feed becomes the catalogue: read → encode → publish. In: a feed's folder. Out: a published catalogue and an [`ImportReport`].

use std::path::Path;

use self::encode::encode;
use self::error::cannot_write;
use self::former::Former;
use self::pictures::Pictures;
use self::publish::publish;
use super::feed::{self, FeedOptions};
use super::fetch::Fetcher;
use super::journal::Journal;
use super::layout::IMAGES;
use super::lock::lock;
use super::store::Store;
use crate::networks::models::Models;

mod encode;
mod error;
mod former;
mod pictures;
mod publish;
mod report;

pub use error::ImportError;
pub use pictures::MAX_STORED_SIDE;
pub use report::ImportReport;

/// How an import works.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// What the feed does not say of itself.
    pub feed: FeedOptions,
    /// Pictures that are fetched, decoded and encoded at once.
    pub threads: usize,
    /// Whether the feed's addresses may lead to loopback and private networks.
    pub private_addresses_allowed: bool,
}

/// Imports a feed: the catalogue then holds the feed's products and no others.
///
/// Pictures that an earlier import encoded with the same network are not encoded again, even if that import was killed. Calls
/// `progress(done, total)` after each row.
///
/// # Errors
/// See [`ImportError`]; the former catalogue is then still in place.
pub fn import(
    feed: &Path,
    catalogue: &Path,
    models: &Models,
    options: &ImportOptions,
    progress: impl FnMut(usize, usize),
) -> Result<ImportReport, ImportError> {
    let rows = feed::read(feed, &options.feed)?;
    let lacks_category = rows.rows.iter().any(|row| row.category.is_none());
    let head = if lacks_category { models.category_head()? } else { None };

    let images = catalogue.join(IMAGES);
    std::fs::create_dir_all(&images).map_err(cannot_write(&images))?;
    let _lock = lock(catalogue)?;
    let mut store = Store::create(catalogue)?;
    let network_sha256 = models.fashion_dna_sha256();
    let former = Former::read(&mut store, catalogue, network_sha256);
    let pictures = Pictures {
        journal: Journal::open(catalogue, network_sha256, models.width()).map_err(cannot_write(catalogue))?,
        network: models.fashion_dna()?,
        fetcher: Fetcher::new(options.private_addresses_allowed),
        former: &former,
        images: &images,
    };
    let (articles, report) = encode(rows, &pictures, head.as_ref(), options.threads, progress)?;
    if articles.is_empty() {
        return Err(ImportError::Nothing(report.left_out));
    }

    publish(&mut store, catalogue, models, &former, articles)?;
    Ok(report)
}
