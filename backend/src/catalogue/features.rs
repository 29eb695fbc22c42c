//! A catalogue's f(A) as a file. In and out: [`Features`].
//!
//! Layout, little-endian: magic `STLFEAT1`; SHA-256 of the FashionDNA network (32 bytes); version `u64`; count `u64`;
//! width `u64`; for each article its id as length `u32` and UTF-8; count × width float32, row-major; SHA-256 of
//! everything before (32 bytes).

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::files::write_durably;
use crate::models::{hex, unhex};

/// The format's name and version.
const MAGIC: &[u8; 8] = b"STLFEAT1";
/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;

/// f(A) of all articles of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// SHA-256 of the network that made them, lower-case hexadecimal.
    pub network_sha256: String,
    /// The catalogue's version.
    pub version: u64,
    /// Numbers of one feature, at least 1.
    pub width: usize,
    /// The articles' ids.
    pub ids: Vec<String>,
    /// `(ids, width)`, row-major.
    pub values: Vec<f32>,
}

/// What a feature file holds, and which file it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadFeatures {
    /// The content.
    pub features: Features,
    /// The file's checksum, which names it.
    pub sha256: [u8; HASH_BYTES],
}

/// Why a feature file is refused.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// The file cannot be read.
    #[error("the feature file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file is no feature file, or its checksum is wrong.
    #[error("the feature file {} is damaged ({reason}): run `shop-the-look catalogue import` again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: &'static str,
    },
    /// Made by another network, whose features mean something else.
    #[error(
        "the features in {} were made by another fashion-dna network (expected {expected}, got {received}): \
         run `shop-the-look catalogue import` again",
        path.display()
    )]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// SHA-256 of the network in use.
        expected: String,
        /// SHA-256 of the network that made the features.
        received: String,
    },
}

impl Features {
    /// The features, one article after the other, in the order of `ids`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.values.len() * 4 + self.ids.len() * 16 + 128);
        bytes.extend(MAGIC);
        bytes.extend(unhex(&self.network_sha256));
        for number in [self.version, self.ids.len() as u64, self.width as u64] {
            bytes.extend(number.to_le_bytes());
        }
        for id in &self.ids {
            bytes.extend((id.len() as u32).to_le_bytes());
            bytes.extend(id.as_bytes());
        }
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        if !bytes.starts_with(MAGIC) {
            return Err("it is no feature file of this version");
        }
        let (content, checksum) = bytes.split_last_chunk::<HASH_BYTES>().ok_or("it is cut short")?;
        if Sha256::digest(content)[..] != checksum[..] {
            return Err("its checksum is wrong");
        }
        // The checksum holds, so what follows fails only for a file that was written by a defective program.
        let mut reader = Reader(&content[MAGIC.len()..]);
        let network_sha256 = hex(reader.take(HASH_BYTES)?);
        let (version, count, width) = (reader.number()?, reader.number()? as usize, reader.number()? as usize);
        if width == 0 || count > content.len() {
            return Err("its sizes are impossible");
        }
        let ids = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
        let (chunks, rest) = reader.0.as_chunks::<4>();
        let values: Vec<f32> = chunks.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        if !rest.is_empty() || count.checked_mul(width) != Some(values.len()) {
            return Err("its sizes do not fit");
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err("a feature is not finite");
        }
        Ok(Self { network_sha256, version, width, ids, values })
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("it is cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, &'static str> {
        let bytes = self.take(8)?.try_into().map_err(|_| "it is cut short")?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn text(&mut self) -> Result<String, &'static str> {
        let length = self.take(4)?.try_into().map_err(|_| "it is cut short")?;
        let text = self.take(u32::from_le_bytes(length) as usize)?;
        String::from_utf8(text.to_vec()).map_err(|_| "an id is not UTF-8")
    }
}

/// Writes features so that they are on the disk when this returns, and gives the file's checksum.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, features: &Features) -> std::io::Result<[u8; HASH_BYTES]> {
    let bytes = features.to_bytes();
    write_durably(path, &[&bytes])?;
    Ok(bytes.last_chunk().copied().unwrap_or_default())
}

/// Reads features and checks that this network made them.
///
/// # Errors
/// See [`FeaturesError`].
pub fn read(path: &Path, network_sha256: &str) -> Result<ReadFeatures, FeaturesError> {
    let path = || path.to_owned();
    let bytes = std::fs::read(path()).map_err(|source| FeaturesError::Read { path: path(), source })?;
    let features = Features::from_bytes(&bytes).map_err(|reason| FeaturesError::Damaged { path: path(), reason })?;
    if !features.network_sha256.eq_ignore_ascii_case(network_sha256) {
        return Err(FeaturesError::OtherNetwork {
            path: path(),
            expected: network_sha256.to_owned(),
            received: features.network_sha256,
        });
    }
    // `from_bytes` has compared it with the content.
    let sha256 = bytes.last_chunk().copied().unwrap_or_default();
    Ok(ReadFeatures { features, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> Features {
        Features {
            network_sha256: "ab".repeat(32),
            version: 7,
            width: 2,
            ids: vec!["a".to_owned(), "größe-2".to_owned()],
            values: vec![1.0, -2.0, 3.5, 0.0],
        }
    }

    #[test]
    fn a_file_reads_back_and_any_changed_byte_is_noticed() {
        let bytes = features().to_bytes();
        assert_eq!(Features::from_bytes(&bytes), Ok(features()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Features::from_bytes(&damaged).is_err(), "byte {at}");
            assert!(Features::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn features_of_another_network_are_refused_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("features-7.bin");
        write(&path, &features()).expect("written");
        assert_eq!(read(&path, &"AB".repeat(32)).expect("the same network").features, features());
        let error = read(&path, &"cd".repeat(32)).expect_err("another network").to_string();
        assert!(error.contains("run `shop-the-look catalogue import` again"), "{error}");
    }
}
