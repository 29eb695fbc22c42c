//! One pass on the processor over the bytes of all articles, for all queries that wait. In: [`GridQuery`]s. Out: the
//! [`TopK`] of each group for each query.

use std::ops::Range;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::matching::machine::Kernel;
use crate::matching::quantised_rows::QuantisedRows;
use crate::matching::query::GridQuery;
use crate::matching::threads::Threads;
use crate::matching::top_k::{BLOCK, TopK};

/// Rows that a thread takes at a time: four megabytes of the usual width, large against what taking costs.
const SLICE: usize = 16_384;

/// A block with so few selected rows is scored row by row.
const SPARSE_ROWS: u32 = 12;

/// The best candidates of each group for each query: `[query][group]`.
#[must_use]
pub fn top_k(rows: &QuantisedRows, queries: &[GridQuery<'_>], kernel: Kernel, threads: &Threads) -> Vec<Vec<TopK>> {
    let empty = || -> Vec<Vec<TopK>> {
        queries.iter().map(|query| rows.groups().iter().map(|_| TopK::new(query.limit)).collect()).collect()
    };
    let slices: Vec<(usize, Range<usize>)> = rows
        .groups()
        .iter()
        .enumerate()
        .filter(|(group, _)| queries.iter().any(|query| query.thresholds[*group].is_some()))
        .flat_map(|(group, positions)| {
            let starts = positions.clone().step_by(SLICE);
            starts.map(move |start| (group, start..(start + SLICE).min(positions.end)))
        })
        .collect();
    let with_slice = |mut best: Vec<Vec<TopK>>, (group, slice): &(usize, Range<usize>)| {
        score_slice(rows, queries, kernel, *group, slice.clone(), &mut best);
        best
    };
    let scored: usize = slices.iter().map(|(_, slice)| slice.len()).sum();
    match threads.for_rows(scored * queries.len()) {
        Threads::Pool(pool) => pool.install(|| slices.par_iter().fold(empty, with_slice).reduce(empty, merged)),
        Threads::Caller => slices.iter().fold(empty(), with_slice),
    }
}

fn merged(a: Vec<Vec<TopK>>, b: Vec<Vec<TopK>>) -> Vec<Vec<TopK>> {
    let groups = |(a, b): (Vec<TopK>, Vec<TopK>)| a.into_iter().zip(b).map(|(a, b)| a.merged(b)).collect();
    a.into_iter().zip(b).map(groups).collect()
}

/// Scores some rows of a group for all queries, block by block, so that a block is read from memory once.
fn score_slice(
    rows: &QuantisedRows,
    queries: &[GridQuery<'_>],
    kernel: Kernel,
    group: usize,
    slice: Range<usize>,
    best: &mut [Vec<TopK>],
) {
    let stride = rows.stride();
    let mut scores = [0; BLOCK];
    for first in slice.clone().step_by(BLOCK) {
        let count = BLOCK.min(slice.end - first);
        let bytes = rows.range(first..first + count);
        for (query, best) in queries.iter().zip(&mut *best) {
            let Some(thresholds) = &query.thresholds[group] else { continue };
            let allowed = query.selection.map_or(u64::MAX, |selection| selection.word(first / BLOCK));
            if allowed == 0 {
                continue;
            }
            let scores = &mut scores[..count];
            if allowed.count_ones() <= SPARSE_ROWS {
                scores.fill(i32::MIN);
                for row in (0..count).filter(|row| allowed >> row & 1 == 1) {
                    kernel.scores(&bytes[row * stride..][..stride], thresholds, &mut scores[row..=row]);
                }
            } else {
                kernel.scores(bytes, thresholds, scores);
            }
            if let Some(offsets) = query.offsets {
                offsets.add_to(first, scores);
            }
            best[group].add_block(first as u32, scores, allowed);
        }
    }
}
