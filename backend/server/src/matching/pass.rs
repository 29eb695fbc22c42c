//! One pass over the bytes of all articles, for all queries that wait. In: [`Ask`]s. Out: [`Best`] of each group for each.

use std::ops::Range;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::best::{BLOCK, Best};
use super::selection::Selection;
use crate::matching::machine::{Kernel, Lines, Thresholds};

/// Rows that a thread takes at once: four megabytes of the usual width, large against what taking costs.
const SLICE: usize = 16_384;

/// Below so many rows one thread is done before a second has begun: a third of a millisecond.
const SHARED_FROM: usize = 32_768;

/// Of a selection's 64 rows so few are scored one by one.
const SPARSE: u32 = 12;

/// The articles' bytes, in groups of neighbours.
#[derive(Debug)]
pub struct Table {
    lines: Lines,
    stride: usize,
    negative: usize,
    groups: Vec<Range<usize>>,
    kernel: Kernel,
}

/// One query.
#[derive(Debug)]
pub struct Ask<'a> {
    /// For each group what it is searched with; `None` leaves it out.
    pub thresholds: Vec<Option<Thresholds>>,
    /// The positions that may be found; all without it.
    pub selection: Option<&'a Selection>,
    /// Candidates wanted of each group.
    pub most: usize,
}

impl Table {
    /// Rows of `stride` bytes, of which the first `negative` count negatively, in groups that each begin at a multiple of
    /// [`BLOCK`].
    ///
    /// # Panics
    /// When groups and bytes do not fit.
    #[must_use]
    pub fn new(lines: Lines, (stride, negative): (usize, usize), groups: Vec<Range<usize>>, kernel: Kernel) -> Self {
        assert!(groups.iter().all(|group| group.start.is_multiple_of(BLOCK)), "groups begin at whole blocks");
        assert!(groups.iter().all(|group| group.end * stride <= lines.bytes().len()), "every row is there");
        Self { lines, stride, negative, groups, kernel }
    }

    /// Uses another kernel.
    #[must_use]
    pub fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// How the rows are scored.
    #[must_use]
    pub const fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// Bytes of a row that count negatively.
    #[must_use]
    pub const fn negative(&self) -> usize {
        self.negative
    }

    /// The groups' positions.
    #[must_use]
    pub fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    /// All rows' bytes, those between groups zero.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.lines.bytes()
    }

    /// The best of each group for each ask, on the threads of `pool`, or on this one without it.
    #[must_use]
    pub fn best(&self, asks: &[Ask<'_>], pool: Option<&ThreadPool>) -> Vec<Vec<Best>> {
        let none = || -> Vec<Vec<Best>> {
            asks.iter().map(|ask| self.groups.iter().map(|_| Best::new(ask.most)).collect()).collect()
        };
        let slices: Vec<(usize, Range<usize>)> = self
            .groups
            .iter()
            .enumerate()
            .filter(|(group, _)| asks.iter().any(|ask| ask.thresholds[*group].is_some()))
            .flat_map(|(group, rows)| {
                let starts = rows.clone().step_by(SLICE);
                starts.map(move |start| (group, start..(start + SLICE).min(rows.end)))
            })
            .collect();
        let taken = |mut best: Vec<Vec<Best>>, (group, rows): &(usize, Range<usize>)| {
            self.score(asks, *group, rows.clone(), &mut best);
            best
        };
        let rows: usize = slices.iter().map(|(_, rows)| rows.len()).sum();
        match pool {
            Some(pool) if rows * asks.len() >= SHARED_FROM => pool.install(|| {
                slices.par_iter().fold(none, taken).reduce(none, |a, b| {
                    let both =
                        |(a, b): (Vec<Best>, Vec<Best>)| a.into_iter().zip(b).map(|(a, b)| a.joined(b)).collect();
                    a.into_iter().zip(b).map(both).collect()
                })
            }),
            _ => slices.iter().fold(none(), taken),
        }
    }

    /// Scores some rows of a group for all asks, a block after the other, so that a block is read from memory once.
    fn score(&self, asks: &[Ask<'_>], group: usize, rows: Range<usize>, best: &mut [Vec<Best>]) {
        let mut scores = [0; BLOCK];
        for first in rows.clone().step_by(BLOCK) {
            let count = BLOCK.min(rows.end - first);
            let bytes = &self.lines.bytes()[first * self.stride..][..count * self.stride];
            for (ask, best) in asks.iter().zip(&mut *best) {
                let Some(thresholds) = &ask.thresholds[group] else { continue };
                let allowed = ask.selection.map_or(u64::MAX, |selection| selection.word(first / BLOCK));
                if allowed == 0 {
                    continue;
                }
                let scores = &mut scores[..count];
                if allowed.count_ones() <= SPARSE {
                    scores.fill(i32::MIN);
                    for place in (0..count).filter(|place| allowed >> place & 1 == 1) {
                        let row = &bytes[place * self.stride..][..self.stride];
                        self.kernel.scores(row, thresholds, &mut scores[place..=place]);
                    }
                } else {
                    self.kernel.scores(bytes, thresholds, scores);
                }
                best[group].add_block(first as u32, scores, allowed);
            }
        }
    }
}
