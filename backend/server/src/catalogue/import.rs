//! A feed becomes the catalogue. In: a feed's folder. Out: a published catalogue and an [`ImportReport`].

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use sha2::{Digest, Sha256};
use stl_types::Category;
use stl_types::wire::Product;

use super::features::{self, Features, ReadFeatures};
use super::feed::{self, Feed, FeedError, FeedOptions, FeedRow, PictureSource, RowProblem};
use super::fetch::Fetcher;
use super::journal::{self, Journal};
use super::lock::{LockError, lock};
use super::store::Published;
use super::{CategoryHead, IMAGES, Store, StoreError, StoredProduct, features_file, rows_file};
use crate::files::{picture_name, sync_folder, tidy, write_durably};
use crate::matching::Rows;
use crate::networks::encode::FashionDna;
use crate::networks::models::{Models, ModelsError, hex};
use crate::parallel::for_each_in_order;
use crate::pictures::decode::{Bounds, decode};
use crate::pictures::scale;
use crate::pipeline::cards::image_url;

/// Long side in pixels of a stored picture: twice what a card shows on a phone with three pixels to a point.
pub const MAX_STORED_SIDE: u32 = 800;

/// JPEG quality of a stored picture.
const STORED_QUALITY: u8 = 88;

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

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Products in the new catalogue.
    pub imported: usize,
    /// Pictures that were new: the network encoded them now, or before an import was killed.
    pub encoded: usize,
    /// Products whose picture had been encoded by an earlier import.
    pub unchanged: usize,
    /// Products whose category was told from their picture.
    pub predicted: usize,
    /// Products that the shop does not show, see [`Feed::hidden`].
    pub hidden: usize,
    /// Rows that are sizes of a product of an earlier row.
    pub merged: usize,
    /// Lines that were left out, in the order of lines.
    pub left_out: Vec<RowProblem>,
}

/// Why an import did not change the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The feed cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// FashionDNA cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalogue's folder cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Somebody else writes the catalogue.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// No line could be imported.
    #[error("no product of the feed could be imported ({} lines left out): the catalogue stays as it was", .0.len())]
    Nothing(Vec<RowProblem>),
}

/// Imports a feed: the catalogue then holds the feed's products and no others.
///
/// Pictures that an earlier import encoded with the same network are not encoded again, be it one that was killed. `progress` hears how many of
/// how many lines are done.
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
    let read = feed::read(feed, &options.feed)?;
    let (file, picture_field) = (feed::file_name(feed), read.field("image_link"));
    let Feed { rows, problems: mut left_out, hidden, merged, .. } = read;
    let is_any_silent = rows.iter().any(|row| row.category.is_none());
    let head = if is_any_silent { models.category_head()? } else { None };
    let images = catalogue.join(IMAGES);
    std::fs::create_dir_all(&images).map_err(cannot_write(&images))?;
    let _lock = lock(catalogue)?;
    let mut store = Store::create(catalogue)?;
    let former = Former::read(&mut store, catalogue, models.fashion_dna_sha256());
    let journal =
        Journal::open(catalogue, models.fashion_dna_sha256(), models.width()).map_err(cannot_write(catalogue))?;
    let pictures = Pictures {
        journal,
        network: models.fashion_dna()?,
        fetcher: Fetcher::new(options.private_addresses_allowed),
        former: &former,
        images: &images,
    };

    let (mut articles, mut report) = (Vec::new(), ImportReport { hidden, merged, ..ImportReport::default() });
    for_each_in_order(
        &rows,
        options.threads,
        |row| pictures.process(row),
        |index, result| {
            match result {
                Ok(picture) => {
                    if picture.is_new {
                        report.encoded += 1
                    } else {
                        report.unchanged += 1
                    }
                    match categorised(&rows[index], &picture.feature, head.as_ref()) {
                        Ok(category) => {
                            let stored = stored_product(&rows[index], category, &picture.sha256);
                            articles.push((stored, picture.feature));
                        }
                        Err(reason) => left_out.push(RowProblem {
                            file: file.clone(),
                            line: rows[index].line,
                            field: "category",
                            reason,
                        }),
                    }
                }
                Err(PictureFault::Row(reason)) => {
                    let (file, line) = (file.clone(), rows[index].line);
                    left_out.push(RowProblem { file, line, field: picture_field, reason });
                }
                Err(PictureFault::Fatal(error)) => return Err(error),
            }
            progress(index + 1, rows.len());
            Ok(())
        },
    )?;
    left_out.sort_by_key(|problem| problem.line);
    if articles.is_empty() {
        return Err(ImportError::Nothing(left_out));
    }
    // The order that decides ties, that of SQLite's `ORDER BY id`: bytes of UTF-8.
    articles.sort_by(|(a, _), (b, _)| a.product.id.cmp(&b.product.id));
    report.predicted = articles.iter().filter(|(stored, _)| stored.product.category_predicted).count();
    (report.imported, report.left_out) = (articles.len(), left_out);
    publish(&mut store, catalogue, models, &former, articles)?;
    Ok(report)
}

