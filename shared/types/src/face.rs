//! The face in a class map. In: a [`ClassMap`]. Out: a [`Region`].

use crate::{Class, ClassMap, Region};

/// A face begins within this part of the person's height, from the top.
const FACE_WITHIN: f64 = 1.0 / 3.0;

impl ClassMap {
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
}

#[cfg(test)]
mod tests {
    use crate::class_map::tests::map;
    use crate::{Class, Rect};

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
