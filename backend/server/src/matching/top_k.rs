//! The k best articles of a pass. In: blocks of scores. Out: [`Candidate`]s.

use std::cmp::Ordering;

/// Articles in a block: as many as one word of a selection has bits.
pub const BLOCK: usize = 64;

/// An article before its final score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The score on the grid.
    pub score: i32,
    /// The position of the article's row.
    pub position: u32,
}

impl Candidate {
    /// The better one first: the higher score; of equal scores, the lower position. No two candidates are equal.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        other.score.cmp(&self.score).then(self.position.cmp(&other.position))
    }
}

/// The best candidates so far. They do not depend on the order of insertion.
#[derive(Clone, Debug)]
pub struct TopK {
    limit: usize,
    /// Candidates with a lower score are not among the best.
    floor: i32,
    kept: Vec<Candidate>,
}

impl TopK {
    /// Keeps `limit` candidates, at least one.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), floor: i32::MIN, kept: Vec::new() }
    }

    /// Adds the scores of at most [`BLOCK`] rows from `first` on. Row `first + n` counts if bit `n` of `allowed` is set.
    pub fn add_block(&mut self, first: u32, scores: &[i32], allowed: u64) {
        if scores.iter().copied().max().is_none_or(|highest| highest < self.floor) {
            return;
        }
        for (bit, &score) in scores.iter().enumerate() {
            if score >= self.floor && allowed >> bit & 1 == 1 {
                self.add(Candidate { score, position: first + bit as u32 });
            }
        }
    }

    /// Adds one candidate.
    pub fn add(&mut self, candidate: Candidate) {
        if candidate.score < self.floor {
            return;
        }
        self.kept.push(candidate);
        // Drops the worse half at twice the limit: the cost of selecting is then constant for each candidate.
        if self.kept.len() >= 2 * self.limit {
            self.shrink();
        }
    }

    /// The best candidates of both.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        other.kept.into_iter().for_each(|candidate| self.add(candidate));
        self
    }

    /// The best candidates, in no order.
    #[must_use]
    pub fn into_candidates(mut self) -> Vec<Candidate> {
        self.shrink();
        self.kept
    }

    fn shrink(&mut self) {
        if self.kept.len() > self.limit {
            let (_, worst, _) = self.kept.select_nth_unstable_by(self.limit - 1, Candidate::order);
            self.floor = worst.score;
            self.kept.truncate(self.limit);
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
            let mut best = TopK::new(37);
            for first in blocks {
                best.add_block(first as u32, &scores[first..(first + BLOCK).min(1000)], allowed(first));
            }
            best
        };
        let forwards = run(&mut blocks.iter().copied());
        let backwards = run(&mut blocks.iter().rev().copied());
        let halves = run(&mut blocks.iter().copied().take(5)).merged(run(&mut blocks.iter().copied().skip(5)));
        for best in [forwards, backwards, halves] {
            let mut candidates = best.into_candidates();
            candidates.sort_by(Candidate::order);
            assert_eq!(candidates, sorted[..37]);
        }
    }

    #[test]
    fn fewer_than_wanted_are_all_there() {
        let mut best = TopK::new(50);
        best.add_block(64, &[3, 1, 2], 0b101);
        let mut found = best.into_candidates();
        found.sort_by(Candidate::order);
        assert_eq!(found.iter().map(|candidate| candidate.position).collect::<Vec<_>>(), [64, 66]);
    }
}
