//! Pictures become features and stored copies. In: where a picture is. Out: its digest and f(A), or why it cannot be used.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use image::RgbImage;

use super::former::Former;
use super::options::ImportOptions;
pub(super) use super::outcome::{ImportedPicture, KeptPicture, PictureFault, read};
use super::prepared::Prepared;
use super::stages::{Gate, Stage, StageTimes};
use crate::catalogue::feed::PictureSource;
use crate::catalogue::fetch::{Fetched, Fetcher};
use crate::catalogue::journal::{self, Journal};
use crate::catalogue::layout::{COPY_WIDTHS, copy_name, picture_name};
use crate::catalogue::store::FetchedPicture;
use crate::catalogue::verify::stored_picture;
use crate::digest::Digest;
use crate::files::write_durably;
use crate::networks::encode::FashionDna;
use crate::parallel::locked;
use crate::pictures::copies::{narrowed, stored_jpeg};
use crate::pictures::decode::Bounds;
use crate::pictures::product::decode_product;
use crate::pictures::scale;

/// Long side in pixels of a stored picture: twice what a card shows on a phone with three pixels to a point.
pub const MAX_STORED_SIDE: u32 = 800;

/// Encodes pictures, each once.
pub(super) struct Pictures<'a> {
    /// None if another machine keeps what was encoded.
    journal: Option<Journal>,
    network: FashionDna,
    fetcher: Fetcher,
    former: &'a Former,
    /// Folder of the stored copies.
    images: &'a Path,
    /// Bounds the threads that compute.
    gate: Gate,
    times: StageTimes,
    /// What became of each picture file so far. Whoever asks for one that another thread works on waits for it.
    done: Mutex<HashMap<Digest, Arc<Mutex<Option<Encoded>>>>>,
    /// The same for further pictures, which need no f(A): whether the former catalogue lacked it.
    kept: Mutex<HashMap<Digest, Arc<Mutex<Option<bool>>>>>,
    /// What other machines have made of the pictures; then nothing is fetched or encoded here.
    prepared: Option<Prepared>,
}

/// A picture file whose f(A) is known and whose copy is whole.
#[derive(Clone)]
pub(super) struct Encoded {
    /// f(A), `(width)`.
    pub(super) feature: Arc<[f32]>,
    /// Whether the former catalogue lacked it.
    is_new: bool,
}

/// What became of a place's file.
struct Placed<T> {
    sha256: Digest,
    outcome: T,
    fetched: Option<FetchedPicture>,
    /// Why the picture that was stored before is used instead of what its address holds now.
    kept: Option<String>,
}

impl<'a> Pictures<'a> {
    pub(super) fn new(
        journal: Option<Journal>,
        network: FashionDna,
        fetcher: Fetcher,
        former: &'a Former,
        images: &'a Path,
        options: &ImportOptions,
    ) -> Self {
        let (gate, times) = (Gate::new(options.threads), options.stages.clone());
        let (done, kept) = (Mutex::default(), Mutex::default());
        Self { journal, network, fetcher, former, images, gate, times, done, kept, prepared: None }
    }

    /// The same with pictures that other machines have prepared.
    pub(super) fn with_prepared(self, prepared: Option<Prepared>) -> Self {
        Self { prepared, ..self }
    }

    pub(super) const fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Forgets what became of the pictures so far.
    pub(super) fn forget(&self) {
        locked(&self.done).clear();
        locked(&self.kept).clear();
    }

