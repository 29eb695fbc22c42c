//! A query as the kernels read it. In: bytes on the grid. Out: [`Thresholds`].

/// Bytes of a cache line. A row is a whole number of lines, and so is the part of a row that belongs to one sign.
pub const LINE_BYTES: usize = 64;

/// A query on the rows' grid: first the units that count negatively, then the others. Each part is a whole number of
/// lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    bytes: Vec<u8>,
    negative_bytes: usize,
}

impl Thresholds {
    /// `bytes`, of which the first `negative_bytes` count negatively.
    ///
    /// # Panics
    /// When a part is not a whole number of lines, or `bytes` is empty.
    #[must_use]
    pub fn new(bytes: Vec<u8>, negative_bytes: usize) -> Self {
        assert!(
            !bytes.is_empty() && bytes.len().is_multiple_of(LINE_BYTES),
            "expected thresholds of whole lines, got {} bytes",
            bytes.len()
        );
        assert!(
            negative_bytes <= bytes.len() && negative_bytes.is_multiple_of(LINE_BYTES),
            "expected a negative part of whole lines, got {negative_bytes} bytes"
        );
        Self { bytes, negative_bytes }
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.bytes.len()
    }

    /// How many of the bytes count negatively; they come first.
    #[must_use]
    pub const fn negative_bytes(&self) -> usize {
        self.negative_bytes
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
