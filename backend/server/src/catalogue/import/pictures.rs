//! Pictures become features and stored copies. In: where a picture is. Out: its digest and f(A), or why it cannot be used.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;

use super::former::Former;
use crate::catalogue::feed::PictureSource;
use crate::catalogue::fetch::Fetcher;
use crate::catalogue::journal::{self, Journal};
use crate::catalogue::layout::picture_name;
use crate::digest::Digest;
use crate::files::write_durably;
use crate::networks::encode::FashionDna;
use crate::pictures::decode::{Bounds, decode};
use crate::pictures::scale;

/// Long side in pixels of a stored picture: twice what a card shows on a phone with three pixels to a point.
pub const MAX_STORED_SIDE: u32 = 800;

/// JPEG quality of a stored picture: above it, files grow faster than anybody sees a difference in a card.
const STORED_QUALITY: u8 = 88;

/// Encodes pictures, each once.
pub(super) struct Pictures<'a> {
    pub(super) journal: Journal,
    pub(super) network: FashionDna,
    pub(super) fetcher: Fetcher,
    pub(super) former: &'a Former,
    /// Folder of the stored copies.
    pub(super) images: &'a Path,
}

/// A picture that is stored.
pub(super) struct ImportedPicture {
    pub(super) sha256: Digest,
    /// f(A), `(width)`.
    pub(super) feature: Vec<f32>,
    /// Whether the former catalogue lacked it.
    pub(super) is_new: bool,
}

/// Why a picture was not imported.
pub(super) enum PictureFault {
    /// This picture cannot be used.
    Unusable {
        /// Its file or address.
        picture: String,
        /// What failed.
        reason: String,
    },
    /// No picture can be stored.
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Pictures<'_> {
    /// Encodes a picture and stores its copy, unless this or an earlier import did.
    pub(super) fn import(&self, picture: &PictureSource) -> Result<ImportedPicture, PictureFault> {
        let unusable = |error: &dyn std::fmt::Display| PictureFault::Unusable {
            picture: picture.to_string(),
            reason: error.to_string(),
        };
        let file = self.read(picture).map_err(|reason| unusable(&reason))?;
        let sha256 = Digest::of(&file);
        let copy = self.images.join(picture_name(&sha256));
        if let (Some(feature), true) = (self.former.feature(&sha256), copy.is_file()) {
            return Ok(ImportedPicture { sha256, feature: feature.to_vec(), is_new: false });
        }
        if let (Some(feature), true) = (self.journal.get(&sha256), copy.is_file()) {
            return Ok(ImportedPicture { sha256, feature: feature.clone(), is_new: true });
        }
        let decoded = decode(&file, Bounds::PRODUCT).map_err(|error| unusable(&error))?;
        let feature = self.network.encode(&decoded).map_err(|error| unusable(&error))?;
        let small = scale::bounded(decoded, MAX_STORED_SIDE).map_err(|error| unusable(&error))?;
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, STORED_QUALITY)
            .encode_image(&small)
            .map_err(|error| unusable(&error))?;
        write_durably(&copy, &[&jpeg]).map_err(|source| PictureFault::Write { path: copy, source })?;
        let journal = self.images.with_file_name(journal::FILE);
        self.journal.add(&sha256, &feature).map_err(|source| PictureFault::Write { path: journal, source })?;
        Ok(ImportedPicture { sha256, feature, is_new: true })
    }

    /// The picture's file, at most [`Bounds::PRODUCT`] long.
    fn read(&self, picture: &PictureSource) -> Result<Vec<u8>, String> {
        match picture {
            PictureSource::Address(address) => {
                self.fetcher.fetch(address, Bounds::PRODUCT.bytes).map_err(|error| error.to_string())
            }
            PictureSource::File(path) => {
                let size_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
                Bounds::PRODUCT.admit(size_bytes).map_err(|error| error.to_string())?;
                std::fs::read(path).map_err(|error| error.to_string())
            }
        }
    }
}
