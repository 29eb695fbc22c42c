//! The match's score in float32. In: a projected query, a projected article, `w2`. Out: a logit.

/// Independent sums in the loops. The compiler may not reorder a float sum; it may keep sixteen separate sums in vector
/// registers of any width up to 512 bits.
const LANES: usize = 16;

/// `Σ w2·relu(query + row)` over `hidden` units, in [`LANES`] interleaved sums. `row` is little-endian, as in its file.
#[must_use]
pub fn score(query: &[f32], row: &[[u8; 4]], w2: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let whole = query.len() - query.len() % LANES;
    let chunks = query[..whole].chunks_exact(LANES).zip(row.chunks_exact(LANES)).zip(w2.chunks_exact(LANES));
    for ((query, row), w2) in chunks {
        for lane in 0..LANES {
            sums[lane] += (query[lane] + f32::from_le_bytes(row[lane])).max(0.0) * w2[lane];
        }
    }
    let rest = row[whole..].iter().map(|&bytes| f32::from_le_bytes(bytes)).collect::<Vec<_>>();
    sums.iter().sum::<f32>() + score_reference(&query[whole..], &rest, &w2[whole..])
}

/// [`score`], one unit after the other: the reference of every faster way.
#[must_use]
pub fn score_reference(query: &[f32], row: &[f32], w2: &[f32]) -> f32 {
    query.iter().zip(row).zip(w2).map(|((query, row), w2)| (query + row).max(0.0) * w2).sum()
}

/// Inner product of two vectors of one length, in [`LANES`] interleaved sums.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::fixtures::{TOLERANCE, noise};

    #[test]
    fn the_fast_score_is_the_reference() {
        for hidden in [1, 15, 16, 250, 256] {
            let (query, row, w2) = (noise(5, hidden), noise(6, hidden), noise(7, hidden));
            let bytes: Vec<[u8; 4]> = row.iter().map(|number| number.to_le_bytes()).collect();
            let difference = score(&query, &bytes, &w2) - score_reference(&query, &row, &w2);
            assert!(difference.abs() <= TOLERANCE, "{hidden}: {difference}");
        }
    }
}
