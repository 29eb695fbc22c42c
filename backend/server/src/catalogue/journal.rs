//! What has been encoded so far, so that a later run resumes it: an import its f(A), and what learns from further pictures its f(I). In:
//! embeddings, one by one, by a digest. Out: those of earlier runs.
//!
//! Layout, little-endian: magic `STLENC01`; SHA-256 of the network (32 bytes); then for each embedding its digest (32 bytes), `width` float32, and the first 8 bytes of the SHA-256 of both. Reading stops at the first record that is cut short or
//! damaged.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use crate::digest::Digest;
use crate::files::write_durably;
use crate::parallel::locked;

/// The name of an import's in the catalogue's folder.
pub(super) const FILE: &str = "encoding.bin";

const MAGIC: &[u8; 8] = b"STLENC01";
/// Enough to notice a torn write: a damaged record passes with a probability of 2⁻⁶⁴.
const CHECK_BYTES: usize = 8;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Mutex<File>,
    known: HashMap<Digest, Vec<f32>>,
}

impl Journal {
    /// Reads what an earlier run with the same network left in a file; new records follow it.
    pub(crate) fn open(path: &Path, network_sha256: Digest, width: usize) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let head = [&MAGIC[..], network_sha256.as_bytes()].concat();
        let (known, good_bytes) = match read_all(&mut file, &head, width)? {
            Some(found) => found,
            None => {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
                file.write_all(&head)?;
                (HashMap::new(), head.len())
            }
        };
        file.set_len(good_bytes as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file: Mutex::new(file), known })
    }

    /// The digests that an earlier run with the same network left; reads only.
    pub(super) fn pictures(path: &Path, network_sha256: Digest, width: usize) -> Vec<Digest> {
        let head = [&MAGIC[..], network_sha256.as_bytes()].concat();
        let found = File::open(path).and_then(|mut file| read_all(&mut file, &head, width));
        found.ok().flatten().map(|(known, _)| known.into_keys().collect()).unwrap_or_default()
    }

    /// How many embeddings were there when it was opened.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// An embedding that was there when it was opened.
    pub(crate) fn get(&self, picture_sha256: &Digest) -> Option<&Vec<f32>> {
        self.known.get(picture_sha256)
    }

    /// Adds an embedding. The record survives a kill. A power cut may damage it, which its checksum shows.
    pub(crate) fn add(&self, picture_sha256: &Digest, feature: &[f32]) -> io::Result<()> {
        let record = record(picture_sha256, feature);
        // One write for a record; the lock keeps records apart.
        locked(&self.file).write_all(&record)
    }
}

/// Writes a journal again with those of its embeddings that are `needed`, in one step.
pub(crate) fn compact(
    path: &Path,
    network_sha256: Digest,
    width: usize,
    needed: impl Iterator<Item = Digest>,
) -> io::Result<()> {
    let known = Journal::open(path, network_sha256, width)?.known;
    let mut records = Vec::new();
    for key in needed {
        if let Some(embedding) = known.get(&key) {
            records.push(record(&key, embedding));
        }
    }
    let parts: Vec<&[u8]> =
        [&MAGIC[..], network_sha256.as_bytes()].into_iter().chain(records.iter().map(|record| &record[..])).collect();
    write_durably(path, &parts)
}

fn record(key: &Digest, embedding: &[f32]) -> Vec<u8> {
    let mut record = key.as_bytes().to_vec();
    record.extend(embedding.iter().flat_map(|number| number.to_le_bytes()));
    record.extend(checksum(&record));
    record
}

/// The whole records, and the bytes up to their end.
type Records = (HashMap<Digest, Vec<f32>>, usize);

/// The whole records of a journal; none if another network made them.
fn read_all(file: &mut File, head: &[u8], width: usize) -> io::Result<Option<Records>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let Some(records) = bytes.strip_prefix(head) else { return Ok(None) };
    let (mut known, mut good_bytes) = (HashMap::new(), head.len());
    for record in records.chunks_exact(Digest::BYTES + width * 4 + CHECK_BYTES) {
        let Some((sha256, feature)) = read(record) else { break };
        known.insert(sha256, feature);
        good_bytes += record.len();
    }
    Ok(Some((known, good_bytes)))
}

fn read(record: &[u8]) -> Option<(Digest, Vec<f32>)> {
    let (content, check) = record.split_last_chunk()?;
    if checksum(content) != *check {
        return None;
    }
    let (sha256, numbers) = content.split_first_chunk()?;
    let feature = numbers.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    Some((Digest::from_bytes(*sha256), feature))
}

fn checksum(content: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&Digest::of(content).as_bytes()[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_records_of_the_same_network_are_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (network, a, b) = (Digest::of(b"network"), Digest::of(b"a"), Digest::of(b"b"));
        let path = folder.path().join(FILE);
        let open = |network: Digest| Journal::open(&path, network, 2).expect("a journal");
        let journal = open(network);
        journal.add(&a, &[1.0, -2.0]).expect("added");
        journal.add(&b, &[3.0, 4.0]).expect("added");
        drop(journal);
        let again = open(network);
        assert_eq!((again.get(&a), again.get(&b)), (Some(&vec![1.0, -2.0]), Some(&vec![3.0, 4.0])));
        drop(again);
        // The second record is cut short, then damaged: the first one counts, and what follows is written after it.
        let whole = std::fs::read(&path).expect("a file");
        let mut damaged = whole.clone();
        damaged[whole.len() - 12] ^= 1;
        for bytes in [&whole[..whole.len() - 1], &damaged] {
            std::fs::write(&path, bytes).expect("written");
            let journal = open(network);
            assert!(journal.get(&a).is_some() && journal.get(&b).is_none());
            journal.add(&b, &[3.0, 4.0]).expect("added");
            drop(journal);
            assert_eq!(std::fs::read(&path).expect("a file"), whole);
        }
        // What is not needed goes; what is needed and unknown does not matter.
        compact(&path, network, 2, [b, Digest::of(b"c")].into_iter()).expect("written");
        let left = open(network);
        assert_eq!((left.len(), left.get(&b)), (1, Some(&vec![3.0, 4.0])));
        assert!(open(Digest::of(b"another")).get(&b).is_none(), "another network");
    }
}
