//! What a step runs, and the grid of its workgroups.

use super::tile::Tile;

/// Threads of a workgroup, `GROUP` in the shaders; those of a product of matrices have more.
const GROUP: usize = 64;

/// The shader of a step, and its work for each picture. `are_half`: float16 holds its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::networks::gpu) enum Work {
    Normalise { pixels: usize },
    Convolve { side: usize, stride: usize, are_half: bool, threads: usize },
    Depthwise { side: usize, stride: usize, are_half: bool, threads: usize },
    Pointwise { rows: usize, quads: usize, are_half: bool },
    Pool { threads: usize },
    Double { threads: usize },
    Elementwise { threads: usize },
    Reduce { lines: usize, is_by_group: bool },
    Softmax { lines: usize },
    Product { threads: usize },
}

/// Workgroups along three dimensions.
pub(in crate::networks::gpu) type Grid = [u32; 3];

impl Work {
    /// Whether float16 holds the step's weights.
    pub(in crate::networks::gpu) const fn has_half_weights(&self) -> bool {
        matches!(
            self,
            Self::Convolve { are_half: true, .. }
                | Self::Depthwise { are_half: true, .. }
                | Self::Pointwise { are_half: true, .. }
        )
    }

    /// The workgroups for `batch` pictures; none if the device has too few for them: at most `limit` along a dimension.
    pub(in crate::networks::gpu) fn grid(&self, batch: usize, limit: usize) -> Option<Grid> {
        let [x, y] = match *self {
            Self::Pointwise { rows, quads, .. } => {
                let tile = Tile::of(batch * rows, quads);
                [quads.div_ceil(tile.columns), (batch * rows).div_ceil(tile.height())]
            }
            Self::Reduce { lines, is_by_group: true } | Self::Softmax { lines } => spread(batch * lines, limit),
            Self::Normalise { pixels: threads }
            | Self::Reduce { lines: threads, .. }
            | Self::Convolve { threads, .. }
            | Self::Depthwise { threads, .. }
            | Self::Pool { threads }
            | Self::Double { threads }
            | Self::Elementwise { threads }
            | Self::Product { threads } => spread((batch * threads).div_ceil(GROUP), limit),
        };
        (x <= limit && y <= limit).then_some([x as u32, y as u32, 1])
    }
}

/// So many workgroups, or a few more, in rows of at most `limit`.
fn spread(groups: usize, limit: usize) -> [usize; 2] {
    let rows = groups.div_ceil(limit).max(1);
    [groups.div_ceil(rows), rows]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_covers_all_threads_within_the_limit() {
        for threads in [1, 64, 65, 64 * 65_535, 64 * 65_536, 64 * 1_000_000 - 7] {
            let [x, y, z] = Work::Pool { threads }.grid(3, 65_535).expect("fits");
            assert!(x <= 65_535 && y <= 65_535 && z == 1);
            let groups = x as usize * y as usize;
            assert!(groups * GROUP >= 3 * threads && groups < (3 * threads).div_ceil(GROUP) + y as usize, "{threads}");
        }
        assert_eq!(Work::Pool { threads: 64 * 101 * 10 }.grid(10, 100), None);
    }
}
