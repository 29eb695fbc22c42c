//! How a product of matrices is shared out. In: its size. Out: a [`Tile`] for each workgroup.

/// Threads of a product's workgroup.
const THREADS: usize = 256;

/// What a workgroup computes of a product of matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::networks::gpu) struct Tile {
    /// Quads of columns; a thread has one.
    pub(in crate::networks::gpu) columns: usize,
    /// Rows of a thread.
    pub(in crate::networks::gpu) rows: usize,
    /// Quads of the inner dimension that are copied at a time.
    pub(in crate::networks::gpu) depth: usize,
}

impl Tile {
    /// Workgroups that fill a large device several times; with more work, a thread computes eight rows instead of four. Tests need both
    /// with few pictures.
    const MANY_GROUPS: usize = if cfg!(test) { 8 } else { 512 };

    /// All tiles.
    pub(in crate::networks::gpu) fn all() -> impl Iterator<Item = Self> {
        [4, 8, 16].into_iter().flat_map(|columns| [4, 8].map(|rows| Self::with(columns, rows)))
    }

    /// The tile for a product of so many rows and quads of columns. Narrow tiles waste fewer columns at the edge and read each row
    /// more often, by about eight columns' worth.
    pub(in crate::networks::gpu) fn of(rows: usize, quads: usize) -> Self {
        let cost = |columns: &usize| (quads.next_multiple_of(*columns) * (columns + 2)).div_ceil(*columns);
        let columns = [16, 8, 4].into_iter().min_by_key(cost).unwrap_or(16);
        let tall = Self::with(columns, 8);
        let groups = rows.div_ceil(tall.height()) * quads.div_ceil(columns);
        if groups >= Self::MANY_GROUPS { tall } else { Self::with(columns, 4) }
    }

    /// The copies of both matrices fit 16 KB.
    const fn with(columns: usize, rows: usize) -> Self {
        let height = THREADS / columns * rows;
        Self {
            columns,
            rows,
            depth: if height <= 128 {
                4
            } else if height <= 256 {
                2
            } else {
                1
            },
        }
    }

    /// Rows of the tile.
    pub(in crate::networks::gpu) const fn height(self) -> usize {
        THREADS / self.columns * self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fit_the_least_memory_of_a_workgroup_and_the_matrix() {
        for tile in Tile::all() {
            let quads = tile.height() * tile.depth + 4 * tile.depth * tile.columns;
            assert!(quads * 16 <= 16_384 && tile.columns > 0, "{tile:?}");
        }
        // 144 columns are four tiles of 32 and a half one; 1152 are 18 of 64.
        assert_eq!([4, 6, 10, 36, 288].map(|quads| Tile::of(100, quads).columns), [4, 8, 16, 8, 16]);
        assert_eq!([Tile::of(100, 36).rows, Tile::of(60_000, 36).rows], [4, 8]);
    }
}
