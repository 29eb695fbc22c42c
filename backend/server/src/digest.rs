//! SHA-256 digests, which name files and pictures. In: bytes, or 64 hexadecimal digits. Out: a [`Digest`].

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Printed and read as 64 hexadecimal digits, printed in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; Self::BYTES]);

/// A text that is no SHA-256 digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a SHA-256 digest of 64 hexadecimal digits, got {0:?}")]
pub struct DigestError(pub String);

impl Digest {
    /// Bytes of a digest.
    pub const BYTES: usize = 32;

    /// Bytes that [`Digest::short`] prints: among a million files, two share them with a probability below 10⁻⁷.
    const SHORT_BYTES: usize = 8;

    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that was computed or stored before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The first 16 hexadecimal digits, for addresses and entity tags.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.0[..Self::SHORT_BYTES])
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; Self::BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DigestError(text.chars().take(80).collect()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST's example for the message "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_printed_in_lower_case_and_read_in_either() {
        let digest = Digest::of(b"abc");
        assert_eq!((digest.to_string().as_str(), digest.short().as_str()), (ABC, &ABC[..16]));
        assert_eq!((ABC.parse(), ABC.to_uppercase().parse()), (Ok(digest), Ok(digest)));
    }

    #[test]
    fn what_is_no_digest_is_refused_and_not_read_as_zeros() {
        for text in ["", "ba78", &ABC[1..], &format!("{ABC}00"), &ABC.replace('b', "x"), &"ü".repeat(32)] {
            let error = text.parse::<Digest>().expect_err(text);
            assert!(error.to_string().starts_with("expected a SHA-256 digest"), "{error}");
        }
    }
}
