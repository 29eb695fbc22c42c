//! What is learnt. In: the shipped match. Out: a match near it.
//!
//! f(I) and f(A) are corrected by maps of low rank, f(I) + P Q f(I), and U, V, b and w₂ by what is added to them. The match is linear in
//! f(I) and f(A), so that the maps become part of U and V: U' = U (I + P Q) + ΔU. Serving therefore needs no other code and no other
//! embeddings. All numbers but those of P are 0 at the start, so that the match is the shipped one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::linear::{add_product, add_product_of_transposed, product};
use crate::matching::MatchWeights;

/// Rank of the maps: directions of 128 in which a shop's pictures differ from those that the encoders were trained on.
pub const RANK: usize = 16;

/// Size of P's numbers at the start.
const START_OF_P: f32 = 0.05;

/// The parameters, `ΔU (hidden, width)`, `ΔV`, `Δb (hidden)`, `Δw₂`, then `P (width, rank)` and `Q (rank, width)` of f(I) and of f(A).
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    hidden: usize,
    width: usize,
    /// All of them, one after the other.
    pub numbers: Vec<f32>,
}

/// The parts of a [`Correction`], or of its gradient.
struct Parts<'a> {
    u: &'a [f32],
    v: &'a [f32],
    b: &'a [f32],
    w2: &'a [f32],
    of_query: [&'a [f32]; 2],
    of_article: [&'a [f32]; 2],
}

impl Correction {
    /// The correction that leaves a match as it is.
    #[must_use]
    pub fn none(hidden: usize, width: usize, seed: u64) -> Self {
        let matrix = hidden * width;
        let mut numbers = vec![0.0; 2 * matrix + 2 * hidden + 4 * width * RANK];
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for start in [2 * matrix + 2 * hidden, 2 * matrix + 2 * hidden + 2 * width * RANK] {
            for number in &mut numbers[start..start + width * RANK] {
                *number = START_OF_P * (rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0);
            }
        }
        Self { hidden, width, numbers }
    }

    /// Where the numbers of the maps begin: P and Q learn faster than what is added.
    #[must_use]
    pub const fn maps_at(&self) -> usize {
        2 * self.hidden * self.width + 2 * self.hidden
    }

    fn parts(&self) -> Parts<'_> {
        let (u, rest) = self.numbers.split_at(self.hidden * self.width);
        let (v, rest) = rest.split_at(self.hidden * self.width);
        let (b, rest) = rest.split_at(self.hidden);
        let (w2, rest) = rest.split_at(self.hidden);
        let (p_query, rest) = rest.split_at(self.width * RANK);
        let (q_query, rest) = rest.split_at(self.width * RANK);
        let (p_article, q_article) = rest.split_at(self.width * RANK);
        Parts { u, v, b, w2, of_query: [p_query, q_query], of_article: [p_article, q_article] }
    }

    /// The corrected match.
    #[must_use]
    pub fn applied(&self, start: &MatchWeights) -> MatchWeights {
        let Parts { u, v, b, w2, of_query, of_article } = self.parts();
        let (hidden, width) = (self.hidden, self.width);
        let matrix = |own: &[f32], added: &[f32], [p, q]: [&[f32]; 2]| {
            let mut matrix: Vec<f32> = sum(own, added);
            let narrow = product(own, p, [hidden, width, RANK]);
            add_product(&mut matrix, &narrow, q, [hidden, RANK, width]);
            matrix
        };
        MatchWeights {
            hidden,
            width,
            u: matrix(&start.u, u, of_query),
            v: matrix(&start.v, v, of_article),
            b: sum(&start.b, b),
            w2: sum(&start.w2, w2),
        }
    }

    /// The gradient of the parameters from that of the corrected match: as long as [`Correction::numbers`].
    #[must_use]
    pub fn gradient(&self, start: &MatchWeights, of_match: &MatchWeights) -> Vec<f32> {
        let Parts { of_query, of_article, .. } = self.parts();
        let (hidden, width) = (self.hidden, self.width);
        let mut gradient = Vec::with_capacity(self.numbers.len());
        for part in [&of_match.u, &of_match.v, &of_match.b, &of_match.w2] {
            gradient.extend(part);
        }
        for (own, of_matrix, [p, q]) in [(&start.u, &of_match.u, of_query), (&start.v, &of_match.v, of_article)] {
            // dP = Uᵀ G Qᵀ and dQ = (U P)ᵀ G.
            let of_narrow = product(of_matrix, &transposed(q, [RANK, width]), [hidden, width, RANK]);
            let mut of_p = vec![0.0; width * RANK];
            add_product_of_transposed(&mut of_p, own, &of_narrow, [hidden, width, RANK]);
            let narrow = product(own, p, [hidden, width, RANK]);
            let mut of_q = vec![0.0; RANK * width];
            add_product_of_transposed(&mut of_q, &narrow, of_matrix, [hidden, RANK, width]);
            gradient.extend(of_p);
            gradient.extend(of_q);
        }
        gradient
    }
}

fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn transposed(matrix: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0).collect()
    }

    fn weights(seed: u64) -> MatchWeights {
        let [u, v] = [noise(seed, 60), noise(seed + 1, 60)];
        MatchWeights { hidden: 10, width: 6, u, v, b: noise(seed + 2, 10), w2: noise(seed + 3, 10) }
    }

    #[test]
    fn at_the_start_the_match_is_the_shipped_one() {
        assert_eq!(Correction::none(10, 6, 3).applied(&weights(1)), weights(1));
    }

    #[test]
    fn a_map_of_f_is_part_of_the_matrix() {
        let start = weights(1);
        let mut correction = Correction::none(10, 6, 3);
        let maps = correction.maps_at();
        correction.numbers[maps..].copy_from_slice(&noise(9, 4 * 6 * RANK));
        let query = noise(4, 6);
        let [p, q] = correction.parts().of_query;
        let mapped = sum(&query, &product(p, &product(q, &query, [RANK, 6, 1]), [6, RANK, 1]));
        let (expected, found) = (start.project_query(&mapped), correction.applied(&start).project_query(&query));
        assert!(expected.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-4), "{expected:?}, {found:?}");
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let (start, direction) = (weights(1), weights(5));
        let mut correction = Correction::none(10, 6, 3);
        let count = correction.numbers.len();
        correction.numbers = noise(7, count).iter().map(|number| number * 0.3).collect();
        // A linear function of the match, in f64.
        let value = |correction: &Correction| -> f64 {
            let applied = correction.applied(&start);
            let pairs = [(&applied.u, &direction.u), (&applied.v, &direction.v), (&applied.b, &direction.b)];
            let pairs = pairs.into_iter().chain([(&applied.w2, &direction.w2)]);
            pairs.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let gradient = correction.gradient(&start, &direction);
        assert_eq!(gradient.len(), count);
        for at in (0..count).step_by(7) {
            let moved = |step: f32| {
                let mut moved = correction.clone();
                moved.numbers[at] += step;
                value(&moved)
            };
            let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((difference - f64::from(gradient[at])).abs() < 2e-3, "{at}: {difference}, {}", gradient[at]);
        }
    }
}
