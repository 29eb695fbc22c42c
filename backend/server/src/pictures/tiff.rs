//! The tags of a TIFF file, before it is decoded. In: the file's bytes. Out: whether each tag's values may be in the file.
//!
//! The decoder makes room for the values of a tag before it reads them: 256 MiB for one of a file with a few hundred bytes.

/// Bytes of an entry: tag and type (u16), count of values (u32), and the values or where they are (u32).
const ENTRY_BYTES: usize = 12;

/// Bytes of a value of each type of TIFF 6.0 and its supplements, by the type's number; others are skipped by the decoder.
const TYPE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

/// Whether the first picture's tags have no more values than the file has bytes. A file that is no TIFF or cut off is left to the decoder.
pub(super) fn tags_fit(file: &[u8]) -> bool {
    let is_little = file.starts_with(b"II");
    let number = |at: usize, bytes: usize| -> Option<u64> {
        let bytes = file.get(at..at.checked_add(bytes)?)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) })
    };
    let Some(first) = number(4, 4).and_then(|offset| usize::try_from(offset).ok()) else { return true };
    let count = number(first, 2).unwrap_or(0) as usize;
    (0..count).map_while(|index| first.checked_add(2 + index * ENTRY_BYTES)).all(|entry| {
        let (kind, count) = (number(entry + 2, 2), number(entry + 4, 4));
        let bytes = kind.and_then(|kind| TYPE_BYTES.get(kind as usize)).copied().unwrap_or(0);
        count.unwrap_or(0) * bytes <= file.len() as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one tag of so many values of a type.
    fn file(kind: u16, count: u32) -> Vec<u8> {
        let mut file = b"II*\0\x08\0\0\0\x01\0\x0e\x01".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.resize(64, 0);
        file
    }

    #[test]
    fn a_tag_of_more_values_than_the_file_has_bytes_is_noticed() {
        for (kind, count, fits) in [
            (2, 64, true),
            (2, 65, false),
            (2, 0x1000_0000, false),
            (12, 8, true),
            (12, 9, false),
            (99, u32::MAX, true),
        ] {
            assert_eq!(tags_fit(&file(kind, count)), fits, "{count} values of type {kind}");
        }
        let big = [&b"MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\x10\0\0\0"[..], &[0; 40]].concat();
        assert!(!tags_fit(&big));
        // What is no TIFF, cut off, or leads anywhere, is the decoder's.
        for other in [&b""[..], b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"] {
            assert!(tags_fit(other), "{other:?}");
        }
    }
}
