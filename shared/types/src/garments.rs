//! The garments and the face in a class map. In: a [`ClassMap`]. Out: [`Garment`]s, a face's [`Region`].

use crate::region::components;
use crate::{Category, Class, ClassMap, Region};

/// Least area of a further part, as a share of the garment's largest part. Keeps the other side of an open jacket or behind a crossing
/// arm, and drops a few misclassified pixels elsewhere.
const PART_SHARE: f64 = 0.15;

/// Least share of the person that a garment covers. 1.5 % is the visible part of a short skirt or a collar; smaller regions are as often
/// mistakes of the network.
const GARMENT_SHARE: f64 = 0.015;

/// A face begins within this part of the person's height, from the top.
const FACE_WITHIN: f64 = 1.0 / 3.0;

/// A garment of one category in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Garment {
    /// Its category.
    pub category: Category,
    /// Its pixels.
    pub region: Region,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f64,
}

impl ClassMap {
    /// The garments in the picture, the largest first.
    ///
    /// A garment is the largest connected part of its category's pixels and all parts of at least 15 % of that part's area. It counts
    /// if it covers at least 1.5 % of the person.
    #[must_use]
    pub fn garments(&self) -> Vec<Garment> {
        let person = self.classes().iter().filter(|&&class| class != Class::Background).count();
        let mut garments: Vec<Garment> = Category::ALL
            .into_iter()
            .filter_map(|category| {
                let mut parts = self.components(|_, class| class.category() == Some(category));
                let largest = parts.iter().map(Vec::len).max()?;
                parts.retain(|part| part.len() as f64 >= PART_SHARE * largest as f64);
                let region = Region::of(self.size(), &parts)?;
                let share = region.area() as f64 / person as f64;
                (share >= GARMENT_SHARE).then_some(Garment { category, region, share })
            })
            .collect();
        // Stable: with equal shares, the earlier category comes first.
        garments.sort_by(|a, b| b.share.total_cmp(&a.share));
        garments
    }

    /// The face, with the part of the neck that is connected to it; `None` if there is none.
    ///
    /// There is no class for faces. The face is skin that touches the hair, begins in the upper third of the person, and is within the
    /// columns of the hair. If no skin touches the hair, or there is no hair, it is the highest such skin.
    #[must_use]
    pub fn face(&self) -> Option<Region> {
        let person = self.region_where(|_, class| class != Class::Background)?.bounds();
        let hair = self.region(Class::Hair);
        let columns = hair.as_ref().map_or(person, Region::bounds);
        let columns = columns.left..columns.left + columns.width;
        let width = self.size().width as usize;
        let mut candidates =
            self.components(|at, class| class == Class::Skin && columns.contains(&((at % width) as u32)));
        let lowest_top = f64::from(person.top) + f64::from(person.height) * FACE_WITHIN;
        // The first pixel of a part is its highest.
        candidates.retain(|part| ((part[0] / width) as f64) < lowest_top);
        let touching: Vec<Vec<usize>> =
            candidates.iter().filter(|part| hair.as_ref().is_some_and(|hair| hair.touches(part))).cloned().collect();
        if touching.is_empty() {
            return Region::of(self.size(), &candidates[..candidates.len().min(1)]);
        }
        Region::of(self.size(), &touching)
    }

    fn components(&self, is_inside: impl Fn(usize, Class) -> bool) -> Vec<Vec<usize>> {
        let inside: Vec<bool> = self.classes().iter().enumerate().map(|(at, &class)| is_inside(at, class)).collect();
        components(self.size(), inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class_map::tests::map;
    use crate::{Rect, Size};

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
}
