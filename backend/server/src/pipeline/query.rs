//! What is searched with, decoded and encoded once: a front answers a search again if its shards have another version of the catalogue. In: an
//! [`Upload`] or a [`Look`]. Out: its garments and f(I).
//!
//! All versions of a running server have the same networks, so what is kept fits each of them.

use std::borrow::Cow;
use std::sync::OnceLock;

use stl_types::Size;

use super::look::{Look, Subject};
use super::recognise::{RecognisedGarment, Recogniser};
use super::regions::regions;
use super::search::error::SearchError;
use crate::networks::encode::{EncodeError, QueryEmbedding};
use crate::pictures::decode::{Bounds, decode};
use crate::pictures::scale::size_of;

/// The files of a search.
#[derive(Clone, Debug, Default)]
pub struct Upload<B> {
    /// A picture file: the person on white.
    pub cutout: B,
    /// A PNG file: the garment that each pixel of the cutout belongs to.
    pub regions: Option<B>,
    /// What the cutout shows. A garment has no regions: they are not read.
    pub subject: Subject,
}

/// An upload that is decoded and encoded once, however often it is searched with.
#[derive(Debug)]
pub struct Query<B> {
    upload: Upload<B>,
    look: OnceLock<EncodedLook<'static>>,
}

/// A look whose garments are recognised once.
#[derive(Debug)]
pub(super) struct EncodedLook<'a> {
    look: Cow<'a, Look>,
    garments: OnceLock<Vec<RecognisedGarment>>,
    person: OnceLock<QueryEmbedding>,
}

impl<B: AsRef<[u8]>> Query<B> {
    /// Nothing of an upload is decoded yet.
    #[must_use]
    pub const fn new(upload: Upload<B>) -> Self {
        Self { upload, look: OnceLock::new() }
    }

    /// What the upload shows.
    ///
    /// # Errors
    /// When the files cannot be decoded or do not fit each other.
    pub(super) fn look(&self) -> Result<&EncodedLook<'static>, SearchError> {
        kept(&self.look, || {
            let cutout = decode(self.upload.cutout.as_ref(), Bounds::UPLOAD)?;
            let look = match &self.upload.regions {
                _ if self.upload.subject == Subject::Garment => Look::garment(cutout),
                Some(file) => {
                    let regions = regions(file.as_ref(), size_of(&cutout))?;
                    Look::with_regions(cutout, &regions)
                }
                None => Look::person(cutout),
            };
            Ok(EncodedLook::new(look))
        })
    }
}

impl EncodedLook<'static> {
    /// Nothing of a look is encoded yet.
    pub(super) const fn new(look: Look) -> Self {
        Self { look: Cow::Owned(look), garments: OnceLock::new(), person: OnceLock::new() }
    }
}

impl<'a> EncodedLook<'a> {
    /// The same of a look that others keep.
    pub(super) const fn of(look: &'a Look) -> Self {
        Self { look: Cow::Borrowed(look), garments: OnceLock::new(), person: OnceLock::new() }
    }

    /// The cutout's size.
    pub(super) fn size(&self) -> Size {
        size_of(self.look.cutout())
    }

    /// See [`Recogniser::garments`].
    pub(super) fn garments(&self, recogniser: &Recogniser) -> Result<&[RecognisedGarment], EncodeError> {
        kept(&self.garments, || recogniser.garments(&self.look)).map(Vec::as_slice)
    }

    /// See [`Recogniser::person`].
    pub(super) fn person(&self, recogniser: &Recogniser) -> Result<&QueryEmbedding, EncodeError> {
        kept(&self.person, || recogniser.person(&self.look))
    }
}

/// What a cell has, or what `make` makes now. Errors are not kept.
fn kept<T, E>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    if let Some(kept) = cell.get() {
        return Ok(kept);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_made_once_and_a_failure_is_tried_again() {
        let cell = OnceLock::new();
        assert_eq!(kept(&cell, || Err::<u8, _>("failed")), Err("failed"));
        assert_eq!(kept(&cell, || Ok::<_, &str>(1)), Ok(&1));
        assert_eq!(kept(&cell, || Err::<u8, _>("made again")), Ok(&1));
    }
}
