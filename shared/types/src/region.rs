//! Sets of pixels. In: positions of pixels. Out: a [`Region`] with its bounds, at any size.

use crate::{Rect, Size};

/// A set of at least one pixel of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    size: Size,
    /// `(H, W)` row-major.
    inside: Vec<bool>,
    bounds: Rect,
    area: u64,
}

impl Region {
    /// The region of all pixels of `parts`, which are positions in the row-major picture. `None` if there are none.
    pub(crate) fn of(size: Size, parts: &[Vec<usize>]) -> Option<Self> {
        let mut inside = vec![false; size.area() as usize];
        for &at in parts.iter().flatten() {
            inside[at] = true;
        }
        Self::from_pixels(size, inside)
    }

    /// The region of the pixels that are `true`; `None` if there are none.
    fn from_pixels(size: Size, inside: Vec<bool>) -> Option<Self> {
        let (mut left, mut right, mut top, mut bottom, mut area) = (u32::MAX, 0, u32::MAX, 0, 0);
        for (y, row) in (0..).zip(inside.chunks_exact(size.width.max(1) as usize)) {
            for (x, _) in (0..).zip(row).filter(|(_, inside)| **inside) {
                (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), y);
                area += 1;
            }
        }
        let bounds = (area > 0).then(|| Rect { left, top, width: right - left + 1, height: bottom - top + 1 })?;
        Some(Self { size, inside, bounds, area })
    }

    /// Columns and rows of the picture.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Whether each pixel belongs to it, `(H, W)` row-major.
    #[must_use]
    pub fn as_slice(&self) -> &[bool] {
        &self.inside
    }

    /// Its bounding box.
    #[must_use]
    pub const fn bounds(&self) -> Rect {
        self.bounds
    }

    /// Number of its pixels.
    #[must_use]
    pub const fn area(&self) -> u64 {
        self.area
    }

    /// The region at another size of the picture, by nearest neighbour. `None` if no pixel is left.
    #[must_use]
    pub fn at_size(&self, size: Size) -> Option<Self> {
        let columns: Vec<usize> = (0..size.width).map(|x| nearest(x, size.width, self.size.width)).collect();
        let mut inside = Vec::with_capacity(size.area() as usize);
        for y in 0..size.height {
            let row = &self.inside[nearest(y, size.height, self.size.height) * self.size.width as usize..];
            inside.extend(columns.iter().map(|&x| row[x]));
        }
        Self::from_pixels(size, inside)
    }

    /// Its bounding box at another size of the picture, by nearest neighbour, as [`Self::at_size`] has it. `None` if no pixel is left.
    #[must_use]
    pub fn bounds_at(&self, size: Size) -> Option<Rect> {
        if size.width < self.size.width || size.height < self.size.height {
            return self.at_size(size).map(|region| region.bounds);
        }
        // Of an enlarged picture each column and row stays, so the first and last ones with a pixel decide.
        let along = |start: u32, length: u32, to: u32, from: u32| {
            let covered = |at: &u32| (start..start + length).contains(&(nearest(*at, to, from) as u32));
            let first = (0..to).find(covered)?;
            Some((first, (first..to).take_while(covered).count() as u32))
        };
        let Rect { left, top, width, height } = self.bounds;
        let (left, width) = along(left, width, size.width, self.size.width)?;
        let (top, height) = along(top, height, size.height, self.size.height)?;
        Some(Rect { left, top, width, height })
    }

    /// Whether a pixel of `part` is in the region or next to one of its pixels.
    pub(crate) fn touches(&self, part: &[usize]) -> bool {
        part.iter().any(|&at| self.inside[at] || neighbours(self.size, at).any(|beside| self.inside[beside]))
    }
}

/// The pixel of `from` pixels under the centre of pixel `at` of `to` pixels, along one axis.
fn nearest(at: u32, to: u32, from: u32) -> usize {
    ((u64::from(at) * 2 + 1) * u64::from(from) / (u64::from(to) * 2)) as usize
}

/// The 4-connected components of the pixels that are `true`, in the order of their first pixels. The first pixel of a component is the
/// leftmost of its highest row.
#[must_use]
pub fn components(size: Size, mut inside: Vec<bool>) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    for start in 0..inside.len() {
        if !std::mem::take(&mut inside[start]) {
            continue;
        }
        let mut part = vec![start];
        let mut done = 0;
        while let Some(&at) = part.get(done) {
            done += 1;
            for beside in neighbours(size, at) {
                if std::mem::take(&mut inside[beside]) {
                    part.push(beside);
                }
            }
        }
        parts.push(part);
    }
    parts
}

/// The pixels above, left, right and below.
pub(crate) fn neighbours(size: Size, at: usize) -> impl Iterator<Item = usize> {
    let width = size.width as usize;
    let (x, last) = (at % width, size.area() as usize);
    [
        at.checked_sub(width),
        (x > 0).then(|| at - 1),
        (x + 1 < width).then_some(at + 1),
        (at + width < last).then_some(at + width),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hang_together_by_their_sides_only() {
        let size = Size { width: 4, height: 3 };
        let inside = [1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1].map(|inside| inside == 1).to_vec();
        assert_eq!(components(size, inside), [vec![0, 1], vec![3], vec![6, 10, 11], vec![8]]);
    }

    #[test]
    fn a_region_keeps_its_place_at_other_sizes() {
        let small = Size { width: 4, height: 3 };
        let region = Region::of(small, &[vec![5, 6], vec![9]]).expect("three pixels");
        assert_eq!(region.bounds(), Rect { left: 1, top: 1, width: 2, height: 2 });
        let large = region.at_size(Size { width: 40, height: 30 }).expect("larger");
        assert_eq!(large.bounds(), Rect { left: 10, top: 10, width: 20, height: 20 });
        assert_eq!(large.area(), 300);
        assert_eq!(large.at_size(small).as_ref(), Some(&region));
        for size in [small, Size { width: 40, height: 30 }, Size { width: 7, height: 5 }, Size { width: 2, height: 9 }]
        {
            let expected = region.at_size(size).map(|region| region.bounds());
            assert_eq!(region.bounds_at(size), expected, "{size:?}");
        }
        assert_eq!(Region::of(small, &[]), None);
        assert_eq!(Region::of(small, &[vec![0]]).and_then(|corner| corner.at_size(Size { width: 1, height: 1 })), None);
    }
}
