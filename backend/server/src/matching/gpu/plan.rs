//! What lies where on a device and is done when: numbers only. In: a [`Table`], the device's limit. Out: a [`Plan`].

use std::ops::Range;

use super::PLACES;
use crate::matching::pass::Table;

/// Rows, or candidates, that a workgroup chooses from, as in the shader.
const SLICE: usize = 2048;
/// Lists that are merged into one.
const LISTS: usize = SLICE / PLACES;
/// Rows of a tile: neighbouring threads read neighbouring sixteens of bytes.
pub(super) const TILE: usize = 64;

/// Buffers, slices and steps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) groups: usize,
    /// Positions of the table.
    positions: usize,
    pub(super) chunks: Vec<Chunk>,
    /// Scoring, then merging until each group has one list.
    pub(super) levels: Vec<Lists>,
}

/// Rows of one buffer, and the slices that they are scored in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) rows: Range<usize>,
    /// Group, first row in the chunk, first position in the table, rows, list.
    pub(super) slices: Vec<[u32; 5]>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) lists: usize,
    /// First list of the level before, how many, list.
    pub(super) merges: Vec<[u32; 3]>,
}

impl Plan {
    /// A plan whose buffers hold at most `most_bytes` each.
    pub(super) fn of(table: &Table, most_bytes: usize) -> Self {
        // At least a tile, whatever the device says of itself.
        let most_rows = (most_bytes / table.stride() / TILE * TILE).max(TILE);
        let positions = table.bytes().len() / table.stride() / TILE * TILE;
        let mut chunks: Vec<Chunk> = Vec::new();
        // Of each group, how many lists it has.
        let mut of_group: Vec<usize> = Vec::new();
        let mut list = 0_u32;
        for (group, rows) in table.groups().iter().enumerate() {
            let mut first = rows.start;
            let before = list;
            while first < rows.end {
                let room = |chunk: &Chunk| most_rows - (first - chunk.rows.start);
                if chunks.last().is_none_or(|chunk| room(chunk) == 0) {
                    chunks.push(Chunk { rows: first..first, slices: Vec::new() });
                }
                let Some(chunk) = chunks.last_mut() else { break };
                let count = SLICE.min(rows.end - first).min(room(chunk));
                let slice = [group, first - chunk.rows.start, first, count].map(|number| number as u32);
                chunk.slices.push([slice[0], slice[1], slice[2], slice[3], list]);
                chunk.rows.end = (first + count).next_multiple_of(TILE);
                first += count;
                list += 1;
            }
            of_group.push((list - before) as usize);
        }
        let mut levels = vec![Lists { lists: list as usize, merges: Vec::new() }];
        while of_group.iter().any(|&lists| lists > 1) {
            let (mut level, mut first) = (Lists::default(), 0);
            for lists in &mut of_group {
                let end = first + *lists;
                for first in (first..end).step_by(LISTS) {
                    level.merges.push([first, LISTS.min(end - first), level.lists].map(|number| number as u32));
                    level.lists += 1;
                }
                first = end;
                *lists = lists.div_ceil(LISTS);
            }
            levels.push(level);
        }
        Self { groups: table.groups().len(), positions, chunks, levels }
    }

    /// Words of 32 bits of a selection.
    pub(super) const fn words(&self) -> usize {
        self.positions.div_ceil(32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::gpu::tests::table;

    #[test]
    fn a_plan_scores_every_row_once_and_ends_with_a_list_for_each_group() {
        let table = table(&[40_000, 1, 2048, 9000]);
        // 1,000 rows fit a buffer.
        let plan = Plan::of(&table, 1000 * table.stride());
        let mut scored: Vec<Range<usize>> = plan
            .chunks
            .iter()
            .flat_map(|chunk| chunk.slices.iter())
            .map(|&[_, _, position, rows, _]| position as usize..(position + rows) as usize)
            .collect();
        scored.sort_by_key(|rows| rows.start);
        assert_eq!(scored.iter().map(Range::len).sum::<usize>(), 40_000 + 1 + 2048 + 9000);
        assert!(scored.is_sorted_by(|a, b| a.end <= b.start));
        for chunk in &plan.chunks {
            assert!(chunk.rows.len() <= 1000 && chunk.slices.iter().all(|slice| slice[3] as usize <= SLICE));
            assert!(chunk.slices.iter().all(|slice| slice[1] as usize + chunk.rows.start == slice[2] as usize));
        }
        assert_eq!(plan.levels.last().map(|level| level.lists), Some(4));
        for levels in plan.levels.windows(2) {
            assert_eq!(levels[1].merges.iter().map(|merge| merge[1] as usize).sum::<usize>(), levels[0].lists);
        }
    }
}
