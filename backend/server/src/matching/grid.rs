//! Rows and queries on one grid of 256 steps. In: float32 rows `V f(A) + b`, queries `U f(I)`. Out: bytes that a
//! [`Kernel`](crate::matching::machine::Kernel) scores.

use crate::matching::machine::{LINE_BYTES, Thresholds};

/// Steps of the grid.
const STEPS: f32 = 255.0;

/// How a hidden unit's numbers become bytes: `byte = (|w2| · number − offset) / step`, rounded and clamped to `0..=255`.
///
/// All units share one step, so a rounding error counts the same in the score for every unit. Each unit has its own offset,
/// so that its range begins at 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    step: f32,
    /// The unit in each byte of a row; `None` for padding.
    slots: Vec<Option<Slot>>,
    /// Bytes of the units with a negative weight; they come first.
    negative_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Slot {
    unit: usize,
    /// The weight's magnitude.
    weight: f32,
    offset: f32,
}

impl Grid {
    /// The grid that covers `ranges`. `w2` `(hidden)`.
    #[must_use]
    pub fn fit(w2: &[f32], ranges: &Ranges) -> Self {
        let slot = |unit: usize| Slot { unit, weight: w2[unit].abs(), offset: w2[unit].abs() * ranges.lowest[unit] };
        let mut slots = Vec::new();
        for has_sign in [|weight: f32| weight < 0.0, |weight: f32| weight > 0.0] {
            slots.extend((0..w2.len()).filter(|&unit| has_sign(w2[unit])).map(|unit| Some(slot(unit))));
            slots.resize(slots.len().next_multiple_of(LINE_BYTES), None);
        }
        if slots.is_empty() {
            slots.resize(LINE_BYTES, None);
        }
        let negative_bytes = w2.iter().filter(|&&weight| weight < 0.0).count().next_multiple_of(LINE_BYTES);
        let widest = slots.iter().flatten().map(|slot| slot.weight * ranges.width(slot.unit)).fold(0.0, f32::max);
        Self { step: (widest / STEPS).max(f32::MIN_POSITIVE), slots, negative_bytes }
    }

    /// What a difference of one step is in the score.
    #[must_use]
    pub const fn step(&self) -> f32 {
        self.step
    }

    /// Bytes of a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.slots.len()
    }

    /// Bytes of a row that count negatively; they come first.
    #[must_use]
    pub const fn negative_bytes(&self) -> usize {
        self.negative_bytes
    }

    /// Writes a row `(hidden)` as bytes `(stride)`.
    pub fn quantise(&self, row: &[f32], bytes: &mut [u8]) {
        for (slot, byte) in self.slots.iter().zip(bytes) {
            *byte = slot.map_or(0, |slot| self.byte(slot, row[slot.unit]));
        }
    }

    /// `U f(I)` `(hidden)` as thresholds: relu(q + r) = max(r − (−q), 0).
    ///
    /// Clamping a threshold to the range keeps the order of the articles: below the range, every row gains the same amount;
    /// above it, no row gains anything.
    #[must_use]
    pub fn thresholds(&self, query: &[f32]) -> Thresholds {
        let byte = |slot: &Option<Slot>| slot.map_or(u8::MAX, |slot| self.byte(slot, -query[slot.unit]));
        Thresholds::new(self.slots.iter().map(byte).collect(), self.negative_bytes)
    }

    fn byte(&self, slot: Slot, number: f32) -> u8 {
        // A cast from float saturates.
        ((slot.weight * number - slot.offset) / self.step + 0.5) as u8
    }
}

/// The range of each hidden unit over a catalogue's rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranges {
    lowest: Vec<f32>,
    highest: Vec<f32>,
}

impl Ranges {
    /// The ranges of no rows.
    #[must_use]
    pub fn empty(hidden: usize) -> Self {
        Self { lowest: vec![f32::INFINITY; hidden], highest: vec![f32::NEG_INFINITY; hidden] }
    }

    /// Extends the ranges to a row `(hidden)`.
    pub fn add(&mut self, row: &[f32]) {
        for ((lowest, highest), &number) in self.lowest.iter_mut().zip(&mut self.highest).zip(row) {
            *lowest = lowest.min(number);
            *highest = highest.max(number);
        }
    }

    /// The ranges of both sets of rows.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        self.add(&other.lowest);
        self.add(&other.highest);
        self
    }

    fn width(&self, unit: usize) -> f32 {
        (self.highest[unit] - self.lowest[unit]).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::machine::Kernel;
    use crate::matching::score::score_reference;

    #[test]
    fn scores_on_the_grid_are_the_formulas_within_its_steps() {
        let w2 = [0.5, -2.0, 0.0, 1.0, -0.25];
        let rows = [[0.1, -0.4, 9.0, 1.0, 3.0], [-1.0, 0.8, -9.0, 0.3, -2.0], [0.7, 0.2, 0.0, -0.6, 1.0]];
        let mut ranges = Ranges::empty(5);
        rows.iter().for_each(|row| ranges.add(row));
        let grid = Grid::fit(&w2, &ranges);
        assert_eq!(grid.stride(), 2 * LINE_BYTES);
        // The third query is outside the range of every unit.
        for query in [[0.2, 0.3, 1.0, -0.1, 0.5], [-0.3, -0.1, 0.0, 0.2, 1.5], [9.0, -9.0, 0.0, -9.0, -9.0]] {
            let thresholds = grid.thresholds(&query);
            let scores: Vec<i32> = rows
                .iter()
                .map(|row| {
                    let (mut bytes, mut score) = (vec![0; grid.stride()], [0]);
                    grid.quantise(row, &mut bytes);
                    Kernel::Scalar.scores(&bytes, &thresholds, &mut score);
                    score[0]
                })
                .collect();
            let exact: Vec<f32> = rows.iter().map(|row| score_reference(&query, row, &w2)).collect();
            // Differences between two articles: four units, each rounded twice by at most half a step, for both articles.
            for (a, b) in [(0, 1), (1, 2), (0, 2)] {
                let off = (scores[a] - scores[b]) as f32 - (exact[a] - exact[b]) / grid.step;
                assert!(off.abs() <= 8.0, "{query:?}: {off} steps");
            }
        }
    }

    #[test]
    fn a_match_without_weights_scores_zero() {
        let grid = Grid::fit(&[0.0], &Ranges::empty(1));
        let mut score = [7];
        Kernel::Scalar.scores(&vec![0; grid.stride()], &grid.thresholds(&[1.0]), &mut score);
        assert_eq!(score, [0]);
    }
}
