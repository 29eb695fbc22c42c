//! What every pixel of a picture shows, and the garments in it. In: class indices. Out: a [`ClassMap`], its [`Garment`]s.

use std::collections::VecDeque;

use crate::region::{components, neighbours};
use crate::{Category, Class, Mask, Rect, Region, Size, UnknownClass};

/// Share of a garment's largest part from which on another part belongs to it: what an open jacket or a crossing arm
/// leaves on the other side is kept, a few mistaken pixels elsewhere are not.
const PART_SHARE: f64 = 0.15;

/// Share of the person from which on a garment counts as seen: 1.5 %, a short skirt's or a collar's visible rest. What is
/// smaller is as often a mistake of the network.
const GARMENT_SHARE: f64 = 0.015;

/// Part of the person's height, from the top, in which a face begins.
const FACE_WITHIN: f64 = 1.0 / 3.0;

/// The class of every pixel, `(H, W)` row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMap {
    size: Size,
    classes: Vec<Class>,
}

/// A garment of one category that a picture shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Garment {
    /// Its category.
    pub category: Category,
    /// Where it is.
    pub region: Region,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f64,
}

/// Why numbers are no class map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassMapError {
    /// A number that is no class.
    #[error(transparent)]
    Class(#[from] UnknownClass),
    /// More or fewer numbers than pixels.
    #[error("a class map of {width}×{height} pixels got {received} classes")]
    Size {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Numbers received.
        received: usize,
    },
}

impl ClassMap {
    /// A map of `classes`, `(H, W)` row-major.
    ///
    /// # Panics
    /// When there are more or fewer classes than `size` has pixels.
    #[must_use]
    pub fn new(size: Size, classes: Vec<Class>) -> Self {
        assert_eq!(size.area(), classes.len() as u64, "a class for each pixel");
        Self { size, classes }
    }

    /// Reads class indices `0..=12`, `(H, W)` row-major.
    ///
    /// # Errors
    /// When there are more or fewer than `size` has pixels, or one is no class.
    pub fn from_indices(size: Size, indices: &[u8]) -> Result<Self, ClassMapError> {
        if size.area() != indices.len() as u64 {
            let Size { width, height } = size;
            return Err(ClassMapError::Size { width, height, received: indices.len() });
        }
        let classes = indices.iter().map(|&index| Class::try_from(index)).collect::<Result<_, _>>()?;
        Ok(Self { size, classes })
    }

    /// Columns and rows.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The classes, `(H, W)` row-major.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The map as a visitor mends the mask that it belongs to, which may have any size: background where the mask removes the
    /// pixel under the centre, and where it keeps one that was background, the class of the nearest pixel that is none.
    #[must_use]
    pub fn mended(&self, mask: &Mask) -> Self {
        let (own, of) = (self.size, mask.size());
        let under =
            |at: u32, length: u32, of: u32| (u64::from(2 * at + 1) * u64::from(of) / u64::from(2 * length)) as usize;
        let is_kept = |at: usize| {
            let (x, y) = (at as u32 % own.width, at as u32 / own.width);
            mask.as_slice()[under(y, own.height, of.height) * of.width as usize + under(x, own.width, of.width)] > 0
        };
        let mut classes: Vec<Class> = self
            .classes
            .iter()
            .enumerate()
            .map(|(at, &class)| if is_kept(at) { class } else { Class::Background })
            .collect();
        let mut reached: VecDeque<usize> = (0..classes.len()).filter(|&at| classes[at] != Class::Background).collect();
        while let Some(at) = reached.pop_front() {
            for beside in neighbours(own, at) {
                if classes[beside] == Class::Background && is_kept(beside) {
                    classes[beside] = classes[at];
                    reached.push_back(beside);
                }
            }
        }
        // What hangs together with nothing that was known.
        let of_nothing = |(at, class): (usize, Class)| {
            if class == Class::Background && is_kept(at) { Class::OtherWorn } else { class }
        };
        Self { size: own, classes: classes.into_iter().enumerate().map(of_nothing).collect() }
    }

    /// The part of the map under a part of a picture of `size`, at least one pixel of it.
    #[must_use]
    pub fn part(&self, part: Rect, size: Size) -> Self {
        let from = |at: u32, own: u32, of: u32| (u64::from(at) * u64::from(own) / u64::from(of.max(1))) as u32;
        let left = from(part.left, self.size.width, size.width).min(self.size.width - 1);
        let top = from(part.top, self.size.height, size.height).min(self.size.height - 1);
        let right = from(part.left + part.width, self.size.width, size.width).clamp(left + 1, self.size.width);
        let bottom = from(part.top + part.height, self.size.height, size.height).clamp(top + 1, self.size.height);
        let row = |y: u32| {
            let start = (y * self.size.width) as usize;
            self.classes[start + left as usize..start + right as usize].iter().copied()
        };
        Self {
            size: Size { width: right - left, height: bottom - top },
            classes: (top..bottom).flat_map(row).collect(),
        }
    }