    /// Encodes a picture and stores its copy, unless this or an earlier import did.
    ///
    /// If an address fails whose picture is stored, the stored picture stays: that a host is busy, or sends something else, is no
    /// sign that the product is gone.
    pub(super) fn import(&self, picture: &PictureSource) -> Result<ImportedPicture, PictureFault> {
        if let Some(prepared) = &self.prepared {
            if let PictureSource::Stored(sha256) = picture {
                let feature = match self.former.feature(sha256) {
                    Some(feature) => feature.into(),
                    None => self.of_copy(sha256)?,
                };
                return Ok(ImportedPicture { sha256: *sha256, feature, is_new: false, fetched: None, kept: None });
            }
            return prepared.import(picture, self.former);
        }
        let placed = self.at(picture, |sha256| self.stored(sha256), |file| self.encoded(file))?;
        let Placed { sha256, outcome: Encoded { feature, is_new }, fetched, kept } = placed;
        Ok(ImportedPicture { sha256, feature, is_new, fetched, kept })
    }

    /// Stores a further picture's copy, unless this or an earlier import did; an address that fails is treated as by
    /// [`Pictures::import`].
    pub(super) fn keep(&self, picture: &PictureSource) -> Result<KeptPicture, PictureFault> {
        if let Some(prepared) = &self.prepared {
            return prepared.keep(picture, self.former);
        }
        let placed = self.at(picture, |sha256| self.stored_further(sha256), |file| self.kept(file))?;
        Ok(KeptPicture { sha256: placed.sha256, is_new: placed.outcome, fetched: placed.fetched })
    }

    /// Reads or fetches a picture and makes something `of_file`. `stored` is the same of a picture that an earlier import stored.
    fn at<T: Clone>(
        &self,
        picture: &PictureSource,
        stored: impl Fn(&Digest) -> Option<T>,
        of_file: impl Fn(&[u8]) -> Result<(Digest, T), PictureFault>,
    ) -> Result<Placed<T>, PictureFault> {
        match picture {
            PictureSource::Address(address) => self.at_address(address, stored, of_file),
            PictureSource::File(path) => {
                let file = self.times.time(Stage::Fetch, || read(path)).map_err(PictureFault::Unusable)?;
                let (sha256, outcome) = of_file(&file)?;
                Ok(Placed { sha256, outcome, fetched: None, kept: None })
            }
            PictureSource::Data(picture) => {
                let (sha256, outcome) = of_file(picture.file())?;
                Ok(Placed { sha256, outcome, fetched: None, kept: None })
            }
            PictureSource::Stored(sha256) => {
                let outcome = stored(sha256).ok_or_else(|| PictureFault::Unusable("its copy is damaged".to_owned()))?;
                Ok(Placed { sha256: *sha256, outcome, fetched: None, kept: None })
            }
        }
    }

    /// f(A) of a stored copy whose own file is not at hand: nearly that of the file.
    pub(super) fn of_copy(&self, sha256: &Digest) -> Result<Arc<[f32]>, PictureFault> {
        let slot = slot(&self.done, sha256);
        let mut slot = locked(&slot);
        let encoded = match slot.take().or_else(|| self.known(sha256)) {
            Some(known) => known,
            None => {
                let copy = stored_picture(&self.images.join(picture_name(sha256))).map_err(PictureFault::Unusable)?;
                let encode = || self.times.time(Stage::Encode, || self.network.encode(&copy));
                let feature = self.gate.pass(encode).map_err(|error| unusable(&error))?;
                self.note(sha256, &feature)?;
                Encoded { feature: feature.into(), is_new: true }
            }
        };
        *slot = Some(encoded.clone());
        Ok(encoded.feature)
    }

