//! The garments in a class map: where they are, not what they are. In: a [`ClassMap`]. Out: [`Garment`]s.

use crate::kinds::Kinds;
use crate::{Category, Class, ClassMap, Layer, Region};

/// Least area of a further part, as a share of the garment's largest part. Keeps the other side of an open jacket or behind a crossing
/// arm, and drops a few misclassified pixels elsewhere.
const PART_SHARE: f64 = 0.15;

/// Least share of the person that a garment covers. On street photos whose garments are known, smaller regions are mostly mistakes of the
/// network.
const GARMENT_SHARE: f64 = 0.05;

/// A dress is worn if its pixels are at least this multiple of the pixels of upper and lower garments. The network sees a dress's bodice
/// as a top and its lower half as a skirt more often than separates as a dress.
const DRESS_RATIO: f64 = 0.5;

/// The waist is below this share of the lower garment's pixels, so that a few misclassified pixels do not move it.
const ABOVE_WAIST: f64 = 0.05;

/// A garment in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Garment {
    /// Its layer. No other garment of the picture has the same.
    pub layer: Layer,
    /// Its pixels.
    pub region: Region,
    /// Its share of the person's pixels, in `0..=1`.
    pub share: f64,
    /// The share of its pixels that the network sees as each kind of garment.
    pub votes: Kinds,
}

impl ClassMap {
    /// The garments in the picture, the largest first: at most one of each layer.
    ///
    /// A garment is the largest connected part of its layer's pixels and all parts of at least 15 % of that part's area. It counts
    /// if it covers at least 5 % of the person.
    ///
    /// Either a dress is worn or separates. It is a dress if pixels of dresses are at least half as many as those of upper and lower
    /// garments. Then pixels of upper garments and skirts belong to it, and there is no lower garment. Otherwise pixels of dresses above
    /// the waist belong to the upper garment, the others to the lower one. The waist is the row above which are 5 % of the lower garments'
    /// pixels.
    #[must_use]
    pub fn garments(&self) -> Vec<Garment> {
        let person = self.classes().iter().filter(|&&class| class != Class::Background).count();
        let layers = self.layers();
        let mut garments: Vec<Garment> = Layer::ALL
            .into_iter()
            .filter_map(|layer| {
                let region = self.large_parts(|at| layers[at] == Some(layer))?;
                let share = region.area() as f64 / person as f64;
                let inside = self.classes().iter().zip(region.as_slice()).filter(|(_, inside)| **inside);
                let votes = Kinds::votes(inside.map(|(class, _)| *class));
                (share >= GARMENT_SHARE).then_some(Garment { layer, region, share, votes })
            })
            .collect();
        // Stable: with equal shares, the earlier layer comes first.
        garments.sort_by(|a, b| b.share.total_cmp(&a.share));
        garments
    }

    /// The layer that each pixel belongs to, after the choice between a dress and separates.
    fn layers(&self) -> Vec<Option<Layer>> {
        let area = |layer| self.classes().iter().filter(|class| class.layer() == Some(layer)).count() as f64;
        let (dress, separates) = (area(Layer::Whole), area(Layer::Upper) + area(Layer::Lower));
        let is_dress = dress > 0.0 && dress >= DRESS_RATIO * separates;
        let waist = self.waist();
        let layer = |(at, class): (usize, &Class)| match class.layer() {
            Some(Layer::Upper) if is_dress => Some(Layer::Whole),
            Some(Layer::Lower) if is_dress => (class.category() == Some(Category::Skirts)).then_some(Layer::Whole),
            Some(Layer::Whole) if !is_dress => {
                let row = at / self.size().width as usize;
                Some(if waist.is_none_or(|waist| row < waist) { Layer::Upper } else { Layer::Lower })
            }
            layer => layer,
        };
        self.classes().iter().enumerate().map(layer).collect()
    }

    /// The row above which are at most [`ABOVE_WAIST`] of the lower garments' pixels; `None` if there are none.
    fn waist(&self) -> Option<usize> {
        let is_lower = |class: &&Class| class.layer() == Some(Layer::Lower);
        let rows = self.classes().chunks_exact(self.size().width.max(1) as usize);
        let mut counts: Vec<usize> = rows.map(|row| row.iter().filter(is_lower).count()).collect();
        let all = counts.iter().sum::<usize>() as f64;
        let mut above = 0;
        for count in &mut counts {
            above += *count;
            *count = above;
        }
        (all > 0.0).then(|| counts.partition_point(|&until| until as f64 <= ABOVE_WAIST * all))
    }

