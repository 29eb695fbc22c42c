//! Which articles a search may return. In: a predicate on positions. Out: a [`Selection`], one bit for each.

use crate::matching::top_k::BLOCK;

/// A bit for each position of a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(Vec<u64>);

impl Selection {
    /// The positions below `count` for which `passes` is true.
    #[must_use]
    pub fn from_fn(count: usize, passes: impl Fn(usize) -> bool) -> Self {
        let word = |first: usize| {
            (first..count.min(first + BLOCK))
                .fold(0, |word, position| word | u64::from(passes(position)) << (position - first))
        };
        Self((0..count).step_by(BLOCK).map(word).collect())
    }

    /// The bits of the positions from 64 · `index` on, the lowest bit first.
    #[must_use]
    pub fn word(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// All words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// The positions that are selected in both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().enumerate().for_each(|(index, word)| *word &= other.word(index));
        self
    }

    /// The selected positions in their order.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        let of_word = |(index, &word): (usize, &u64)| {
            let rest = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rest.take_while(|rest| *rest != 0).map(move |rest| index * BLOCK + rest.trailing_zeros() as usize)
        };
        self.0.iter().enumerate().flat_map(of_word)
    }

    /// Whether a position is selected.
    #[must_use]
    pub fn contains(&self, position: usize) -> bool {
        self.word(position / BLOCK) >> (position % BLOCK) & 1 == 1
    }

    /// The number of selected positions in a range that begins at a multiple of 64.
    #[must_use]
    pub fn count(&self, positions: std::ops::Range<usize>) -> usize {
        let count_in_word = |first: usize| {
            let rest = positions.end - first;
            let kept = if rest < BLOCK { (1 << rest) - 1 } else { u64::MAX };
            (self.word(first / BLOCK) & kept).count_ones() as usize
        };
        positions.clone().step_by(BLOCK).map(count_in_word).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_where_their_positions_are() {
        let thirds = Selection::from_fn(130, |position| position % 3 == 0);
        assert_eq!(thirds.words().len(), 3);
        for position in 0..130 {
            assert_eq!(thirds.word(position / 64) >> (position % 64) & 1 == 1, position % 3 == 0);
        }
        assert_eq!((thirds.count(0..130), thirds.count(64..70), thirds.word(9)), (44, 2, 0));
        let expected: Vec<usize> = (0..130).step_by(3).collect();
        assert_eq!(thirds.positions().collect::<Vec<_>>(), expected);
        let sixths = thirds.clone().and(&Selection::from_fn(100, |position| position % 2 == 0));
        assert!(sixths.positions().eq((0..100).step_by(6)), "a position beyond the other's end is not in it");
        assert!(thirds.contains(129) && !thirds.contains(128) && !thirds.contains(1000));
    }
}