    fn at_address<T: Clone>(
        &self,
        address: &str,
        stored: impl Fn(&Digest) -> Option<T>,
        of_file: impl Fn(&[u8]) -> Result<(Digest, T), PictureFault>,
    ) -> Result<Placed<T>, PictureFault> {
        let stored = self.former.fetched(address).and_then(|known| Some((known, stored(&known.sha256)?)));
        let validators = stored.as_ref().map(|(known, _)| &known.validators);
        let keep = |kept: Option<String>| {
            let (known, outcome) = stored.clone()?;
            Some(Placed { sha256: known.sha256, outcome, fetched: Some(known.clone()), kept })
        };
        let fetch = || self.fetcher.fetch(address, Bounds::PRODUCT.bytes, validators);
        let reason = match self.times.time(Stage::Fetch, fetch) {
            Ok(Fetched::Unchanged) => {
                return keep(None).ok_or_else(|| PictureFault::Unusable("nothing came".to_owned()));
            }
            Ok(Fetched::File { file, validators }) => match of_file(&file) {
                Ok((sha256, outcome)) => {
                    let fetched = Some(FetchedPicture { address: address.to_owned(), sha256, validators });
                    return Ok(Placed { sha256, outcome, fetched, kept: None });
                }
                Err(PictureFault::Unusable(reason)) => reason,
                Err(fault) => return Err(fault),
            },
            Err(error) => error.to_string(),
        };
        keep(Some(reason.clone())).ok_or(PictureFault::Unusable(reason))
    }

    /// A picture that an earlier import stored, if its copy is whole.
    fn stored(&self, sha256: &Digest) -> Option<Encoded> {
        let slot = slot(&self.done, sha256);
        let mut slot = locked(&slot);
        if slot.is_none() {
            *slot = self.known(sha256);
        }
        slot.clone()
    }

    /// f(A) of a picture file, whose copy is stored.
    pub(super) fn encoded(&self, file: &[u8]) -> Result<(Digest, Encoded), PictureFault> {
        let sha256 = Digest::of(file);
        let slot = slot(&self.done, &sha256);
        let mut slot = locked(&slot);
        let encoded = match slot.take().or_else(|| self.known(&sha256)) {
            Some(known) => known,
            None => self.encode(file, &sha256)?,
        };
        *slot = Some(encoded.clone());
        Ok((sha256, encoded))
    }

    /// A further picture that an earlier import stored, if its copy is whole: that it is not new.
    fn stored_further(&self, sha256: &Digest) -> Option<bool> {
        let slot = slot(&self.kept, sha256);
        let mut slot = locked(&slot);
        if slot.is_none() && self.former.has_picture(sha256) && self.whole(sha256).is_some() {
            *slot = Some(false);
        }
        *slot
    }

    /// Stores the copy of a further picture's file. Returns whether it is new.
    pub(super) fn kept(&self, file: &[u8]) -> Result<(Digest, bool), PictureFault> {
        let sha256 = Digest::of(file);
        let slot = slot(&self.kept, &sha256);
        let mut slot = locked(&slot);
        if let Some(is_new) = *slot {
            return Ok((sha256, is_new));
        }
        let copy = self.images.join(picture_name(&sha256));
        // It may be another product's title picture.
        if !copy.exists() || self.whole(&sha256).is_none() {
            let files = self.gate.pass(|| self.shrink(self.decode(file)?, &sha256))?;
            self.write(files)?;
        }
        let is_new = !self.former.has_picture(&sha256);
        *slot = Some(is_new);
        Ok((sha256, is_new))
    }

    /// What the former catalogue or an import that was killed knows of a picture, if its copy is whole.
    fn known(&self, sha256: &Digest) -> Option<Encoded> {
        let (feature, is_new) = match self.former.feature(sha256) {
            Some(feature) => (feature, false),
            None => (&self.journal.as_ref()?.get(sha256)?[..], true),
        };
        self.whole(sha256)?;
        Some(Encoded { feature: feature.into(), is_new })
    }

    /// A picture's copy that is stored and whole; it gets the smaller copies that it lacks or whose files are damaged.
    fn whole(&self, sha256: &Digest) -> Option<RgbImage> {
        let copy = self.images.join(picture_name(sha256));
        let picture = stored_picture(&copy)
            .inspect_err(|fault| tracing::info!("the picture {} is stored again: {fault}", copy.display()))
            .ok()?;
        // Catalogues of earlier versions lack them, and they may be damaged. The picture is usable without.
        let copies = self.copies(&picture, sha256).and_then(|copies| self.write(copies));
        if let Err(PictureFault::Unusable(fault)) = copies {
            tracing::warn!("the picture {} has no smaller copies: {fault}", copy.display());
        }
        Some(picture)
    }

