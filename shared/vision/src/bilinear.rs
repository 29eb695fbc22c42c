//! Bilinear resampling of a plane. In: a plane and positions in it. Out: the values at these positions.

/// Two neighbours along an axis and the weight of the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) weight: f32,
}

impl Tap {
    /// The two of `length` pixels around position `at`. Pixel centres are whole numbers; positions outside are clamped.
    pub(crate) fn at(at: f32, length: u32) -> Self {
        let last = length.saturating_sub(1) as usize;
        let at = at.clamp(0.0, last as f32);
        let first = at as usize;
        Self { first, second: (first + 1).min(last), weight: at - first as f32 }
    }
}

/// The values of `plane`, `(height, width)` row-major, at every pair of `rows` and `columns`, row-major.
pub(crate) fn bilinear(plane: &[f32], width: u32, columns: &[Tap], rows: &[Tap]) -> Vec<f32> {
    let width = width as usize;
    let mut values = Vec::with_capacity(columns.len() * rows.len());
    let mut blended = vec![0.0; width];
    for row in rows {
        let (above, below) = (&plane[row.first * width..], &plane[row.second * width..]);
        for (value, (above, below)) in blended.iter_mut().zip(above.iter().zip(below)) {
            *value = above + (below - above) * row.weight;
        }
        values.extend(
            columns
                .iter()
                .map(|column| blended[column.first] + (blended[column.second] - blended[column.first]) * column.weight),
        );
    }
    values
}