fn publish(
    store: &mut Store,
    catalogue: &Path,
    models: &Models,
    former: &Former,
    articles: Vec<(StoredProduct, Vec<f32>)>,
) -> Result<(), ImportError> {
    let version = former.version + 1;
    let (products, values): (Vec<_>, Vec<_>) = articles.into_iter().unzip();
    let ids = products.iter().map(|stored| stored.product.id.clone()).collect();
    let features = Features::new(models.fashion_dna_sha256(), version, models.width(), ids, values.concat());
    let published = Published { version, features_file: features_file(version) };
    let path = catalogue.join(&published.features_file);
    let sha256 = features::write(&path, &features).map_err(cannot_write(&path))?;
    let rows = rows_file(&published.features_file);
    // So that a server opens the catalogue without projecting anything.
    Rows::open_or_project(
        &catalogue.join(&rows),
        &models.match_weights()?,
        &features.rows().collect::<Vec<_>>(),
        sha256,
    );
    for folder in [catalogue.join(IMAGES).as_path(), catalogue] {
        sync_folder(folder).map_err(cannot_write(folder))?;
    }
    store.publish(&published, &products)?;
    // From here on the new catalogue is the catalogue. A server may serve the former one for some seconds more: what only
    // older ones used goes.
    let new = products.iter().map(|stored| picture_name(&stored.picture_sha256));
    let pictures: HashSet<String> = new.chain(former.pictures.keys().map(|sha256| picture_name(sha256))).collect();
    tidy(&catalogue.join(IMAGES), |name| pictures.contains(name));
    let files =
        [&published.features_file, &former.features_file].map(|features| [features.clone(), rows_file(features)]);
    let is_of_a_version = |name: &str| name.starts_with("features-") || name.starts_with("rows-");
    let is_needed = |name: &str| !is_of_a_version(name) || files.as_flattened().iter().any(|file| file == name);
    tidy(catalogue, |name| name != journal::FILE && is_needed(name));
    Ok(())
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> ImportError + use<> {
    let path = path.to_owned();
    move |source| ImportError::Write { path, source }
}

/// What the catalogue held before.
#[derive(Default)]
struct Former {
    version: u64,
    features_file: String,
    /// SHA-256 of the pictures that its products have, and where their f(A) is.
    pictures: HashMap<String, usize>,
    features: Option<Features>,
}

impl Former {
    /// Reads the former catalogue; where it is missing, damaged or another network's, everything is encoded anew.
    fn read(store: &mut Store, catalogue: &Path, network_sha256: &str) -> Self {
        let Ok((published, products)) = store.read() else {
            return Self::default();
        };
        let mut whole = None;
        match features::read(&catalogue.join(&published.features_file), network_sha256) {
            Ok(ReadFeatures { features, .. })
                if features.ids.iter().eq(products.iter().map(|stored| &stored.product.id)) =>
            {
                whole = Some(features);
            }
            Ok(_) => tracing::warn!("products and features of the former catalogue differ: encoding all pictures"),
            Err(error) => tracing::warn!("encoding all pictures: {error}"),
        }
        let pictures = products.into_iter().map(|stored| stored.picture_sha256).zip(0..).collect();
        Self { version: published.version, features_file: published.features_file, pictures, features: whole }
    }

    /// f(A) of a picture that was encoded before.
    fn feature(&self, picture_sha256: &str) -> Option<&[f32]> {
        self.features.as_ref()?.row(*self.pictures.get(picture_sha256)?)
    }
}

/// Turns pictures into features and stored copies.
struct Pictures<'a> {
    journal: Journal,
    network: FashionDna,
    fetcher: Fetcher,
    former: &'a Former,
    images: &'a Path,
}

