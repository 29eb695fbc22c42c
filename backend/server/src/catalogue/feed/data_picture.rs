//! A picture that stands in the feed itself, as a `data:` URL (RFC 2397). In: its text. Out: the file's bytes, within the bound of all
//! pictures.
//!
//! Whatever media type the text names, the file's first bytes tell what it is, as of any other picture. It has no address under which an
//! earlier import could have known it: its content names it.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use crate::counted::counted;
use crate::digest::Digest;
use crate::pictures::decode::Bounds;

/// Bytes of a text that are read for pictures: the largest file with each byte as `%FF`, and what stands before it. Readers cut what is
/// longer, and the rest is refused where it is decoded.
pub(super) const MAX_TEXT_BYTES: usize = 3 * Bounds::PRODUCT.bytes as usize + 1000;

/// As browsers read base64: with or without padding (WHATWG Infra, forgiving-base64 decode).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A picture's file. Copies share it; two are equal if their bytes are.
#[derive(Clone)]
pub struct DataPicture {
    file: Arc<[u8]>,
    sha256: Digest,
}

/// Why a text is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataPictureError {
    /// Nothing parts the type from the picture.
    #[error("expected data:TYPE;base64, and the picture behind the comma")]
    NoComma,
    /// Other letters than those of base64.
    #[error("expected base64 behind the comma ({0})")]
    Base64(base64::DecodeError),
    /// There is no picture behind the comma.
    #[error("expected a picture behind the comma")]
    Empty,
    /// Larger than a picture may be.
    #[error("expected a picture of at most {limit_bytes} bytes, which has {received_bytes}")]
    TooLong {
        /// The most bytes that are accepted.
        limit_bytes: u64,
        /// The picture's bytes, or those of the part that was read.
        received_bytes: u64,
    },
}

impl DataPicture {
    /// Reads `data:image/jpeg;base64,/9j/…`, or a text without `base64` whose bytes are percent-encoded. Line breaks and spaces between
    /// letters of base64 are ignored.
    ///
    /// # Errors
    /// See [`DataPictureError`].
    pub fn parse(text: &str) -> Result<Self, DataPictureError> {
        let (kind, data) = text.split_once(',').ok_or(DataPictureError::NoComma)?;
        // A fragment is no part of what an address holds.
        let data = data.split_once('#').map_or(data, |(data, _)| data);
        let bytes: Cow<'_, [u8]> = percent_decode_str(data).into();
        let is_base64 = kind.rsplit([';', ':']).next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
        let file = if is_base64 {
            let letters: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            BASE64.decode(letters).map_err(DataPictureError::Base64)?
        } else {
            bytes.into_owned()
        };
        let (limit_bytes, received_bytes) = (Bounds::PRODUCT.bytes, file.len() as u64);
        if received_bytes > limit_bytes {
            return Err(DataPictureError::TooLong { limit_bytes, received_bytes });
        }
        if file.is_empty() {
            return Err(DataPictureError::Empty);
        }
        Ok(Self { sha256: Digest::of(&file), file: file.into() })
    }

    /// The file's bytes.
    #[must_use]
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// The SHA-256 of the file, which names it.
    #[must_use]
    pub const fn sha256(&self) -> &Digest {
        &self.sha256
    }
}

impl PartialEq for DataPicture {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for DataPicture {}

impl Hash for DataPicture {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sha256.hash(state);
    }
}

/// Never the picture itself, which is long.
impl fmt::Display for DataPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the data: URL of {}", counted(self.file.len(), "byte"))
    }
}

impl fmt::Debug for DataPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_and_percent_encoding_are_read_as_browsers_do() {
        for text in [
            "data:image/png;base64,/wBhYg==",
            "DATA:image/png;charset=utf-8; BASE64 ,/wBhYg",
            "data:;base64,/wBh\n Yg=%3D#top",
            "data:base64,%2FwBhYg==",
            "data:image/png,%FF%00ab",
            "data:,%ff%00a%62#b",
        ] {
            let picture = DataPicture::parse(text).expect(text);
            assert_eq!((picture.file(), *picture.sha256()), (&b"\xFF\0ab"[..], Digest::of(b"\xFF\0ab")), "{text}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("data:image/png;base64", "expected data:TYPE;base64, and"),
            ("data:image/png;base64,/9j?", "expected base64 behind the comma (Invalid symbol 63"),
            ("data:image/png;base64,/", "expected base64 behind the comma"),
            ("data:image/png;base64,", "expected a picture behind the comma"),
        ] {
            let error = DataPicture::parse(text).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_bound_is_that_of_every_picture() {
        let most = Bounds::PRODUCT.bytes as usize;
        let text = |bytes: usize| format!("data:image/jpeg;base64,{}", BASE64.encode(vec![7; bytes]));
        assert_eq!(DataPicture::parse(&text(most)).map(|picture| picture.file().len()), Ok(most));
        let error = DataPicture::parse(&text(most + 1)).expect_err("too long").to_string();
        assert_eq!(error, "expected a picture of at most 41943040 bytes, which has 41943041");
        // A reader that cuts the text makes no smaller picture of a larger one.
        let cut = format!("data:,{}", "%FF".repeat((MAX_TEXT_BYTES - 6) / 3));
        assert!(matches!(DataPicture::parse(&cut), Err(DataPictureError::TooLong { .. })));
    }
}
