//! The class of every pixel of a picture. In: class indices. Out: a [`ClassMap`].

use std::collections::VecDeque;

use crate::region::{components, neighbours};
use crate::{Class, Mask, Rect, Region, Size, UnknownClass};

/// Least share of the person that a connected part of shoes, bags and the like has.
const LEAST_PART: f64 = 0.001;

/// The class of every pixel, `(H, W)` row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMap {
    size: Size,
    classes: Vec<Class>,
}

/// Why numbers are not a class map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassMapError {
    /// A number is not a class.
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
    /// When there are more or fewer than `size` has pixels, or one is not a class.
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

    /// The map after a visitor has edited the mask of the same photo; the mask may have another size.
    ///
    /// A pixel becomes background if the mask removes the pixel under its centre. A background pixel that the mask now keeps takes
    /// the class of the nearest pixel that is not background.
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
        // Kept pixels that are not connected to any known pixel.
        let isolated = |(at, class): (usize, Class)| {
            if class == Class::Background && is_kept(at) { Class::OtherWorn } else { class }
        };
        Self { size: own, classes: classes.into_iter().enumerate().map(isolated).collect() }
    }

    /// The part of the map under `part` of a picture of `size`; at least one pixel.
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

    /// The map with hair and skin as background.
    #[must_use]
    pub fn without_person(&self) -> Self {
        let hidden = |class: &Class| if class.is_of_the_body() { Class::Background } else { *class };
        Self { size: self.size, classes: self.classes.iter().map(hidden).collect() }
    }

    /// The map with hair and skin as [`Class::OtherWorn`]. A search for garments need not reveal where the face is.
    #[must_use]
    pub fn garments_alone(&self) -> Self {
        let hidden = |class: &Class| if class.is_of_the_body() { Class::OtherWorn } else { *class };
        Self { size: self.size, classes: self.classes.iter().map(hidden).collect() }
    }

    /// Share of the person's pixels that are shoes, bags, hats and the like, in `0..=1`; 0 if nothing else is seen, as of a garment alone.
    /// Connected parts below a thousandth of the person are mistakes of the network.
    #[must_use]
    pub fn other_worn_share(&self) -> f64 {
        let person = self.classes.iter().filter(|&&class| class != Class::Background).count() as f64;
        let parts = self.components(|_, class| class == Class::OtherWorn);
        let worn: usize = parts.iter().map(Vec::len).filter(|len| *len as f64 >= LEAST_PART * person).sum();
        let has_more = self.classes.iter().any(|&class| !matches!(class, Class::Background | Class::OtherWorn));
        if has_more { worn as f64 / person } else { 0.0 }
    }

    /// All pixels of one class; `None` if there are none.
    #[must_use]
    pub fn region(&self, class: Class) -> Option<Region> {
        self.region_where(|_, at| at == class)
    }

    /// The connected parts of the pixels for which `is_inside(position, class)` is true.
    pub(crate) fn components(&self, is_inside: impl Fn(usize, Class) -> bool) -> Vec<Vec<usize>> {
        let inside: Vec<bool> = self.classes().iter().enumerate().map(|(at, &class)| is_inside(at, class)).collect();
        components(self.size(), inside)
    }

    pub(crate) fn region_where(&self, is_inside: impl Fn(usize, Class) -> bool) -> Option<Region> {
        let inside = self.classes.iter().enumerate().filter(|(at, class)| is_inside(*at, **class)).map(|(at, _)| at);
        Region::of(self.size, &[inside.collect()])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Rect;

    /// A map drawn with letters, a row a line: `.` background, `h` hair, `s` skin, `b` blazer, `d` dress, `j` jumper, `i` shirt, `k` skirt,
    /// `t` trousers, `w` outerwear, `o` shoes.
    pub(crate) fn map(rows: &[&str]) -> ClassMap {
        let size = Size { width: rows[0].len() as u32, height: rows.len() as u32 };
        let indices: Vec<u8> = rows
            .concat()
            .chars()
            .map(|letter| match letter {
                'h' => Class::Hair as u8,
                's' => Class::Skin as u8,
                'b' => Class::Blazers as u8,
                'd' => Class::Dresses as u8,
                'j' => Class::Jumpers as u8,
                'i' => Class::Shirts as u8,
                'k' => Class::Skirts as u8,
                't' => Class::Trousers as u8,
                'w' => Class::Outerwear as u8,
                'o' => Class::OtherWorn as u8,
                _ => 0,
            })
            .collect();
        ClassMap::from_indices(size, &indices).expect("classes")
    }

    #[test]
    fn shoes_and_bags_have_a_share_of_the_person_and_a_garment_alone_has_none() {
        assert_eq!(map(&["hh..", "bbo.", "tto.", "oo.."]).other_worn_share(), 0.4);
        assert_eq!(map(&["hh", "bb", "tt", ".."]).other_worn_share(), 0.0);
        assert_eq!(map(&["oo", "oo"]).other_worn_share(), 0.0);
        assert_eq!(map(&["..", ".."]).other_worn_share(), 0.0);
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
    fn what_is_no_class_is_refused() {
        let size = Size { width: 2, height: 1 };
        assert_eq!(ClassMap::from_indices(size, &[0, 13]), Err(ClassMapError::Class(UnknownClass(13))));
        assert!(matches!(ClassMap::from_indices(size, &[0]), Err(ClassMapError::Size { received: 1, .. })));
    }
}