    /// The same person without hair and skin.
    #[must_use]
    pub fn without_person(&self) -> Self {
        let hidden = |class: &Class| if class.is_of_the_body() { Class::Background } else { *class };
        Self { size: self.size, classes: self.classes.iter().map(hidden).collect() }
    }

    /// The same person with the garments alone told apart: hair and skin become [`Class::OtherWorn`]. Who only searches
    /// for garments need not say where a face is.
    #[must_use]
    pub fn garments_alone(&self) -> Self {
        let hidden = |class: &Class| if class.is_of_the_body() { Class::OtherWorn } else { *class };
        Self { size: self.size, classes: self.classes.iter().map(hidden).collect() }
    }

    /// All pixels of one class; none if there is none.
    #[must_use]
    pub fn region(&self, class: Class) -> Option<Region> {
        self.region_where(|_, at| at == class)
    }

    /// The garments seen, the largest first.
    ///
    /// Of each of the eight categories, the largest connected part of its pixels and the parts of at least 15 % of that
    /// one's area; a garment counts from 1.5 % of the person's pixels on.
    #[must_use]
    pub fn garments(&self) -> Vec<Garment> {
        let person = self.classes.iter().filter(|&&class| class != Class::Background).count();
        let mut garments: Vec<Garment> = Category::ALL
            .into_iter()
            .filter_map(|category| {
                let mut parts = self.components(|_, class| class.category() == Some(category));
                let largest = parts.iter().map(Vec::len).max()?;
                parts.retain(|part| part.len() as f64 >= PART_SHARE * largest as f64);
                let region = Region::of(self.size, &parts)?;
                let share = region.area() as f64 / person as f64;
                (share >= GARMENT_SHARE).then_some(Garment { category, region, share })
            })
            .collect();
        // Stable: of equal shares the earlier category comes first.
        garments.sort_by(|a, b| b.share.total_cmp(&a.share));
        garments
    }

    /// The face, with what of the neck hangs together with it; none if none is seen. There is no class for it: it is
    /// skin that touches the hair, begins in the upper third of the person, and lies within the columns of the hair,
    /// which frames it. Where no skin touches the hair, or there is no hair, it is the highest such skin.
    #[must_use]
    pub fn face(&self) -> Option<Region> {
        let person = self.region_where(|_, class| class != Class::Background)?.bounds();
        let hair = self.region(Class::Hair);
        let columns = hair.as_ref().map_or(person, Region::bounds);
        let columns = columns.left..columns.left + columns.width;
        let width = self.size.width as usize;
        let mut candidates =
            self.components(|at, class| class == Class::Skin && columns.contains(&((at % width) as u32)));
        let lowest_top = f64::from(person.top) + f64::from(person.height) * FACE_WITHIN;
        // Every part begins with its highest pixel.
        candidates.retain(|part| ((part[0] / width) as f64) < lowest_top);
        let touching: Vec<Vec<usize>> =
            candidates.iter().filter(|part| hair.as_ref().is_some_and(|hair| hair.touches(part))).cloned().collect();
        if touching.is_empty() {
            return Region::of(self.size, &candidates[..candidates.len().min(1)]);
        }
        Region::of(self.size, &touching)
    }

    fn region_where(&self, is_inside: impl Fn(usize, Class) -> bool) -> Option<Region> {
        let inside = self.classes.iter().enumerate().filter(|(at, class)| is_inside(*at, **class)).map(|(at, _)| at);
        Region::of(self.size, &[inside.collect()])
    }

