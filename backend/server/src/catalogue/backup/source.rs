//! What an archive is read from. In: a stream. Out: the same bytes, and what is wrong with them if they are no archive.

use std::io::{self, Read};

use super::BackupError;
use crate::catalogue::store::DATABASE;

/// Bytes of the beginning, as many as the longest mark below has.
const HEAD_BYTES: usize = 6;

/// What files of other kinds begin with.
const KINDS: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "a file that gzip has packed: unpack it first, gzip -dc FILE | shop-the-look catalogue restore -"),
    (
        b"\x28\xb5\x2f\xfd",
        "a file that zstd has packed: unpack it first, zstd -dc FILE | shop-the-look catalogue restore -",
    ),
    (b"\xfd7zXZ\0", "a file that xz has packed: unpack it first, xz -dc FILE | shop-the-look catalogue restore -"),
    (b"PK\x03\x04", "a ZIP file"),
];

/// A stream that remembers its beginning, its end and its failure.
pub(super) struct Source<R> {
    reader: R,
    head: Vec<u8>,
    is_at_end: bool,
    has_failed: bool,
}

impl<R> Source<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, head: Vec::new(), is_at_end: false, has_failed: false }
    }

    /// What an error means that came behind so many whole files.
    pub(super) fn explain(&self, error: BackupError, files: usize) -> BackupError {
        match error {
            _ if self.is_at_end && self.head.is_empty() => BackupError::NoArchive { received: "nothing" },
            BackupError::Archive(_) if self.has_failed => error,
            BackupError::Archive(_) if self.is_at_end && DATABASE.as_bytes().starts_with(&self.head) => {
                BackupError::CutOff
            }
            BackupError::Archive(_) if files == 0 => BackupError::NoArchive { received: self.kind() },
            BackupError::Archive(_) if self.is_at_end => BackupError::CutOff,
            BackupError::Archive(_) => BackupError::DamagedArchive { files },
            error => error,
        }
    }

    fn kind(&self) -> &'static str {
        let known = KINDS.into_iter().find(|(begin, _)| self.head.starts_with(begin));
        known.map_or("something else", |(_, kind)| kind)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer).inspect_err(|error| {
            self.has_failed |= error.kind() != io::ErrorKind::Interrupted;
        })?;
        self.is_at_end |= read == 0 && !buffer.is_empty();
        let room = HEAD_BYTES.saturating_sub(self.head.len()).min(read);
        self.head.extend_from_slice(&buffer[..room]);
        Ok(read)
    }
}