    /// The largest connected part of some pixels, and the parts that are large beside it.
    fn large_parts(&self, is_inside: impl Fn(usize) -> bool) -> Option<Region> {
        let mut parts = self.components(|at, _| is_inside(at));
        let largest = parts.iter().map(Vec::len).max()?;
        parts.retain(|part| part.len() as f64 >= PART_SHARE * largest as f64);
        Region::of(self.size(), &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class_map::tests::map;
    use crate::{Rect, Size};

    /// Each garment's layer, likeliest category and number of pixels.
    fn seen(rows: &[&str]) -> Vec<(Layer, Category, u64)> {
        let garments = map(rows).garments();
        garments.iter().map(|garment| (garment.layer, garment.votes.category(), garment.region.area())).collect()
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
        assert_eq!(garments.iter().map(|garment| garment.layer).collect::<Vec<_>>(), [Layer::Outer, Layer::Lower]);
        assert_eq!(garments[0].region.bounds(), Rect { left: 0, top: 2, width: 7, height: 3 });
        assert_eq!(garments[0].region.area(), 13);
        assert!((garments[0].share - 13.0 / 23.0).abs() < 1e-9);
        assert_eq!(garments[1].region.bounds(), Rect { left: 1, top: 4, width: 3, height: 2 });
    }

    #[test]
    fn one_hoodie_in_pieces_of_several_categories_is_one_garment() {
        let hoodie = ["jjjjii", "jjjjii", "jjjjjj", "tttttt", "tttttt"];
        let expected = [(Layer::Upper, Category::Jumpers, 18), (Layer::Lower, Category::Trousers, 12)];
        assert_eq!(seen(&hoodie), expected);
        let votes = map(&hoodie).garments()[0].votes;
        assert_eq!(votes.as_array()[Category::Shirts.index()], 4.0 / 18.0);
        assert_eq!(votes.as_array()[Category::Jumpers.index()], 14.0 / 18.0);
    }

    #[test]
    fn a_jacket_is_another_garment_than_what_is_under_it() {
        // Outerwear and blazers are one layer.
        let expected = [
            (Layer::Outer, Category::Blazers, 9),
            (Layer::Upper, Category::Shirts, 6),
            (Layer::Lower, Category::Trousers, 5),
        ];
        assert_eq!(seen(&["wiiww", "wiibw", "wiiww", "ttttt"]), expected);
    }

    #[test]
    fn a_dress_is_one_garment_with_the_top_and_skirt_seen_in_it() {
        // 8 pixels of a dress, 5 of a top, 3 of a skirt: as many as half of the latter would do.
        assert_eq!(seen(&["iiiii", "ddddd", "dddkk", "..k.."]), [(Layer::Whole, Category::Dresses, 16)]);
        // Below a dress there are no trousers.
        assert_eq!(seen(&["ddddd", "ddddd", "ddddd", ".t.t."]), [(Layer::Whole, Category::Dresses, 15)]);
        // Exactly half.
        assert_eq!(seen(&["iiii", "dddd", "tttt"]), [(Layer::Whole, Category::Dresses, 8)]);
    }

    #[test]
    fn pieces_of_a_dress_within_separates_belong_to_the_garment_of_their_height() {
        let expected = [(Layer::Upper, Category::Shirts, 11), (Layer::Lower, Category::Skirts, 9)];
        // Three above the skirt's first row, one within it.
        assert_eq!(seen(&["iiiii", "iiidd", "d....", "kkkkk", "kkkd."]), expected);
        // One of 21 pixels of trousers is above the others, less than 5 %: the waist is in the fourth row.
        let stray = ["iiiit", "iiidd", "iiidd", "ttttt", "ttttt", "ttttt", "ttttt"];
        assert_eq!(seen(&stray), [(Layer::Lower, Category::Trousers, 20), (Layer::Upper, Category::Shirts, 14)]);
        // No lower garment is in the picture.
        assert_eq!(seen(&["iiiii", "iiidd"]), [(Layer::Upper, Category::Shirts, 10)]);
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
        indices[500..549].fill(Class::Tops as u8);
        let size = Size { width: 100, height: 10 };
        assert_eq!(ClassMap::from_indices(size, &indices).expect("classes").garments(), []);
        indices[549] = Class::Tops as u8;
        assert_eq!(ClassMap::from_indices(size, &indices).expect("classes").garments().len(), 1);
    }
}
