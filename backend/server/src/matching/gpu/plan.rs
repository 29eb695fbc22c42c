//! Which bytes a device holds where, and in which steps it works: numbers only. In: the rows' groups, the device's limit. Out:
//! a [`Plan`].

use std::ops::Range;

/// Rows, or candidates, that a workgroup chooses from.
pub(super) const SLICE: usize = 2048;
/// Candidates that a list holds.
pub(super) const LIST_CAPACITY: usize = 256;
/// Largest limit of a query. The rest of a list is for candidates with the score of the last one.
pub(super) const MAX_CANDIDATES: usize = 224;
/// Lists that are merged into one.
const MERGED_LISTS: usize = SLICE / LIST_CAPACITY;
/// Rows of a tile: neighbouring threads read neighbouring sixteens of bytes.
pub(super) const TILE: usize = 64;
/// Bytes that a thread reads at a time.
pub(super) const SIXTEEN: usize = 16;
/// Queries of one submission. Bounds the memory of the lists: 13 MB for each query over ten million articles.
pub(super) const QUERIES: usize = 8;

/// Buffers, slices and steps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) groups: usize,
    /// Number of rows in whole tiles.
    rows: usize,
    pub(super) chunks: Vec<Chunk>,
    /// The scoring, then merges until each group has one list.
    pub(super) levels: Vec<Lists>,
}

/// The rows of one buffer and the slices that they are scored in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) rows: Range<usize>,
    /// Group, first row in the chunk, first row of all, number of rows, list: `Slice` in the shader.
    pub(super) slices: Vec<[u32; 5]>,
}

/// The lists that one step writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) count: usize,
    /// First list of the level before, number of lists, list: `Merge` in the shader.
    pub(super) merges: Vec<[u32; 3]>,
}

impl Plan {
    /// A plan for `rows` rows of `stride` bytes whose buffers hold at most `max_bytes` each.
    pub(super) fn new(groups: &[Range<usize>], rows: usize, stride: usize, max_bytes: usize) -> Self {
        // At least a tile, even if the device claims less.
        let max_rows = (max_bytes / stride / TILE * TILE).max(TILE);
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut lists_of_group: Vec<usize> = Vec::new();
        let mut list = 0_u32;
        for (group, positions) in groups.iter().enumerate() {
            let mut first = positions.start;
            let lists_before = list;
            while first < positions.end {
                let room = |chunk: &Chunk| max_rows - (first - chunk.rows.start);
                if chunks.last().is_none_or(|chunk| room(chunk) == 0) {
                    chunks.push(Chunk { rows: first..first, slices: Vec::new() });
                }
                let Some(chunk) = chunks.last_mut() else { break };
                let count = SLICE.min(positions.end - first).min(room(chunk));
                let slice = [group, first - chunk.rows.start, first, count].map(|number| number as u32);
                chunk.slices.push([slice[0], slice[1], slice[2], slice[3], list]);
                chunk.rows.end = (first + count).next_multiple_of(TILE);
                first += count;
                list += 1;
            }
            lists_of_group.push((list - lists_before) as usize);
        }
        let mut levels = vec![Lists { count: list as usize, merges: Vec::new() }];
        while lists_of_group.iter().any(|&lists| lists > 1) {
            levels.push(Lists::merged(&mut lists_of_group));
        }
        Self { groups: groups.len(), rows: rows / TILE * TILE, chunks, levels }
    }

    /// Words of 32 bits of a selection.
    pub(super) const fn selection_words(&self) -> usize {
        self.rows.div_ceil(32)
    }
}

impl Lists {
    /// The level after one with so many lists of each group.
    fn merged(lists_of_group: &mut [usize]) -> Self {
        let (mut level, mut first) = (Self::default(), 0);
        for lists in lists_of_group {
            let end = first + *lists;
            for first in (first..end).step_by(MERGED_LISTS) {
                level.merges.push([first, MERGED_LISTS.min(end - first), level.count].map(|number| number as u32));
                level.count += 1;
            }
            first = end;
            *lists = lists.div_ceil(MERGED_LISTS);
        }
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_scores_every_row_once_and_ends_with_a_list_for_each_group() {
        let sizes = [40_000, 1, 2048, 9000];
        let mut end: usize = 0;
        let groups = sizes.map(|size| {
            let first = end.next_multiple_of(TILE);
            end = first + size;
            first..end
        });
        let stride = 128;
        // 1,000 rows fit a buffer.
        let plan = Plan::new(&groups, end.next_multiple_of(TILE), stride, 1000 * stride);
        let mut scored: Vec<Range<usize>> = plan
            .chunks
            .iter()
            .flat_map(|chunk| chunk.slices.iter())
            .map(|&[_, _, first, rows, _]| first as usize..(first + rows) as usize)
            .collect();
        scored.sort_by_key(|rows| rows.start);
        assert_eq!(scored.iter().map(Range::len).sum::<usize>(), 40_000 + 1 + 2048 + 9000);
        assert!(scored.is_sorted_by(|a, b| a.end <= b.start));
        for chunk in &plan.chunks {
            assert!(chunk.rows.len() <= 1000 && chunk.slices.iter().all(|slice| slice[3] as usize <= SLICE));
            assert!(chunk.slices.iter().all(|slice| slice[1] as usize + chunk.rows.start == slice[2] as usize));
        }
        assert_eq!(plan.levels.last().map(|level| level.count), Some(4));
        for levels in plan.levels.windows(2) {
            assert_eq!(levels[1].merges.iter().map(|merge| merge[1] as usize).sum::<usize>(), levels[0].count);
        }
    }
}