    fn components(&self, is_inside: impl Fn(usize, Class) -> bool) -> Vec<Vec<usize>> {
        let inside: Vec<bool> = self.classes.iter().enumerate().map(|(at, &class)| is_inside(at, class)).collect();
        components(self.size, inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rect;

    /// A map drawn with letters, a row a line: `.` background, `h` hair, `s` skin, `b` blazer, `t` trousers, `o` shoes.
    fn map(rows: &[&str]) -> ClassMap {
        let size = Size { width: rows[0].len() as u32, height: rows.len() as u32 };
        let indices: Vec<u8> = rows
            .concat()
            .chars()
            .map(|letter| match letter {
                'h' => Class::Hair as u8,
                's' => Class::Skin as u8,
                'b' => Class::Blazers as u8,
                't' => Class::Trousers as u8,
                'o' => Class::OtherWorn as u8,
                _ => 0,
            })
            .collect();
        ClassMap::from_indices(size, &indices).expect("classes")
    }

    #[test]
    fn garments_are_their_large_parts_and_the_largest_comes_first() {
        let person = map(&[
            "...hh.....b.", // One pixel of a blazer far away: below 15 % of its largest part.
            "...ss.......",
            "bbbb.bb.....", // An open blazer: its smaller side is kept.
            "bbbb.bb.....",
            "bttt........",
            "..tt........",
        ]);
        let garments = person.garments();
        assert_eq!(
            garments.iter().map(|garment| garment.category).collect::<Vec<_>>(),
            [Category::Blazers, Category::Trousers]
        );
        assert_eq!(garments[0].region.bounds(), Rect { left: 0, top: 2, width: 7, height: 3 });
        assert_eq!(garments[0].region.area(), 13);
        assert!((garments[0].share - 13.0 / 23.0).abs() < 1e-9);
        assert_eq!(garments[1].region.bounds(), Rect { left: 1, top: 4, width: 3, height: 2 });
    }

    #[test]
    fn without_hair_and_skin_the_garments_are_the_same() {
        let person = map(&["hh..", "ss..", "bbbb", "bbbs", "tt.."]);
        let alone = person.garments_alone();
        assert_eq!(alone.garments(), person.garments());
        assert_eq!((alone.region(Class::Hair), alone.region(Class::Skin), alone.face()), (None, None, None));
    }

    #[test]
    fn a_mended_mask_mends_the_map() {
        let person = map(&["hh..", "bb..", "tt..", "...."]);
        let size = Size { width: 8, height: 8 };
        let probabilities: Vec<f32> = (0..64).map(|at| f32::from(at % 8 < 4 && at < 48)).collect();
        let mask = Mask::from_probabilities(size, &probabilities).expect("sizes fit");
        assert_eq!(person.mended(&mask), person, "nothing was mended");
        // The hair is erased; a column beside, and two pixels far away, are added.
        let kept: Vec<u8> =
            (0..64).map(|at| u8::from((16..48).contains(&at) && at % 8 < 6 || at == 63 || at == 54)).collect();
        let mended = person.mended(&mask.mended(&kept).expect("sizes fit"));
        assert_eq!(mended, map(&["....", "bbb.", "ttt.", "...o"]));
        assert_eq!(mended.part(Rect { left: 0, top: 2, width: 4, height: 4 }, size), map(&["bb", "tt"]));
        assert_eq!(person.without_person(), map(&["....", "bb..", "tt..", "...."]));
    }

    #[test]
    fn a_speck_of_a_person_is_no_garment() {
        let mut indices = vec![Class::OtherWorn as u8; 1000];
        indices[500..514].fill(Class::Tops as u8);
        let size = Size { width: 100, height: 10 };
        assert_eq!(ClassMap::from_indices(size, &indices).expect("classes").garments(), []);
        indices[514] = Class::Tops as u8;
        assert_eq!(ClassMap::from_indices(size, &indices).expect("classes").garments().len(), 1);
    }

    #[test]
    fn the_face_is_the_skin_that_the_hair_frames() {
        let person = map(&[
            "...hhhh.....",
            "...hssh.....",
            "...hssh.....",
            "....ss......",
            ".sbbbbbbs...",
            ".sbbbbbbs...",
            ".sbbbssss...", // A hand within the hair's columns, but low.
            "...tttt.....",
            "...tttt.....",
            "...oooo.....",
        ]);
        assert_eq!(person.face().expect("a face").bounds(), Rect { left: 4, top: 1, width: 2, height: 3 });
        assert_eq!(person.region(Class::Skin).expect("skin").area(), 6 + 3 + 2 + 4);
    }

    #[test]
    fn under_a_hat_the_face_is_the_highest_skin_and_nobody_has_none() {
        let hat = map(&["..oo..", "..ss..", ".bbbb.", "sbbbbs", "..tt..", "..tt.."]);
        assert_eq!(hat.face().expect("a face").bounds(), Rect { left: 2, top: 1, width: 2, height: 1 });
        assert_eq!(map(&["......", "......"]).face(), None);
        assert_eq!(map(&["hh", "bb", "tt", "ss"]).face(), None, "feet are no face");
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let size = Size { width: 2, height: 1 };
        assert_eq!(ClassMap::from_indices(size, &[0, 13]), Err(ClassMapError::Class(UnknownClass(13))));
        assert!(matches!(ClassMap::from_indices(size, &[0]), Err(ClassMapError::Size { received: 1, .. })));
    }
}
