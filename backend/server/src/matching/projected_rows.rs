//! V f(A) + b of every article in float32. In: f(A). Out: [`ProjectedRows`].
//!
//! Only the candidates of a pass are scored with these rows. They are computed once for a catalogue's features and a match's
//! weights, and kept in a file that is mapped into memory. Layout, little-endian: magic `STLROWS1`; SHA-256 of the weights (32 bytes); SHA-256 of the features (32 bytes); count `u64`;
//! hidden `u64`; zeros up to byte 128; count × hidden float32, row-major; SHA-256 of everything before (32 bytes).

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::files::write_durably;
use crate::matching::machine::MappedFile;
use crate::matching::part::Part;
use crate::matching::weights::MatchWeights;
use crate::parallel::{available_threads, for_each_in_order};

/// The format's name and version.
const MAGIC: &[u8; 8] = b"STLROWS1";
/// Where the numbers begin in the file.
pub const HEADER_BYTES: usize = 128;
/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;
/// Articles that a thread projects at a time: some megabytes.
const CHUNK: usize = 4096;

/// `(articles, hidden)` float32, row-major.
#[derive(Debug)]
pub struct ProjectedRows {
    bytes: Bytes,
    hidden: usize,
    /// Articles whose rows are here.
    stored: usize,
    /// Those of them that count.
    part: Part,
}

#[derive(Debug)]
enum Bytes {
    InMemory(Vec<u8>),
    Mapped(MappedFile),
}

impl ProjectedRows {
    /// Computes the rows of articles' f(A), `(width)` each, on all cores.
    ///
    /// # Panics
    /// When a feature is not as long as the weights' width.
    #[must_use]
    pub fn project(weights: &MatchWeights, features: &[&[f32]]) -> Self {
        let chunks: Vec<&[&[f32]]> = features.chunks(CHUNK).collect();
        let mut bytes = Vec::with_capacity(features.len() * weights.hidden * 4);
        let projected = |chunk: &&[&[f32]]| {
            let mut rows = Vec::with_capacity(chunk.len() * weights.hidden);
            chunk.iter().for_each(|feature| weights.project_article(feature, &mut rows));
            rows.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()
        };
        let Ok(()) = for_each_in_order(&chunks, available_threads(), projected, |_, rows| {
            bytes.extend(rows);
            Ok::<(), std::convert::Infallible>(())
        });
        Self { bytes: Bytes::InMemory(bytes), hidden: weights.hidden, stored: features.len(), part: Part::WHOLE }
    }

    /// Reads the rows of a catalogue's features from `path`. If that file is missing, damaged or made from other weights or
    /// features, computes the rows and writes the file. If the file cannot be written, the rows stay in memory.
    ///
    /// `features_sha256` identifies the features.
    pub fn open_or_project(
        path: &Path,
        weights: &MatchWeights,
        features: &[&[f32]],
        features_sha256: [u8; HASH_BYTES],
    ) -> Self {
        let header = header(weights, features.len(), features_sha256);
        if let Ok(rows) = Self::open(path, &header, weights.hidden, features.len()) {
            return rows;
        }
        let rows = Self::project(weights, features);
        let checksum = Sha256::new().chain_update(&header).chain_update(rows.data()).finalize();
        let written = write_durably(path, &[&header, rows.data(), &checksum]);
        match written.and_then(|()| Self::open(path, &header, weights.hidden, features.len())) {
            Ok(mapped) => mapped,
            Err(error) => {
                tracing::warn!("the projected features stay in memory: {}: {error}", path.display());
                rows
            }
        }
    }

    fn open(path: &Path, header: &[u8], hidden: usize, count: usize) -> io::Result<Self> {
        let file = MappedFile::open(path)?;
        let refused = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
        let (content, checksum) =
            file.bytes().split_last_chunk::<HASH_BYTES>().ok_or_else(|| refused("the file is cut short"))?;
        if !content.starts_with(header) || content.len() != HEADER_BYTES + count * hidden * 4 {
            return Err(refused("the file holds other rows"));
        }
        if Sha256::digest(content)[..] != checksum[..] {
            return Err(refused("the file's checksum is wrong"));
        }
        file.advise_random_reads();
        Ok(Self { bytes: Bytes::Mapped(file), hidden, stored: count, part: Part::WHOLE })
    }

