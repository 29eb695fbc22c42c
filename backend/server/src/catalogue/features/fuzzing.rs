//! Feature files of any bytes, for the programs of `fuzz/`. In: bytes. Out: nothing: what counts is that it ends without a panic.

use std::io::Write as _;

use super::read;
use crate::digest::Digest;

/// Reads bytes as a feature file whose checksum is right: without it all that comes after would never be reached.
///
/// # Panics
/// When a file cannot be written.
pub fn read_with_checksum(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).and_then(|()| file.write_all(Digest::of(bytes).as_bytes())).expect("written");
    if let Ok(read) = read(file.path(), Digest::from_bytes([0; Digest::BYTES])) {
        let features = read.features;
        assert_eq!(features.rows().len(), features.ids.len(), "a feature for each article");
    }
}
