//! What kind of garment a region shows. In: the classes of its pixels, or a network's probabilities. Out: [`Kinds`] and the categories
//! to search.

use crate::wire::LikelyCategory;
use crate::{Category, Class, Layer};

/// The likely categories of a garment have this probability together.
const LIKELY_TOGETHER: f64 = 0.9;

/// A garment is named by at most this many categories; more say nothing about it. Its row may hold more, see [`Kinds::in_catalogue`].
const MOST_LIKELY: usize = 4;

/// A category that is less probable only takes room in a row.
const LEAST_LIKELY: f64 = 0.05;

/// The share of an upper garment's probability that is spread evenly over the categories of its layer. Shops name these categories
/// differently, and the segmenter confuses them.
const UPPER_DOUBT: f64 = 0.5;

/// The share that is spread evenly over what else is worn on the upper body: blazers and dresses. With both shares, the worn article's
/// category is in the row of .95 of 400 people in true pairs, with the first alone of .81 (`models/README.md`, "True pairs").
const OTHER_LAYERS_DOUBT: f64 = 0.2;

/// A distribution over the kinds of garments: the eight categories and outerwear, which is no category of products.
///
/// Of a region's pixels these are the shares of its classes, its votes. They sum to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinds([f64; Self::COUNT]);

impl Kinds {
    /// Number of kinds.
    pub const COUNT: usize = Category::ALL.len() + 1;

    const OUTERWEAR: usize = Category::ALL.len();

    /// A distribution in proportion to `weights`: those of [`Category::ALL`], then outerwear's. Without any weight, all kinds are equal.
    #[must_use]
    pub fn in_proportion(weights: [f64; Self::COUNT]) -> Self {
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 { Self(weights.map(|weight| weight / sum)) } else { Self([1.0 / Self::COUNT as f64; Self::COUNT]) }
    }

    /// The shares of pixels of each kind. Pixels of other classes do not count.
    pub(crate) fn votes(classes: impl Iterator<Item = Class>) -> Self {
        let mut counts = [0.0; Self::COUNT];
        for class in classes {
            match class {
                Class::Outerwear => counts[Self::OUTERWEAR] += 1.0,
                _ => class.category().into_iter().for_each(|category| counts[category.index()] += 1.0),
            }
        }
        Self::in_proportion(counts)
    }

    /// The probabilities of [`Category::ALL`], then outerwear's.
    #[must_use]
    pub const fn as_array(&self) -> &[f64; Self::COUNT] {
        &self.0
    }

    /// Whether outerwear is the most probable kind.
    #[must_use]
    pub fn is_outerwear(&self) -> bool {
        self.0[..Self::OUTERWEAR].iter().all(|&probability| probability < self.0[Self::OUTERWEAR])
    }

    /// The probability of each category, in the order of [`Category::ALL`]. There are no products of outerwear: half of its probability
    /// goes to blazers and half to jumpers.
    #[must_use]
    pub fn categories(&self) -> [f64; Category::ALL.len()] {
        Category::ALL.map(|category| {
            let of_outerwear = match category {
                Category::Blazers | Category::Jumpers => self.0[Self::OUTERWEAR] / 2.0,
                _ => 0.0,
            };
            self.0[category.index()] + of_outerwear
        })
    }

    /// The categories, in a catalogue, of the article that is worn, if a garment of `layer` has these kinds; the most probable first. An
    /// upper garment may be of every category for the upper body.
    #[must_use]
    pub fn in_catalogue(&self, layer: Layer) -> Vec<LikelyCategory> {
        if layer != Layer::Upper {
            return self.likely();
        }
        let others = [Layer::Outer, Layer::Whole];
        let share = |kind: usize| {
            let of = |layer: Layer| Category::ALL.iter().filter(|category| category.layer() == layer).count() as f64;
            match Category::ALL.get(kind).map(|category| category.layer()) {
                Some(Layer::Upper) => UPPER_DOUBT / of(Layer::Upper),
                Some(other) if others.contains(&other) => {
                    OTHER_LAYERS_DOUBT / others.iter().map(|&layer| of(layer)).sum::<f64>()
                }
                _ => 0.0,
            }
        };
        let known = 1.0 - UPPER_DOUBT - OTHER_LAYERS_DOUBT;
        let spread = Self(std::array::from_fn(|kind| known * self.0[kind] + share(kind)));
        spread.by_probability().filter(|&(_, probability)| probability >= LEAST_LIKELY).map(likely).collect()
    }

    /// All categories, the most probable first; of equal ones, the earlier of [`Category::ALL`].
    fn by_probability(&self) -> impl Iterator<Item = (Category, f64)> {
        let mut sorted: Vec<(Category, f64)> = Category::ALL.into_iter().zip(self.categories()).collect();
        // Stable.
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
        sorted.into_iter()
    }

    /// The most probable category; of equal ones, the first of [`Category::ALL`].
    #[must_use]
    pub fn category(&self) -> Category {
        self.likely()[0].category
    }

