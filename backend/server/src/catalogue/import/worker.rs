//! A worker prepares pictures for an import on another machine. In: a picture, a folder for its copies. Out: f(A) and the copies' files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::elsewhere::{PreparedPicture, WantedPicture};
use super::error::{ImportError, cannot_write};
use super::former::Former;
use super::options::ImportOptions;
use super::pictures::{PictureFault, Pictures};
use crate::catalogue::feed::PictureSource;
use crate::catalogue::fetch::{Fetched, Fetcher, Validators};
use crate::catalogue::layout::{COPY_WIDTHS, IMAGES, copy_name, picture_name};
use crate::digest::Digest;
use crate::networks::models::Models;
use crate::pictures::decode::Bounds;

/// Prepares pictures. Threads share it.
pub struct PictureWorker<'a> {
    pictures: Pictures<'a>,
    images: &'a Path,
}

/// What a worker has made of a picture.
#[derive(Debug)]
pub struct Made {
    /// For the import.
    pub picture: PreparedPicture,
    /// The stored copies.
    pub files: Vec<PathBuf>,
}

/// Runs `work` with a worker whose copies are in `scratch`.
///
/// # Errors
/// When the network cannot be loaded or the folder cannot be written.
pub fn with_worker<T>(
    scratch: &Path,
    models: &Models,
    options: &ImportOptions,
    work: impl FnOnce(&PictureWorker<'_>) -> T,
) -> Result<T, ImportError> {
    let images = scratch.join(IMAGES);
    std::fs::create_dir_all(&images).map_err(cannot_write(&images))?;
    let fetcher =
        Fetcher::new(options.private_addresses_allowed, &options.fetch, options.stop.clone()).noting(&options.waits);
    let former = Former::default();
    let pictures = Pictures::new(None, models.fashion_dna()?, fetcher, &former, &images, options);
    Ok(work(&PictureWorker { pictures, images: &images }))
}

impl PictureWorker<'_> {
    /// Prepares a picture; `file` are the bytes of one that is no address.
    ///
    /// # Errors
    /// When its copies cannot be written.
    pub fn prepare(&self, wanted: &WantedPicture, file: Option<&[u8]>) -> Result<Made, ImportError> {
        let without_files = |picture| Ok(Made { picture, files: Vec::new() });
        let (file, validators) = match (file, &wanted.source) {
            (Some(file), _) => (file.to_owned(), Validators::default()),
            (None, PictureSource::File(path)) => {
                return without_files(PreparedPicture::Fault(format!("{}: no file came", path.display())));
            }
            (None, PictureSource::Data(picture)) => (picture.file().to_owned(), Validators::default()),
            (None, PictureSource::Stored(picture)) => {
                return without_files(PreparedPicture::Fault(format!("{picture}: it is stored already")));
            }
            (None, PictureSource::Address(address)) => {
                let known = wanted.known.as_ref().map(|(_, validators)| validators);
                match self.pictures.fetcher().fetch(address, Bounds::PRODUCT.bytes, known) {
                    Ok(Fetched::Unchanged) => return without_files(PreparedPicture::Unchanged),
                    Ok(Fetched::File { file, validators }) => (file, validators),
                    Err(error) => return without_files(PreparedPicture::Fault(error.to_string())),
                }
            }
        };
        let sha256 = Digest::of(&file);
        if wanted.known.as_ref().is_some_and(|(known, _)| *known == sha256) {
            return without_files(PreparedPicture::File { sha256, feature: None, validators });
        }
        let made = if wanted.is_further {
            self.pictures.kept(&file).map(|_| None)
        } else {
            self.pictures.encoded(&file).map(|(_, encoded)| Some(Arc::clone(&encoded.feature)))
        };
        match made {
            Ok(feature) => {
                let names = COPY_WIDTHS.map(|width| copy_name(&sha256, width));
                let paths = names.into_iter().chain([picture_name(&sha256)]).map(|name| self.images.join(name));
                let files = paths.filter(|path| path.exists()).collect();
                Ok(Made { picture: PreparedPicture::File { sha256, feature, validators }, files })
            }
            Err(PictureFault::Unusable(reason)) => without_files(PreparedPicture::Fault(reason)),
            Err(PictureFault::Write { path, source }) => Err(ImportError::Write { path, source }),
        }
    }

    /// Deletes the copies, and forgets what came of the pictures so far.
    pub fn forget(&self) {
        self.pictures.forget();
        crate::files::tidy(self.images, |_| false);
    }
}