    /// The rows of one part of these articles only, by their numbers in that part.
    #[must_use]
    pub fn of_part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Number of articles.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.part.len(self.stored)
    }

    /// Number of articles of all parts.
    #[must_use]
    pub const fn len_of_all(&self) -> usize {
        self.stored
    }

    /// Whether there are no articles.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the rows are in a mapped file.
    #[must_use]
    pub const fn are_mapped(&self) -> bool {
        matches!(self.bytes, Bytes::Mapped(_))
    }

    /// The row `(hidden)` of an article, little-endian.
    ///
    /// # Panics
    /// When there is no such article.
    #[must_use]
    pub fn row(&self, article: usize) -> &[[u8; 4]] {
        self.row_of_all(self.part.number(article))
    }

    /// The row of an article by its number among those of all parts.
    ///
    /// # Panics
    /// When there is no such article.
    #[must_use]
    pub fn row_of_all(&self, number: usize) -> &[[u8; 4]] {
        let (numbers, _) = self.data()[number * self.hidden * 4..][..self.hidden * 4].as_chunks();
        numbers
    }

    /// Reads the row `(hidden)` of an article into `row`.
    ///
    /// # Panics
    /// When there is no such article, or `row` is not `hidden` long.
    pub fn read(&self, article: usize, row: &mut [f32]) {
        assert_eq!(row.len(), self.hidden, "a row has one number for each hidden unit");
        for (number, &bytes) in row.iter_mut().zip(self.row(article)) {
            *number = f32::from_le_bytes(bytes);
        }
    }

    fn data(&self) -> &[u8] {
        match &self.bytes {
            Bytes::InMemory(bytes) => bytes,
            Bytes::Mapped(file) => &file.bytes()[HEADER_BYTES..][..self.stored * self.hidden * 4],
        }
    }
}

fn header(weights: &MatchWeights, count: usize, features_sha256: [u8; HASH_BYTES]) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(MAGIC);
    header.extend(weights.sha256());
    header.extend(features_sha256);
    header.extend((count as u64).to_le_bytes());
    header.extend((weights.hidden as u64).to_le_bytes());
    header.resize(HEADER_BYTES, 0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::fixtures::{noise, weights};

    fn read(rows: &ProjectedRows) -> Vec<f32> {
        let mut all = vec![0.0; rows.len() * 40];
        all.chunks_exact_mut(40).enumerate().for_each(|(article, row)| rows.read(article, row));
        all
    }

    #[test]
    fn a_file_is_used_again_only_by_its_own_weights_and_features() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows.bin");
        let (weights, values) = (weights(), noise(5, 24));
        let features: Vec<&[f32]> = values.chunks_exact(8).collect();
        let expected = read(&ProjectedRows::project(&weights, &features));
        let open = |weights: &MatchWeights, sha256| ProjectedRows::open_or_project(&path, weights, &features, sha256);
        let first = open(&weights, [1; 32]);
        assert!(first.are_mapped());
        assert_eq!(read(&first), expected);
        let written = std::fs::read(&path).expect("a file");
        let modified = || std::fs::metadata(&path).and_then(|file| file.modified()).expect("a time");
        let before = modified();
        assert_eq!(read(&open(&weights, [1; 32])), expected);
        assert_eq!(modified(), before, "the file was used");
        // A flipped bit, a file cut short, other features, other weights: computed again.
        for damaged in [[&written[..200], &[written[200] ^ 1], &written[201..]].concat(), written[..300].to_vec()] {
            std::fs::write(&path, damaged).expect("written");
            assert_eq!(read(&open(&weights, [1; 32])), expected);
            assert_eq!(std::fs::read(&path).expect("a file"), written);
        }
        open(&weights, [2; 32]);
        assert_ne!(std::fs::read(&path).expect("a file"), written);
        let other = MatchWeights { b: noise(9, 40), ..weights };
        assert_ne!(read(&open(&other, [2; 32])), expected);
        // The folder is missing: the rows stay in memory.
        let nowhere = folder.path().join("missing/rows.bin");
        let held = ProjectedRows::open_or_project(&nowhere, &other, &features, [2; 32]);
        assert!(!held.are_mapped());
    }
}
