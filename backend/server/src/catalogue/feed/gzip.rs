//! Files compressed by gzip. In: bytes. Out: what they hold, within a limit.

use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;

/// The first bytes of a gzip file.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Why a file cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum GzipError {
    /// It holds more than the limit.
    #[error("unpacked it has more than {limit_bytes} bytes, the most that are accepted")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// Its end is missing.
    #[error("the gzip file is cut off: expected its end. Fetch it again, nothing was changed")]
    Cut,
    /// It is damaged, or its content cannot be written.
    #[error("the gzip file cannot be unpacked: {0}")]
    Damaged(io::Error),
}

/// Whether a file is compressed by gzip.
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks a gzip file, of one part or several. Returns the number of unpacked bytes, at most `limit_bytes`.
///
/// # Errors
/// See [`GzipError`].
pub fn unpack(packed: impl Read, unpacked: &mut impl Write, limit_bytes: u64) -> Result<u64, GzipError> {
    let mut reader = MultiGzDecoder::new(packed).take(limit_bytes + 1);
    let length = io::copy(&mut reader, unpacked).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => GzipError::Cut,
        _ => GzipError::Damaged(error),
    })?;
    if length > limit_bytes { Err(GzipError::TooLarge { limit_bytes }) } else { Ok(length) }
}

#[cfg(test)]
pub(crate) mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("written to memory");
        encoder.finish().expect("finished")
    }

    #[test]
    fn a_file_is_unpacked_within_its_limit_and_to_its_end() {
        let text = b"id,title\n".repeat(1000);
        let file = packed(&text);
        let unpack = |file: &[u8], limit| {
            let mut out = Vec::new();
            unpack(file, &mut out, limit).map(|_| out)
        };
        assert_eq!(unpack(&file, 9000).expect("unpacked"), text);
        assert_eq!(unpack(&[&file[..], &file].concat(), 18_000).expect("two parts").len(), 18_000);
        assert!(matches!(unpack(&file, 8999), Err(GzipError::TooLarge { limit_bytes: 8999 })));
        assert!(matches!(unpack(&file[..file.len() - 9], 9000), Err(GzipError::Cut)));
        let mut damaged = file.clone();
        damaged[12] ^= 0xFF;
        assert!(unpack(&damaged, 9000).is_err());
    }
}
