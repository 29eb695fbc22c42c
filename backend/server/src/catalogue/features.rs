//! A catalogue's f(A) as a file, which is mapped, not read. In and out: [`Features`].
//!
//! Layout, little-endian: magic `STLFEAT2`; SHA-256 of the FashionDNA network (32 bytes); version `u64`; count `u64`;
//! width `u64`; zeros up to byte 128; count × width float32, row-major; for each article its id as length `u32` and UTF-8;
//! SHA-256 of everything before (32 bytes).

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::files::write_durably;
use crate::matching::machine::MappedFile;

// A file's numbers are read in place, without conversion.
const _: () = assert!(cfg!(target_endian = "little"), "feature files are little-endian");

#[cfg(fuzzing)]
pub mod fuzzing;

/// The format's name and version.
const MAGIC: &[u8; 8] = b"STLFEAT2";
/// Where the numbers begin: at a cache line.
pub(crate) const HEADER_BYTES: usize = 128;

/// f(A) of all articles of a catalogue.
#[derive(Debug)]
pub struct Features {
    /// SHA-256 of the network that made them.
    pub network_sha256: Digest,
    /// The catalogue's version.
    pub version: u64,
    /// Numbers of one feature, at least 1.
    pub width: usize,
    /// The articles' ids.
    pub ids: Vec<String>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Held(Vec<f32>),
    /// The file, and the range of its bytes that holds them.
    Mapped(MappedFile, Range<usize>),
}

/// What a feature file holds, and which file it is.
#[derive(Debug)]
pub struct ReadFeatures {
    /// The content.
    pub features: Features,
    /// The file's checksum, which identifies it.
    pub sha256: Digest,
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
        expected: Digest,
        /// SHA-256 of the network that made the features.
        received: Digest,
    },
}

impl Features {
    /// Features in memory: `values` is `(ids, width)`, row-major.
    ///
    /// # Panics
    /// When `values` has another length.
    #[must_use]
    pub fn new(network_sha256: Digest, version: u64, width: usize, ids: Vec<String>, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), ids.len() * width, "a feature for each article");
        Self { network_sha256, version, width, ids, values: Values::Held(values) }
    }

    /// `(ids, width)`, row-major.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        match &self.values {
            Values::Held(values) => values,
            Values::Mapped(file, numbers) => bytemuck::cast_slice(&file.bytes()[numbers.clone()]),
        }
    }

    /// The features, one article after the other, in the order of `ids`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values().chunks_exact(self.width)
    }

    /// The feature of the article at a position of `ids`.
    #[must_use]
    pub fn row(&self, article: usize) -> Option<&[f32]> {
        self.values().chunks_exact(self.width).nth(article)
    }

    fn from_file(file: MappedFile) -> Result<Self, &'static str> {
        let bytes = file.bytes();
        if !bytes.starts_with(MAGIC) {
            return Err("it is no feature file of this version");
        }
        let (content, checksum) = bytes.split_last_chunk().ok_or("it is cut short")?;
        if Digest::of(content) != Digest::from_bytes(*checksum) {
            return Err("its checksum is wrong");
        }
        // The checksum is right, so what follows fails only if the program that wrote the file was defective.
        let (header, body) = content.split_at_checked(HEADER_BYTES).ok_or("it is cut short")?;
        let mut reader = Reader(&header[MAGIC.len()..]);
        let network_sha256 = Digest::from_bytes(reader.array()?);
        let (version, count, width) = (reader.number()?, reader.number()? as usize, reader.number()? as usize);
        let number_bytes = count.checked_mul(width).and_then(|numbers| numbers.checked_mul(size_of::<f32>()));
        let (numbers, ids) =
            number_bytes.and_then(|bytes| body.split_at_checked(bytes)).ok_or("its sizes are impossible")?;
        let values = bytemuck::try_cast_slice::<u8, f32>(numbers).map_err(|_| "its numbers are misplaced")?;
        if width == 0 || !values.iter().all(|value| value.is_finite()) {
            return Err("a feature is not finite");
        }
        let mut reader = Reader(ids);
        let ids = (0..count).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
        if !reader.0.is_empty() {
            return Err("its sizes do not fit");
        }
        let numbers = HEADER_BYTES..HEADER_BYTES + numbers.len();
        Ok(Self { network_sha256, version, width, ids, values: Values::Mapped(file, numbers) })
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

    fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], &'static str> {
        let (taken, rest) = self.0.split_first_chunk().ok_or("it is cut short")?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u64, &'static str> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, &'static str> {
        let length = self.array().map(u32::from_le_bytes)?;
        let text = self.take(length as usize)?;
        String::from_utf8(text.to_vec()).map_err(|_| "an id is not UTF-8")
    }
}

