//! All articles in a byte for each hidden unit: what a pass reads. In: float32 rows. Out: [`QuantisedRows`] and their [`Grid`].

use std::io;
use std::ops::Range;

use rayon::prelude::*;

use crate::matching::grid::{Grid, Ranges};
use crate::matching::machine::AlignedRows;
use crate::matching::positions::{NO_ARTICLE, Positions};
use crate::matching::projected_rows::ProjectedRows;
use crate::matching::top_k::BLOCK;

/// Articles that a thread looks at together for the grid's ranges: large against what starting costs.
const RANGE_CHUNK: usize = 64 * BLOCK;

/// Rows of bytes in groups of neighbours. Rows between groups are zero.
#[derive(Debug)]
pub struct QuantisedRows {
    rows: AlignedRows,
    negative_bytes: usize,
    groups: Vec<Range<usize>>,
}

impl QuantisedRows {
    /// Rows of which the first `negative_bytes` bytes count negatively, in groups that each begin at a multiple of
    /// [`BLOCK`].
    ///
    /// # Panics
    /// When groups and rows do not fit.
    #[must_use]
    pub fn new(rows: AlignedRows, negative_bytes: usize, groups: Vec<Range<usize>>) -> Self {
        assert!(groups.iter().all(|group| group.start.is_multiple_of(BLOCK)), "groups begin at whole blocks");
        assert!(groups.iter().all(|group| group.end <= rows.count()), "every row of a group exists");
        Self { rows, negative_bytes, groups }
    }

    /// Fits a grid to all articles and quantises their rows, on all cores; of a part, the grid is that of all parts. `w2` `(hidden)`.
    ///
    /// # Errors
    /// When the system has no memory left.
    pub(super) fn quantise(w2: &[f32], projected: &ProjectedRows, positions: &Positions) -> io::Result<(Grid, Self)> {
        let empty = || Ranges::empty(w2.len());
        let all = projected.len_of_all();
        let ranges = (0..all.div_ceil(RANGE_CHUNK)).into_par_iter().map(|chunk| {
            let (mut ranges, mut row) = (empty(), vec![0.0; w2.len()]);
            for number in chunk * RANGE_CHUNK..all.min((chunk + 1) * RANGE_CHUNK) {
                let numbers = projected.row_of_all(number).iter();
                row.iter_mut().zip(numbers).for_each(|(number, &bytes)| *number = f32::from_le_bytes(bytes));
                ranges.add(&row);
            }
            ranges
        });
        let grid = Grid::fit(w2, &ranges.reduce(empty, |a, b| a.merged(&b)));
        let stride = grid.stride();
        let mut rows = AlignedRows::zeroed(positions.articles.len(), stride)?;
        let blocks = rows.bytes_mut().par_chunks_mut(BLOCK * stride).zip(positions.articles.par_chunks(BLOCK));
        blocks.for_each(|(bytes, articles)| {
            let mut row = vec![0.0; w2.len()];
            for (bytes, &article) in bytes.chunks_exact_mut(stride).zip(articles) {
                if article != NO_ARTICLE {
                    projected.read(article as usize, &mut row);
                    grid.quantise(&row, bytes);
                }
            }
        });
        let rows = Self::new(rows, grid.negative_bytes(), positions.groups.clone());
        Ok((grid, rows))
    }

    /// Number of rows, those between groups included.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.rows.count()
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.rows.stride()
    }

    /// Bytes of a row that count negatively; they come first.
    #[must_use]
    pub const fn negative_bytes(&self) -> usize {
        self.negative_bytes
    }

    /// The rows of each group.
    #[must_use]
    pub fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    /// All bytes `(count, stride)`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.rows.bytes()
    }

    /// The bytes of some rows.
    ///
    /// # Panics
    /// When a row does not exist.
    #[must_use]
    pub fn range(&self, rows: Range<usize>) -> &[u8] {
        self.rows.range(rows)
    }
}
