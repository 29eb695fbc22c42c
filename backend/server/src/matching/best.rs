//! The best of what a pass scores. In: blocks of scores. Out: [`Candidate`]s.

use std::cmp::Ordering;

/// Articles of a block: the bits of one word of a selection.
pub const BLOCK: usize = 64;

/// An article as the pass sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The score on the grid.
    pub score: i32,
    /// Where the article's row stands.
    pub position: u32,
}

impl Candidate {
    /// The better one first: the higher score, of equal scores the lower position. No two are equal.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        other.score.cmp(&self.score).then(self.position.cmp(&other.position))
    }
}

/// The best candidates seen so far. Which they are does not depend on the order in which they were seen.
#[derive(Clone, Debug)]
pub struct Best {
    most: usize,
    /// What has a lower score than this is not among the best.
    floor: i32,
    kept: Vec<Candidate>,
}

impl Best {
    /// Keeps `most`, at least one.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), floor: i32::MIN, kept: Vec::new() }
    }

    /// Takes the scores of at most [`BLOCK`] rows from `first` on, of those whose bit is set.
    pub fn add_block(&mut self, first: u32, scores: &[i32], allowed: u64) {
        if scores.iter().copied().max().is_none_or(|highest| highest < self.floor) {
            return;
        }
        for (place, &score) in scores.iter().enumerate() {
            if score >= self.floor && allowed >> place & 1 == 1 {
                self.add(Candidate { score, position: first + place as u32 });
            }
        }
    }

    /// Takes one candidate.
    pub fn add(&mut self, candidate: Candidate) {
        if candidate.score < self.floor {
            return;
        }
        self.kept.push(candidate);
        // Twice as many before the worse half goes: selecting costs what it drops.
        if self.kept.len() >= 2 * self.most {
            self.shrink();
        }
    }

    /// The best of both.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        other.kept.into_iter().for_each(|candidate| self.add(candidate));
        self
    }

    /// The best, in no order.
    #[must_use]
    pub fn into_candidates(mut self) -> Vec<Candidate> {
        self.shrink();
        self.kept
    }

    fn shrink(&mut self) {
        if self.kept.len() > self.most {
            let (_, worst, _) = self.kept.select_nth_unstable_by(self.most - 1, Candidate::order);
            self.floor = worst.score;
            self.kept.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_do_not_depend_on_the_order() {
        let scores: Vec<i32> = (0..1000).map(|index| index * 7919 % 101).collect();
        let mut sorted: Vec<Candidate> =
            (0..).zip(&scores).map(|(position, &score)| Candidate { score, position }).collect();
        sorted.retain(|candidate| candidate.position % 3 != 0);
        sorted.sort_by(Candidate::order);
        let allowed = |first: usize| {
            (0..64).filter(|place| !(first + place).is_multiple_of(3)).fold(0, |word, place| word | 1 << place)
        };
        let blocks: Vec<usize> = (0..1000).step_by(BLOCK).collect();
        let run = |blocks: &mut dyn Iterator<Item = usize>| {
            let mut best = Best::new(37);
            for first in blocks {
                best.add_block(first as u32, &scores[first..(first + BLOCK).min(1000)], allowed(first));
            }
            best
        };
        let forwards = run(&mut blocks.iter().copied());
        let backwards = run(&mut blocks.iter().rev().copied());
        let halves = run(&mut blocks.iter().copied().take(5)).joined(run(&mut blocks.iter().copied().skip(5)));
        for best in [forwards, backwards, halves] {
            let mut candidates = best.into_candidates();
            candidates.sort_by(Candidate::order);
            assert_eq!(candidates, sorted[..37]);
        }
    }

    #[test]
    fn fewer_than_wanted_are_all_there() {
        let mut best = Best::new(50);
        best.add_block(64, &[3, 1, 2], 0b101);
        let mut found = best.into_candidates();
        found.sort_by(Candidate::order);
        assert_eq!(found.iter().map(|candidate| candidate.position).collect::<Vec<_>>(), [64, 66]);
    }
}
