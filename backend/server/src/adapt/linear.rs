//! Products of small matrices, row-major. In: slices and their sizes. Out: sums.

/// `(m, k) · (k, n) → (m, n)`.
pub(super) fn product(a: &[f32], b: &[f32], sizes: [usize; 3]) -> Vec<f32> {
    let mut sums = vec![0.0; sizes[0] * sizes[2]];
    add_product(&mut sums, a, b, sizes);
    sums
}

/// Adds `(m, k) · (k, n)` to `(m, n)`.
pub(super) fn add_product(sums: &mut [f32], a: &[f32], b: &[f32], [m, k, n]: [usize; 3]) {
    assert!(sums.len() == m * n && a.len() == m * k && b.len() == k * n, "matrices of the given sizes");
    for (sums, a) in sums.chunks_exact_mut(n).zip(a.chunks_exact(k)) {
        for (&a, b) in a.iter().zip(b.chunks_exact(n)) {
            add_scaled(sums, a, b);
        }
    }
}

/// Adds `(m, k)ᵀ · (m, n)` to `(k, n)`.
pub(super) fn add_product_of_transposed(sums: &mut [f32], a: &[f32], b: &[f32], [m, k, n]: [usize; 3]) {
    assert!(sums.len() == k * n && a.len() == m * k && b.len() == m * n, "matrices of the given sizes");
    for (a, b) in a.chunks_exact(k).zip(b.chunks_exact(n)) {
        for (sums, &a) in sums.chunks_exact_mut(n).zip(a) {
            add_scaled(sums, a, b);
        }
    }
}

/// Adds `factor · b` to `sums`.
fn add_scaled(sums: &mut [f32], factor: f32, b: &[f32]) {
    if factor != 0.0 {
        sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += factor * b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_book() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, -1.0, 0.0, 2.0, 3.0, 0.5]);
        assert_eq!(product(&a, &b, [2, 3, 2]), [10.0, 4.5, 22.0, 9.0]);
        let mut sums = vec![1.0; 4];
        add_product_of_transposed(&mut sums, &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0][..4], &b[..4], [2, 2, 2]);
        // [1 3; 5 2]ᵀ · [1 −1; 0 2] + 1.
        assert_eq!(sums, [2.0, 10.0, 4.0, 2.0]);
    }
}
