//! Memory for the rows that a pass reads. In: a number of rows. Out: zeroed bytes.

use std::io;
use std::ops::Range;

#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::{MmapMut, MmapOptions};

use super::thresholds::LINE_BYTES;

/// `(count, stride)` bytes, row-major, that begin at a cache line. They are in large pages if the system has them: a pass
/// over gigabytes then needs five hundred times fewer address translations.
#[derive(Debug)]
pub struct AlignedRows {
    map: MmapMut,
    count: usize,
    stride: usize,
}

impl AlignedRows {
    /// `count` rows of `stride` zeros.
    ///
    /// # Errors
    /// When the system has no memory left.
    pub fn zeroed(count: usize, stride: usize) -> io::Result<Self> {
        // An empty mapping is an error on some systems.
        let map = MmapOptions::new().len((count * stride).max(LINE_BYTES)).map_anon()?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(Advice::HugePage);
        Ok(Self { map, count, stride })
    }

    /// Number of rows.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.map[..self.count * self.stride]
    }

    /// All bytes, to write them.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.map[..self.count * self.stride]
    }

    /// The bytes of some rows.
    ///
    /// # Panics
    /// When a row does not exist.
    #[must_use]
    pub fn range(&self, rows: Range<usize>) -> &[u8] {
        &self.bytes()[rows.start * self.stride..rows.end * self.stride]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_zero_and_aligned() {
        let mut rows = AlignedRows::zeroed(10, 100).expect("memory");
        assert!(rows.bytes().iter().all(|&byte| byte == 0));
        assert!(rows.bytes().as_ptr().addr().is_multiple_of(LINE_BYTES));
        rows.bytes_mut()[999] = 7;
        assert_eq!(rows.range(9..10)[99], 7);
        assert!(AlignedRows::zeroed(0, 64).expect("memory").bytes().is_empty());
    }
}