/// Writes features and waits until they are on the disk. Returns the file's checksum.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, features: &Features) -> std::io::Result<Digest> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(MAGIC);
    header.extend(features.network_sha256.as_bytes());
    for number in [features.version, features.ids.len() as u64, features.width as u64] {
        header.extend(number.to_le_bytes());
    }
    header.resize(HEADER_BYTES, 0);
    let numbers: &[u8] = bytemuck::cast_slice(features.values());
    let mut ids = Vec::with_capacity(features.ids.len() * 16);
    for id in &features.ids {
        ids.extend((id.len() as u32).to_le_bytes());
        ids.extend(id.as_bytes());
    }
    let checksum = [&header, numbers, &ids].into_iter().fold(Sha256::new(), Sha256::chain_update).finalize();
    write_durably(path, &[&header, numbers, &ids, &checksum])?;
    Ok(Digest::from_bytes(checksum.into()))
}

/// The network that has made a file's features, by the first [`HEADER_BYTES`] of the file; none if it is no feature file of this version.
pub(crate) fn network_of(header: &[u8]) -> Option<Digest> {
    header.strip_prefix(MAGIC)?.first_chunk().copied().map(Digest::from_bytes)
}

/// The checksum that a feature file names itself by, which is not compared with its content.
///
/// # Errors
/// When the file cannot be read.
pub fn checksum(path: &Path) -> std::io::Result<Digest> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = [0; Digest::BYTES];
    file.seek(SeekFrom::End(-(Digest::BYTES as i64)))?;
    file.read_exact(&mut bytes)?;
    Ok(Digest::from_bytes(bytes))
}

/// Opens features and checks that they are whole and that this network made them.
///
/// # Errors
/// See [`FeaturesError`].
pub fn read(path: &Path, network_sha256: Digest) -> Result<ReadFeatures, FeaturesError> {
    let path = || path.to_owned();
    let file = MappedFile::open(&path()).map_err(|source| FeaturesError::Read { path: path(), source })?;
    let sha256 = Digest::from_bytes(file.bytes().last_chunk().copied().unwrap_or_default());
    let features = Features::from_file(file).map_err(|reason| FeaturesError::Damaged { path: path(), reason })?;
    if features.network_sha256 != network_sha256 {
        let (expected, received) = (network_sha256, features.network_sha256);
        return Err(FeaturesError::OtherNetwork { path: path(), expected, received });
    }
    Ok(ReadFeatures { features, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: Digest = Digest::from_bytes([0xab; Digest::BYTES]);

    fn features() -> Features {
        Features::new(NETWORK, 7, 2, vec!["a".to_owned(), "größe-2".to_owned()], vec![1.0, -2.0, 3.5, 0.0])
    }

    #[test]
    fn a_file_reads_back_and_any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("features-7.bin");
        let sha256 = write(&path, &features()).expect("written");
        let read_back = read(&path, NETWORK).expect("whole");
        assert_eq!((&read_back.features.ids, read_back.features.version), (&features().ids, 7));
        assert_eq!((read_back.features.values(), read_back.sha256), (features().values(), sha256));
        assert_eq!(read_back.features.row(1), Some(&[3.5, 0.0][..]));
        let bytes = std::fs::read(&path).expect("a file");
        assert_eq!(network_of(&bytes[..HEADER_BYTES]), Some(NETWORK));
        assert_eq!((network_of(&bytes[1..]), network_of(&bytes[..MAGIC.len()])), (None, None));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            for content in [&damaged[..], &bytes[..at]] {
                // Under a new name: a mapped file is never changed.
                let path = folder.path().join(format!("{at}-{}.bin", content.len()));
                std::fs::write(&path, content).expect("written");
                assert!(read(&path, NETWORK).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn features_of_another_network_are_refused_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("features-7.bin");
        write(&path, &features()).expect("written");
        let error = read(&path, Digest::of(b"another")).expect_err("another network").to_string();
        assert!(error.contains("run `shop-the-look catalogue import` again"), "{error}");
    }
}
