//! Specks of a mask: small islands beside the person and small holes in it. In: which pixels are kept. Out: positions to remove or add.

use crate::parts::{Part, Parts};
use crate::{Mask, Size};

/// Islands below this share of all kept pixels are removed: 1 %, less than a shoe that the mask separates from its leg.
const ISLAND_SHARE: f64 = 0.01;

/// Holes below this share of all kept pixels are filled: 0.3 %. The gap between an arm and the body is larger, and stays removed.
const HOLE_SHARE: f64 = 0.003;

/// Small parts of a set of pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specks {
    /// Kept pixels that are not connected to the rest, in connected parts below 1 % of all kept pixels.
    pub islands: Vec<usize>,
    /// Removed pixels that kept ones enclose, in connected parts below 0.3 % of all kept pixels.
    pub holes: Vec<usize>,
}

impl Specks {
    /// The specks of a set of pixels, `(H, W)` row-major, `true` = kept. The largest part is never one.
    ///
    /// # Panics
    /// When there are more or fewer values than `size` has pixels.
    #[must_use]
    pub fn of(size: Size, kept: &[bool]) -> Self {
        let found = Parts::of(size, kept);
        let parts = found.parts();
        let area: usize = parts.iter().filter(|part| part.value).map(|part| part.area).sum();
        let is_below = |part: &Part, share: f64| (part.area as f64) < share * area as f64;
        let kept_parts = (0..parts.len()).filter(|&part| parts[part].value);
        // The first of several.
        let largest = kept_parts.reduce(|a, b| if parts[b].area > parts[a].area { b } else { a });
        let is_island =
            |part: usize| parts[part].value && Some(part) != largest && is_below(&parts[part], ISLAND_SHARE);
        let is_hole = |part: usize| !parts[part].value && !parts[part].is_at_edge && is_below(&parts[part], HOLE_SHARE);
        Self { islands: found.pixels(is_island), holes: found.pixels(is_hole) }
    }
}

impl Mask {
    /// The mask without its small islands, e.g. scraps of hair beside a removed face.
    #[must_use]
    pub fn without_islands(&self) -> Self {
        let kept: Vec<bool> = self.as_slice().iter().map(|&alpha| alpha > 0).collect();
        let mut is_island = vec![false; kept.len()];
        for at in Specks::of(self.size(), &kept).islands {
            is_island[at] = true;
        }
        self.without(|at| is_island[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 60, height: 40 };

    /// A rectangle of 40 × 30 pixels and what `change` makes of it.
    fn kept(change: impl Fn(usize, usize) -> Option<bool>) -> Vec<bool> {
        let pixels = (0..40).flat_map(|y| (0..60).map(move |x| (x, y)));
        pixels.map(|(x, y)| change(x, y).unwrap_or(x < 40 && y < 30)).collect()
    }

    #[test]
    fn small_holes_and_islands_are_specks_and_larger_ones_are_not() {
        // Of 1,200 pixels: a hole of 3 and one of 6, islands of 4 and of 15.
        let all = kept(|x, y| match (x, y) {
            (10..13, 10) | (20..26, 10) => Some(false),
            (50..54, 5) | (50..53, 20..25) => Some(true),
            _ => None,
        });
        let Specks { islands, holes } = Specks::of(SIZE, &all);
        assert_eq!(holes, [610, 611, 612]);
        assert_eq!(islands, [350, 351, 352, 353]);
    }

    #[test]
    fn the_ground_at_the_edge_is_no_hole_and_the_only_part_is_no_island() {
        let notched = kept(|x, y| (y == 0 && x == 20).then_some(false));
        assert_eq!(Specks::of(SIZE, &notched), Specks::default());
        assert_eq!(Specks::of(SIZE, &[false; 2400]), Specks::default());
    }

    #[test]
    fn a_mask_loses_its_islands_and_keeps_its_soft_edges() {
        let probabilities: Vec<f32> = kept(|x, y| (x == 55 && y == 5).then_some(true))
            .into_iter()
            .enumerate()
            .map(|(at, kept)| {
                if !kept {
                    0.0
                } else if at == 0 {
                    0.6
                } else {
                    1.0
                }
            })
            .collect();
        let mask = Mask::from_probabilities(SIZE, &probabilities).expect("sizes fit");
        let clean = mask.without_islands();
        assert_eq!((mask.as_slice()[5 * 60 + 55], clean.as_slice()[5 * 60 + 55]), (255, 0));
        assert_eq!((clean.as_slice()[0], clean.as_slice()[61]), (mask.as_slice()[0], 255));
    }
}