    /// The likely categories, the most probable first: as few as have a probability of 90 % together. At least one, at most four, the
    /// others of at least 5 % each.
    #[must_use]
    pub fn likely(&self) -> Vec<LikelyCategory> {
        let mut before = 0.0;
        self.by_probability()
            .take(MOST_LIKELY)
            .enumerate()
            .take_while(|&(rank, (_, probability))| {
                let is_needed = rank == 0 || before < LIKELY_TOGETHER && probability >= LEAST_LIKELY;
                before += probability;
                is_needed
            })
            .map(|(_, found)| likely(found))
            .collect()
    }
}

fn likely((category, probability): (Category, f64)) -> LikelyCategory {
    LikelyCategory { category, probability: probability as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(weights: &[(Category, f64)], outerwear: f64) -> Kinds {
        let mut all = [0.0; Kinds::COUNT];
        for &(category, weight) in weights {
            all[category.index()] = weight;
        }
        all[Kinds::OUTERWEAR] = outerwear;
        Kinds::in_proportion(all)
    }

    fn likely(kinds: Kinds) -> Vec<(Category, f32)> {
        kinds.likely().into_iter().map(|likely| (likely.category, likely.probability)).collect()
    }

    #[test]
    fn a_sure_garment_has_one_category() {
        let sure = kinds(&[(Category::Shirts, 9.5), (Category::Tops, 0.5)], 0.0);
        assert_eq!(likely(sure), [(Category::Shirts, 0.95)]);
        assert_eq!((sure.category(), sure.is_outerwear()), (Category::Shirts, false));
    }

    #[test]
    fn an_unsure_garment_has_as_few_as_are_probable_together() {
        let unsure = kinds(&[(Category::TShirts, 0.5), (Category::Tops, 0.41), (Category::Jumpers, 0.09)], 0.0);
        assert_eq!(likely(unsure), [(Category::TShirts, 0.5), (Category::Tops, 0.41)]);
        let long_tail = kinds(&[(Category::TShirts, 0.86), (Category::Tops, 0.04), (Category::Jumpers, 0.1)], 0.0);
        assert_eq!(likely(long_tail), [(Category::TShirts, 0.86), (Category::Jumpers, 0.1)]);
        let tail_of_little = kinds(
            &[(Category::TShirts, 0.84), (Category::Tops, 0.08), (Category::Jumpers, 0.04), (Category::Shirts, 0.04)],
            0.0,
        );
        assert_eq!(likely(tail_of_little), [(Category::TShirts, 0.84), (Category::Tops, 0.08)]);
        let little_each = kinds(
            &[(Category::TShirts, 0.88), (Category::Tops, 0.04), (Category::Jumpers, 0.04), (Category::Shirts, 0.04)],
            0.0,
        );
        assert_eq!(likely(little_each), [(Category::TShirts, 0.88)]);
        let nothing_known = Kinds::in_proportion([0.0; Kinds::COUNT]);
        assert_eq!(likely(nothing_known).len(), MOST_LIKELY);
    }

    #[test]
    fn outerwear_is_searched_as_blazers_and_jumpers() {
        let coat = kinds(&[(Category::Shirts, 0.1)], 0.9);
        assert!(coat.is_outerwear());
        assert_eq!(likely(coat), [(Category::Blazers, 0.45), (Category::Jumpers, 0.45)]);
        let blazer = kinds(&[(Category::Blazers, 0.5)], 0.5);
        assert!(!blazer.is_outerwear(), "outerwear has to be more probable than every category");
        assert_eq!(likely(blazer), [(Category::Blazers, 0.75), (Category::Jumpers, 0.25)]);
    }

    #[test]
    fn a_catalogue_may_call_an_upper_garment_by_any_category_for_the_upper_body_and_trousers_are_trousers() {
        let found = |kinds: Kinds, layer| -> Vec<(Category, f32)> {
            kinds.in_catalogue(layer).into_iter().map(|likely| (likely.category, likely.probability)).collect()
        };
        let shirt = found(kinds(&[(Category::Shirts, 1.0)], 0.0), Layer::Upper);
        let eighth = [Category::Jumpers, Category::TShirts, Category::Tops].map(|category| (category, 0.125));
        let tenth = [Category::Blazers, Category::Dresses].map(|category| (category, 0.1));
        assert_eq!(shirt, [&[(Category::Shirts, 0.425)][..], &eighth, &tenth].concat());
        let trousers = kinds(&[(Category::Trousers, 1.0)], 0.0);
        assert_eq!(found(trousers, Layer::Lower), [(Category::Trousers, 1.0)]);
        let little_skirt = kinds(&[(Category::Tops, 0.99), (Category::Skirts, 0.01)], 0.0);
        assert!(found(little_skirt, Layer::Upper).iter().all(|&(category, _)| category != Category::Skirts));
    }

    #[test]
    fn only_pixels_of_garments_vote() {
        let classes = [Class::Tops, Class::Skin, Class::Outerwear, Class::Tops, Class::Background, Class::Skirts];
        let votes = Kinds::votes(classes.into_iter());
        assert_eq!(votes.as_array()[Category::Tops.index()], 0.5);
        assert_eq!(votes.as_array()[Category::Skirts.index()], 0.25);
        assert_eq!(votes.as_array()[Kinds::OUTERWEAR], 0.25);
    }
}
