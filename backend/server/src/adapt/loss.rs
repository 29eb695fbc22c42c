//! The paper's loss: of all candidates, the worn article has to score highest. In: a [`Batch`]. Out: its cross-entropy, and the gradient
//! of the match's weights.

use super::linear::add_product_of_transposed;
use crate::matching::MatchWeights;

/// Queries of one category, and the articles that they are compared with.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// f(I), `(width)` each.
    pub queries: Vec<&'a [f32]>,
    /// f(A), `(width)` each.
    pub candidates: Vec<&'a [f32]>,
    /// The worn one of each query.
    pub worn: Vec<usize>,
    /// For each query, the candidates that may be right as well: they are left out.
    pub excluded: Vec<Vec<usize>>,
}

/// Mean cross-entropy of a batch.
#[must_use]
pub fn loss(weights: &MatchWeights, batch: &Batch<'_>) -> f64 {
    let (queries, rows) = projected(weights, batch);
    let each = (0..batch.queries.len()).map(|query| {
        let probabilities = probabilities(weights, batch, &queries, &rows, query);
        -f64::from(probabilities[batch.worn[query]].max(f32::MIN_POSITIVE)).ln()
    });
    each.sum::<f64>() / batch.queries.len().max(1) as f64
}

/// The same, and its gradient in the form of weights.
#[must_use]
pub fn loss_and_gradient(weights: &MatchWeights, batch: &Batch<'_>) -> (f64, MatchWeights) {
    let (hidden, width, count) = (weights.hidden, weights.width, batch.queries.len());
    let (queries, rows) = projected(weights, batch);
    // Of U f(I) and V f(A) + b, before the factor w₂, which is the same for all pairs.
    let (mut of_queries, mut of_rows) = (vec![0.0; queries.len()], vec![0.0; rows.len()]);
    let (mut of_w2, mut sum) = (vec![0.0; hidden], 0.0);
    for query in 0..count {
        let mut factors = probabilities(weights, batch, &queries, &rows, query);
        let worn = &mut factors[batch.worn[query]];
        sum -= f64::from(worn.max(f32::MIN_POSITIVE)).ln();
        *worn -= 1.0;
        let projected = &queries[query * hidden..][..hidden];
        let of_query = &mut of_queries[query * hidden..][..hidden];
        let candidates = factors.iter().zip(rows.chunks_exact(hidden)).zip(of_rows.chunks_exact_mut(hidden));
        for ((&factor, row), of_row) in candidates {
            let factor = factor / count as f32;
            // Most candidates of a good match: their part is below the sum's rounding.
            if factor.abs() > 1e-9 {
                add_pair(factor, projected, row, of_query, of_row, &mut of_w2);
            }
        }
    }
    for of_projected in [&mut of_queries, &mut of_rows] {
        for of_one in of_projected.chunks_exact_mut(hidden) {
            of_one.iter_mut().zip(&weights.w2).for_each(|(of, w2)| *of *= w2);
        }
    }
    let matrix = |of_projected: &[f32], embeddings: &[&[f32]]| {
        let mut of_matrix = vec![0.0; hidden * width];
        add_product_of_transposed(
            &mut of_matrix,
            of_projected,
            &embeddings.concat(),
            [embeddings.len(), hidden, width],
        );
        of_matrix
    };
    let mut of_b = vec![0.0; hidden];
    for of_row in of_rows.chunks_exact(hidden) {
        of_b.iter_mut().zip(of_row).for_each(|(sum, of)| *sum += of);
    }
    let (u, v) = (matrix(&of_queries, &batch.queries), matrix(&of_rows, &batch.candidates));
    (sum / count.max(1) as f64, MatchWeights { hidden, width, u, v, b: of_b, w2: of_w2 })
}

/// Adds a pair's part: `score = w₂ · relu(query + row)`, whose gradient is `factor`.
fn add_pair(factor: f32, query: &[f32], row: &[f32], of_query: &mut [f32], of_row: &mut [f32], of_w2: &mut [f32]) {
    let units = query.iter().zip(row).zip(of_query.iter_mut().zip(of_row)).zip(of_w2);
    for (((query, row), (of_query, of_row)), of_w2) in units {
        let sum = query + row;
        let passed = if sum > 0.0 { factor } else { 0.0 };
        *of_query += passed;
        *of_row += passed;
        *of_w2 += passed * sum;
    }
}

