//! Where a value's numbers are: views of buffers, so that reshaping, transposing and slicing move nothing.

/// A buffer's number in a [`Plan`](super::Plan).
pub(in crate::networks::gpu) type StorageId = usize;

/// What holds numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::networks::gpu) enum Source {
    /// Computed numbers of each picture.
    Storage(StorageId),
    /// The network's constants, the same for all pictures.
    Constants,
}

/// A value's numbers: the one at an index is `first + Σ index · stride`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) first: usize,
    /// One for each axis after the pictures'.
    pub(super) strides: Vec<usize>,
}

/// Numbers from one quad of channels to the next multiple of four.
pub(super) const QUAD: usize = 4;

/// Numbers of a map `(C, H, W)`, with whole quads of channels.
pub(super) fn map_numbers([channels, height, width]: [usize; 3]) -> usize {
    channels.next_multiple_of(QUAD) * height * width
}

/// Distances in a map: channels run fastest, then columns.
pub(super) fn map_strides([channels, _, width]: [usize; 3]) -> Vec<usize> {
    let pixel = channels.next_multiple_of(QUAD);
    vec![1, width * pixel, pixel]
}

/// Row-major distances.
pub(super) fn plain_strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

/// Distances along the axes of a larger shape; zero where one number stands for all.
pub(super) fn broadcast(strides: &[usize], shape: &[usize], out: &[usize]) -> Vec<usize> {
    let missing = out.len() - shape.len();
    let own = strides.iter().zip(shape).map(|(&stride, &side)| if side == 1 { 0 } else { stride });
    std::iter::repeat_n(0, missing).chain(own).collect()
}

/// Whether two lists of distances mean the same places; those of sides of one mean nothing.
pub(super) fn are_equal(a: &[usize], b: &[usize], shape: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).zip(shape).all(|((a, b), &side)| side == 1 || a == b)
}

/// The distances of the same numbers, row-major, in another shape; none if only a copy has that shape.
pub(super) fn reshaped(strides: &[usize], shape: &[usize], new: &[usize]) -> Option<Vec<usize>> {
    let old: Vec<(usize, usize)> =
        shape.iter().copied().zip(strides.iter().copied()).filter(|&(side, _)| side > 1).collect();
    let mut result = vec![0; new.len()];
    let (mut old, mut at) = (old.into_iter().rev().peekable(), new.len());
    while let Some((mut sides, stride)) = old.next() {
        // New axes, from the last one, until they have as many numbers as some old ones that are one run.
        let mut taken = 1;
        let mut next = stride;
        while taken < sides || (at > 0 && new[at - 1] == 1) {
            at = at.checked_sub(1)?;
            result[at] = next;
            next *= new[at];
            taken *= new[at];
            while taken > sides {
                let (side, further) = old.next()?;
                if further != stride * sides {
                    return None;
                }
                sides *= side;
            }
        }
        if taken != sides {
            return None;
        }
    }
    new[..at].iter().all(|&side| side == 1).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_of_a_map_are_one_axis_and_channels_stay_another() {
        let map = map_strides([72, 20, 16]);
        assert_eq!(map, [1, 16 * 72, 72]);
        assert_eq!(reshaped(&map, &[72, 20, 16], &[72, 320]), Some(vec![1, 72]));
        assert_eq!(reshaped(&map, &[72, 20, 16], &[72, 20, 1, 16]).map(|strides| strides[1]), Some(16 * 72));
        assert_eq!(reshaped(&map, &[72, 20, 16], &[1440, 16]), None);
        assert_eq!(reshaped(&[16, 1], &[20, 16], &[320]), Some(vec![1]));
        assert_eq!(reshaped(&[1], &[320], &[1, 20, 16]), Some(vec![320, 16, 1]));
        assert_eq!(reshaped(&[1, 20], &[20, 16], &[320]), None);
        assert_eq!(reshaped(&[4, 64, 1], &[1, 1, 1], &[1]), Some(vec![0]));
    }

    #[test]
    fn one_number_stands_for_a_whole_axis() {
        assert_eq!(broadcast(&[9, 1], &[1, 3], &[2, 5, 3]), [0, 0, 1]);
        assert!(are_equal(&[7, 1], &[0, 1], &[1, 3]) && !are_equal(&[7, 1], &[0, 1], &[2, 3]));
    }
}
