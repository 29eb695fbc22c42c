//! Pictures that were prepared elsewhere. In: a feed and the former catalogue. Out: what the import's next step needs of each picture.

use std::collections::HashMap;
use std::sync::Arc;

use super::elsewhere::{Elsewhere, PreparedPicture, WantedPicture};
use super::error::ImportError;
use super::former::Former;
use super::outcome::{ImportedPicture, KeptPicture, PictureFault, read};
use crate::catalogue::feed::{Feed, PictureSource};
use crate::catalogue::fetch::Validators;
use crate::catalogue::store::FetchedPicture;
use crate::digest::Digest;

/// What came of a feed's pictures.
#[derive(Debug)]
pub(super) struct Prepared {
    titles: HashMap<PictureSource, PreparedPicture>,
    further: HashMap<PictureSource, PreparedPicture>,
}

/// Has all pictures of a feed prepared, each once.
pub(super) fn prepare(
    feed: &Feed,
    former: &Former,
    elsewhere: &Arc<dyn Elsewhere>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Prepared, ImportError> {
    let mut prepared = Prepared { titles: HashMap::new(), further: HashMap::new() };
    let mut wanted = Vec::new();
    for row in &feed.rows {
        let sources = std::iter::once((&row.picture, false)).chain(row.further_pictures.iter().map(|of| (of, true)));
        for (source, is_further) in sources {
            let found = if is_further { &mut prepared.further } else { &mut prepared.titles };
            if found.contains_key(source) {
                continue;
            }
            let is_known = |sha256: &Digest| is_stored(former, sha256, is_further) && elsewhere.has_copy(sha256);
            let outcome = match source {
                PictureSource::Address(address) => {
                    let known = former.fetched(address).filter(|known| is_known(&known.sha256));
                    let known = known.map(|known| (known.sha256, known.validators.clone()));
                    wanted.push(WantedPicture { source: source.clone(), is_further, known });
                    // Replaced by what comes.
                    PreparedPicture::Unchanged
                }
                PictureSource::File(path) => match read(path) {
                    Err(reason) => PreparedPicture::Fault(reason),
                    Ok(file) => {
                        let sha256 = Digest::of(&file);
                        if !is_known(&sha256) {
                            wanted.push(WantedPicture { source: source.clone(), is_further, known: None });
                        }
                        PreparedPicture::File { sha256, feature: None, validators: Validators::default() }
                    }
                },
                PictureSource::Data(picture) => {
                    let sha256 = *picture.sha256();
                    if !is_known(&sha256) {
                        wanted.push(WantedPicture { source: source.clone(), is_further, known: None });
                    }
                    PreparedPicture::File { sha256, feature: None, validators: Validators::default() }
                }
                // The catalogue has it.
                PictureSource::Stored(_) => continue,
            };
            found.insert(source.clone(), outcome);
        }
    }
    let came = elsewhere.prepare(&wanted, progress)?;
    for (WantedPicture { source, is_further, .. }, outcome) in wanted.into_iter().zip(came) {
        let found = if is_further { &mut prepared.further } else { &mut prepared.titles };
        found.insert(source, outcome);
    }
    Ok(prepared)
}

/// Whether the former catalogue has what an import makes of a picture.
fn is_stored(former: &Former, sha256: &Digest, is_further: bool) -> bool {
    if is_further { former.has_picture(sha256) } else { former.feature(sha256).is_some() }
}

/// What a place holds.
struct Found<'a> {
    sha256: Digest,
    feature: Option<&'a Arc<[f32]>>,
    fetched: Option<FetchedPicture>,
    kept: Option<String>,
}

impl Prepared {
    /// A title picture, as [`Pictures::import`](super::pictures::Pictures::import) has it.
    pub(super) fn import(&self, picture: &PictureSource, former: &Former) -> Result<ImportedPicture, PictureFault> {
        let Found { sha256, feature, fetched, kept } = found(&self.titles, picture, former, false)?;
        let stored = former.feature(&sha256);
        let feature = match (feature, stored) {
            (Some(feature), _) => Arc::clone(feature),
            (None, Some(stored)) => stored.into(),
            (None, None) => return Err(PictureFault::Unusable("nothing came".to_owned())),
        };
        Ok(ImportedPicture { sha256, feature, is_new: stored.is_none(), fetched, kept })
    }

    /// A further picture, as [`Pictures::keep`](super::pictures::Pictures::keep) has it.
    pub(super) fn keep(&self, picture: &PictureSource, former: &Former) -> Result<KeptPicture, PictureFault> {
        let Found { sha256, fetched, .. } = found(&self.further, picture, former, true)?;
        Ok(KeptPicture { sha256, is_new: !former.has_picture(&sha256), fetched })
    }
}

/// What came of a picture; what is stored stays if its address fails.
fn found<'a>(
    prepared: &'a HashMap<PictureSource, PreparedPicture>,
    picture: &PictureSource,
    former: &Former,
    is_further: bool,
) -> Result<Found<'a>, PictureFault> {
    let address = match picture {
        PictureSource::Address(address) => Some(address),
        PictureSource::File(_) | PictureSource::Data(_) | PictureSource::Stored(_) => None,
    };
    let keep = |reason: Option<String>| {
        let known = former.fetched(address?).filter(|known| is_stored(former, &known.sha256, is_further))?;
        Some(Found { sha256: known.sha256, feature: None, fetched: Some(known.clone()), kept: reason })
    };
    match prepared.get(picture) {
        None => Err(PictureFault::Unusable("nothing came".to_owned())),
        Some(PreparedPicture::Unchanged) => keep(None).ok_or_else(|| PictureFault::Unusable("nothing came".to_owned())),
        Some(PreparedPicture::Fault(reason)) => {
            keep(Some(reason.clone())).ok_or_else(|| PictureFault::Unusable(reason.clone()))
        }
        Some(PreparedPicture::File { sha256, feature, validators }) => {
            let fetched = address.map(|address| FetchedPicture {
                address: address.clone(),
                sha256: *sha256,
                validators: validators.clone(),
            });
            Ok(Found { sha256: *sha256, feature: feature.as_ref(), fetched, kept: None })
        }
    }
}