/// U f(I) of all queries and V f(A) + b of all candidates, row-major.
fn projected(weights: &MatchWeights, batch: &Batch<'_>) -> (Vec<f32>, Vec<f32>) {
    let queries = batch.queries.iter().flat_map(|query| weights.project_query(query)).collect();
    let mut rows = Vec::with_capacity(batch.candidates.len() * weights.hidden);
    batch.candidates.iter().for_each(|candidate| weights.project_article(candidate, &mut rows));
    (queries, rows)
}

/// Softmax of a query's scores over the candidates that are not excluded; these have 0.
fn probabilities(weights: &MatchWeights, batch: &Batch<'_>, queries: &[f32], rows: &[f32], query: usize) -> Vec<f32> {
    let projected = &queries[query * weights.hidden..][..weights.hidden];
    let score = |row: &[f32]| crate::matching::score::score(projected, bytemuck::cast_slice(row), &weights.w2);
    let mut scores: Vec<f32> = rows.chunks_exact(weights.hidden).map(score).collect();
    for &excluded in &batch.excluded[query] {
        scores[excluded] = f32::NEG_INFINITY;
    }
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    scores
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

    use super::*;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0).collect()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let [u, v] = [noise(1, 24 * 5), noise(2, 24 * 5)];
        let weights = MatchWeights { hidden: 24, width: 5, u, v, b: noise(3, 24), w2: noise(4, 24) };
        let (queries, candidates) = (noise(5, 15), noise(6, 35));
        let batch = Batch {
            queries: queries.chunks_exact(5).collect(),
            candidates: candidates.chunks_exact(5).collect(),
            worn: vec![0, 4, 6],
            excluded: vec![vec![1, 2], vec![], vec![0]],
        };
        let (value, gradient) = loss_and_gradient(&weights, &batch);
        assert!((value - loss(&weights, &batch)).abs() < 1e-6);
        let step = 1e-3;
        let mut checked = 0;
        let mut check = |found: f32, moved: &dyn Fn(f32) -> MatchWeights| {
            let difference = (loss(&moved(step), &batch) - loss(&moved(-step), &batch)) / f64::from(2.0 * step);
            // A relu whose sign changes within the step is off by a little.
            assert!((difference - f64::from(found)).abs() < 3e-3, "{difference}, {found}");
            checked += 1;
        };
        for at in (0..120).step_by(3) {
            let moved = |part: fn(&mut MatchWeights) -> &mut Vec<f32>, step: f32| {
                let mut moved = weights.clone();
                part(&mut moved)[at] += step;
                moved
            };
            check(gradient.u[at], &|step| moved(|weights| &mut weights.u, step));
            check(gradient.v[at], &|step| moved(|weights| &mut weights.v, step));
            if at < 24 {
                check(gradient.b[at], &|step| moved(|weights| &mut weights.b, step));
                check(gradient.w2[at], &|step| moved(|weights| &mut weights.w2, step));
            }
        }
        assert_eq!(checked, 96);
    }

    #[test]
    fn what_is_excluded_changes_nothing() {
        let weights =
            MatchWeights { hidden: 4, width: 2, u: noise(1, 8), v: noise(2, 8), b: noise(3, 4), w2: noise(4, 4) };
        let values = noise(5, 8);
        let rows: Vec<&[f32]> = values.chunks_exact(2).collect();
        let whole = |candidates: &[usize], excluded: Vec<usize>| Batch {
            queries: vec![rows[3]],
            candidates: candidates.iter().map(|&at| rows[at]).collect(),
            worn: vec![0],
            excluded: vec![excluded],
        };
        let (a, b) = (loss(&weights, &whole(&[0, 1, 2], vec![1])), loss(&weights, &whole(&[0, 2], vec![])));
        assert!((a - b).abs() < 1e-6);
        assert_eq!(loss(&weights, &whole(&[0, 1], vec![1])), 0.0, "nothing else may be right");
    }
}
