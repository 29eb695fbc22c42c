//! What an import has encoded so far, so that the next one resumes it if it is killed. In: pictures' f(A), one by one. Out: those
//! of the import that was killed.
//!
//! Layout, little-endian: magic `STLENC01`; SHA-256 of the FashionDNA network (32 bytes); then for each picture its SHA-256 (32
//! bytes), `width` float32, and the first 8 bytes of the SHA-256 of both. Reading stops at the first record that is cut short or
//! damaged.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use crate::digest::Digest;

/// Its name in the catalogue's folder.
pub(super) const FILE: &str = "encoding.bin";

const MAGIC: &[u8; 8] = b"STLENC01";
/// Enough to notice a torn write: a damaged record passes with a probability of 2⁻⁶⁴.
const CHECK_BYTES: usize = 8;

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    file: Mutex<File>,
    known: HashMap<Digest, Vec<f32>>,
}

impl Journal {
    /// Reads what an import with the same network left; new records follow it.
    pub(super) fn open(folder: &Path, network_sha256: Digest, width: usize) -> io::Result<Self> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join(FILE))?;
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

    /// The pictures that an import with the same network left; reads only.
    pub(super) fn pictures(folder: &Path, network_sha256: Digest, width: usize) -> Vec<Digest> {
        let head = [&MAGIC[..], network_sha256.as_bytes()].concat();
        let found = File::open(folder.join(FILE)).and_then(|mut file| read_all(&mut file, &head, width));
        found.ok().flatten().map(|(known, _)| known.into_keys().collect()).unwrap_or_default()
    }

    /// f(A) of a picture that was encoded before.
    pub(super) fn get(&self, picture_sha256: &Digest) -> Option<&Vec<f32>> {
        self.known.get(picture_sha256)
    }

    /// Adds a picture. The record survives a kill. A power cut may damage it, which its checksum shows.
    pub(super) fn add(&self, picture_sha256: &Digest, feature: &[f32]) -> io::Result<()> {
        let mut record = picture_sha256.as_bytes().to_vec();
        record.extend(feature.iter().flat_map(|number| number.to_le_bytes()));
        record.extend(checksum(&record));
        // One write for a record; the lock keeps records apart.
        self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).write_all(&record)
    }
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
        let open = |network: Digest| Journal::open(folder.path(), network, 2).expect("a journal");
        let journal = open(network);
        journal.add(&a, &[1.0, -2.0]).expect("added");
        journal.add(&b, &[3.0, 4.0]).expect("added");
        drop(journal);
        let again = open(network);
        assert_eq!((again.get(&a), again.get(&b)), (Some(&vec![1.0, -2.0]), Some(&vec![3.0, 4.0])));
        drop(again);
        // The second record is cut short, then damaged: the first one counts, and what follows is written after it.
        let path = folder.path().join(FILE);
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
        assert!(open(Digest::of(b"another")).get(&a).is_none(), "another network");
    }
}