    fn encode(&self, file: &[u8], sha256: &Digest) -> Result<Encoded, PictureFault> {
        let encode = |decoded: &RgbImage| {
            let encode = || self.network.encode(decoded);
            self.times.time(Stage::Encode, encode).map_err(|error| unusable(&error))
        };
        // Who writes leaves the gate to others, too.
        let (feature, files) = if self.network.is_on_gpu() {
            // Who waits for the graphics processor leaves the gate to others, so that its batches are large.
            let decoded = self.gate.pass(|| self.decode(file))?;
            (encode(&decoded)?, self.gate.pass(|| self.shrink(decoded, sha256))?)
        } else {
            self.gate.pass(|| {
                let decoded = self.decode(file)?;
                Ok((encode(&decoded)?, self.shrink(decoded, sha256)?))
            })?
        };
        self.write(files)?;
        self.note(sha256, &feature)?;
        Ok(Encoded { feature: feature.into(), is_new: true })
    }

    /// Writes f(A) into the journal.
    fn note(&self, sha256: &Digest, feature: &[f32]) -> Result<(), PictureFault> {
        let journal = self.images.with_file_name(journal::FILE);
        let added = self.journal.as_ref().map_or(Ok(()), |journal| journal.add(sha256, feature));
        added.map_err(|source| PictureFault::Write { path: journal, source })
    }

    fn decode(&self, file: &[u8]) -> Result<RgbImage, PictureFault> {
        let decode = || decode_product(file, MAX_STORED_SIDE);
        self.times.time(Stage::Decode, decode).map_err(|error| unusable(&error))
    }

    /// The stored copy and the smaller ones, as files.
    fn shrink(&self, decoded: RgbImage, sha256: &Digest) -> Result<Vec<(PathBuf, Vec<u8>)>, PictureFault> {
        let small = scale::bounded(decoded, MAX_STORED_SIDE).map_err(|error| unusable(&error))?;
        let jpeg = stored_jpeg(&small).map_err(|error| unusable(&error))?;
        let mut files = self.copies(&small, sha256)?;
        // Last, so that a picture that is there has its copies.
        files.push((self.images.join(picture_name(sha256)), jpeg));
        Ok(files)
    }

    /// The copies that are narrower than the picture and not stored whole, as files.
    fn copies(&self, picture: &RgbImage, sha256: &Digest) -> Result<Vec<(PathBuf, Vec<u8>)>, PictureFault> {
        let narrower = COPY_WIDTHS.into_iter().filter(|width| *width < picture.width());
        let missing = narrower
            .map(|width| (width, self.images.join(copy_name(sha256, width))))
            .filter(|(_, path)| stored_picture(path).is_err());
        missing
            .map(|(width, path)| {
                let jpeg = narrowed(picture, width).map_err(|error| unusable(&error))?;
                Ok((path, jpeg))
            })
            .collect()
    }

    fn write(&self, files: Vec<(PathBuf, Vec<u8>)>) -> Result<(), PictureFault> {
        for (path, jpeg) in files {
            let store = || write_durably(&path, &[&jpeg]);
            self.times.time(Stage::Store, store).map_err(|source| PictureFault::Write { path, source })?;
        }
        Ok(())
    }
}

/// Where the outcome of a picture file is kept.
fn slot<T>(done: &Mutex<HashMap<Digest, Arc<Mutex<T>>>>, sha256: &Digest) -> Arc<Mutex<T>>
where
    T: Default,
{
    Arc::clone(locked(done).entry(*sha256).or_default())
}

fn unusable(error: &dyn std::fmt::Display) -> PictureFault {
    PictureFault::Unusable(error.to_string())
}