struct ImportedPicture {
    sha256: String,
    feature: Vec<f32>,
    is_new: bool,
}

enum PictureFault {
    /// This row's picture cannot be used.
    Row(String),
    /// No picture can be stored.
    Fatal(ImportError),
}

impl Pictures<'_> {
    fn process(&self, row: &FeedRow) -> Result<ImportedPicture, PictureFault> {
        let fault = |error: &dyn std::fmt::Display| PictureFault::Row(format!("{}: {error}", row.picture));
        let file = self.read(&row.picture).map_err(PictureFault::Row)?;
        let sha256 = hex(&Sha256::digest(&file));
        let stored = self.images.join(picture_name(&sha256));
        if let (Some(feature), true) = (self.former.feature(&sha256), stored.is_file()) {
            return Ok(ImportedPicture { sha256, feature: feature.to_vec(), is_new: false });
        }
        let resumed = self.journal.get(&sha256);
        if let (Some(feature), true) = (resumed, stored.is_file()) {
            return Ok(ImportedPicture { sha256, feature: feature.clone(), is_new: true });
        }
        let picture = decode(&file, Bounds::PRODUCT).map_err(|error| fault(&error))?;
        let feature = self.network.encode(&picture).map_err(|error| fault(&error))?;
        let small = scale::bounded(picture, MAX_STORED_SIDE).map_err(|error| fault(&error))?;
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, STORED_QUALITY).encode_image(&small).map_err(|error| fault(&error))?;
        write_durably(&stored, &[&jpeg]).map_err(|source| PictureFault::Fatal(cannot_write(&stored)(source)))?;
        let path = self.images.with_file_name(journal::FILE);
        let noted = self.journal.add(&sha256, &feature);
        noted.map_err(|source| PictureFault::Fatal(cannot_write(&path)(source)))?;
        Ok(ImportedPicture { sha256, feature, is_new: true })
    }

    /// The picture's file, at most [`Bounds::PRODUCT`] long.
    fn read(&self, picture: &PictureSource) -> Result<Vec<u8>, String> {
        let fault = |error: &dyn std::fmt::Display| format!("{picture}: {error}");
        match picture {
            PictureSource::Address(address) => {
                self.fetcher.fetch(address, Bounds::PRODUCT.bytes).map_err(|error| fault(&error))
            }
            PictureSource::File(path) => {
                let size_bytes = std::fs::metadata(path).map_err(|error| fault(&error))?.len();
                Bounds::PRODUCT.admit(size_bytes).map_err(|error| fault(&error))?;
                std::fs::read(path).map_err(|error| fault(&error))
            }
        }
    }
}

/// The row's category, or where its words are silent what its picture shows.
fn categorised(row: &FeedRow, feature: &[f32], head: Option<&CategoryHead>) -> Result<Category, String> {
    match (row.category, head) {
        (Some(category), _) => Ok(category),
        (None, Some(head)) => head.predict(feature).map_err(|unsure| unsure.to_string()),
        (None, None) => Err("expected words that speak of one of the eight, got none".to_owned()),
    }
}

fn stored_product(row: &FeedRow, category: Category, picture_sha256: &str) -> StoredProduct {
    let row = row.clone();
    StoredProduct {
        product: Product {
            image_url: image_url(&row.id, picture_sha256),
            id: row.id,
            title: row.title,
            description: row.description,
            link: row.link,
            price: row.price,
            regular_price: None,
            price_valid_until: None,
            availability: row.availability,
            brand: row.brand,
            color: row.color,
            gender: row.gender,
            product_type: row.product_type,
            category,
            category_predicted: row.category.is_none() || row.category_predicted,
        },
        sale: row.sale,
        picture_sha256: picture_sha256.to_owned(),
    }
}
