//! f(A) of other markets' articles, where the former catalogue's features lack it. In: the former catalogue. Out: [`OthersEncoded`].

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ImportError;
use super::former::Former;
use super::options::ImportOptions;
use super::pictures::{PictureFault, Pictures};
use crate::digest::Digest;
use crate::parallel::for_each_in_order;

/// f(A) of pictures of other markets that the former catalogue's features lack, `(width)` each.
pub(super) type OthersEncoded = HashMap<Digest, Arc<[f32]>>;

/// f(A) of what the former features lack: all of it if another network made them, or they are damaged. Stored copies are encoded then,
/// until their own market is imported again.
///
/// # Errors
/// When a copy is damaged, nothing can be written, or the import should stop.
pub(super) fn encode_lacking(
    former: &Former,
    pictures: &Pictures<'_>,
    options: &ImportOptions,
) -> Result<OthersEncoded, ImportError> {
    let lacking: Vec<Digest> =
        former.others.pictures().iter().filter(|picture| former.feature(picture).is_none()).copied().collect();
    let mut encoded = OthersEncoded::new();
    let encode = |picture: &Digest| {
        if options.stop.is_stopped() {
            return Err(PictureFault::Unusable(String::new()));
        }
        if let Some(elsewhere) = &options.elsewhere {
            elsewhere.fetch_copy(picture);
        }
        pictures.of_copy(picture)
    };
    for_each_in_order(&lacking, options.workers.max(options.threads), encode, |index, feature| {
        if options.stop.is_stopped() {
            return Err(ImportError::Stopped);
        }
        let picture = lacking[index];
        match feature {
            Ok(feature) => _ = encoded.insert(picture, feature),
            Err(PictureFault::Write { path, source }) => return Err(ImportError::Write { path, source }),
            Err(PictureFault::Unusable(reason)) => return Err(ImportError::OtherMarket { picture, reason }),
        }
        Ok(())
    })?;
    Ok(encoded)
}
