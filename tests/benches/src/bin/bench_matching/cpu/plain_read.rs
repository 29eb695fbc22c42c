//! How fast memory is read. In: a number of rows. Out: a pass over as many bytes that does nothing but read.

use std::io;

use stl_server::matching::machine::AlignedRows;

/// Bytes in the same kind of memory as the matcher's rows.
pub(super) struct PlainRead(AlignedRows);

impl PlainRead {
    /// `count` rows of `stride` bytes. They are written once: the system only then gives them memory.
    pub(super) fn new(count: usize, stride: usize) -> io::Result<Self> {
        let mut rows = AlignedRows::zeroed(count, stride)?;
        rows.bytes_mut().fill(1);
        Ok(Self(rows))
    }

    /// Reads all bytes, each thread a part, and returns a sum so that no read is left out.
    pub(super) fn read(&self, threads: usize) -> u64 {
        let bytes = self.0.bytes();
        if threads == 1 {
            return sum(bytes);
        }
        std::thread::scope(|scope| {
            let parts = bytes.chunks(bytes.len().div_ceil(threads));
            let parts: Vec<_> = parts.map(|part| scope.spawn(move || sum(part))).collect();
            parts.into_iter().map(|part| part.join().unwrap_or_default()).fold(0, u64::wrapping_add)
        })
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let (blocks, _) = bytes.as_chunks::<64>();
    let mut sums = [0_u64; 8];
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    sums.iter().fold(0, |all: u64, sum| all.wrapping_add(*sum))
}
