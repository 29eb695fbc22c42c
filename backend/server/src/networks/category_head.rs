//! What a picture shows. In: f(A), or f(I) and the votes of a garment's pixels. Out: a [`Category`] or its low probability; [`Kinds`].
//!
//! For feeds whose fields imply no category, and for the garments of a person. A classifier of f(A) with nine classes: the eight
//! categories and *unsupported*.

use stl_types::manifest::CategoryHead as Spec;
use stl_types::{Category, Kinds};

use crate::networks::encode::QueryEmbedding;
use crate::networks::head::{Head, HeadError};

mod unsure;

pub use unsure::Unsure;

/// How much the embedding of a worn garment says beside its pixels: the exponent of its probabilities. On validation people (300 true pairs,
/// 120 photos with label maps) 0, .15, .25, .35 and .5 put .847, .857, .860, .867 and .870 of the worn articles among the first ten of their
/// row, and name .815, .841, .833, .819 and .806 of the garments by one of two categories. That was with one head of 1,024 hidden units, and
/// outerwear told by blazers and jumpers.
const EMBEDDING_WEIGHT: f64 = 0.25;
/// Added to each vote, since no pixel of a kind does not rule it out.
const VOTE_SMOOTHING: f64 = 0.02;
/// Added to each probability, for the same reason.
const PROBABILITY_SMOOTHING: f64 = 0.01;

/// Weights of the classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryHead {
    head: Head,
    min_probability: f32,
}

impl CategoryHead {
    /// Reads the weights of the manifest's `fashion-dna-categories` entry. [`Self::predict`] accepts a category with a probability of
    /// at least its `min_probability`.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn from_safetensors(file: &[u8], spec: &Spec) -> Result<Self, HeadError> {
        let head = Head::from_safetensors(file, Spec::CLASSES, spec.hidden, spec.width)?;
        Ok(Self { head, min_probability: spec.min_probability })
    }

    /// The most probable category of an article, however unsure; never *unsupported*.
    ///
    /// # Panics
    /// When the feature has another length.
    #[must_use]
    pub fn most_probable(&self, feature: &[f32]) -> Category {
        let probabilities = self.head.probabilities(feature);
        // Of equal probabilities, the first.
        let by_probability = Category::ALL.into_iter().rev().zip(probabilities[..Category::ALL.len()].iter().rev());
        by_probability.max_by(|a, b| a.1.total_cmp(b.1)).map_or(Category::Tops, |(category, _)| category)
    }

    /// The probability of each category, in the order of [`Category::ALL`]; what is missing from 1 is that of *unsupported*.
    ///
    /// # Panics
    /// When the feature has another length.
    #[must_use]
    pub fn probabilities(&self, feature: &[f32]) -> [f32; Category::ALL.len()] {
        let probabilities = self.head.probabilities(feature);
        std::array::from_fn(|category| probabilities[category])
    }

    /// Predicts the category of an article from its f(A) `(width)`.
    ///
    /// # Errors
    /// When the most probable class is *unsupported* or not probable enough.
    ///
    /// # Panics
    /// When the feature has another length.
    pub fn predict(&self, feature: &[f32]) -> Result<Category, Unsure> {
        let probabilities = self.head.probabilities(feature);
        let received = probabilities.iter().copied().fold(0.0, f32::max);
        let best = probabilities.iter().position(|&probability| probability == received);
        let best = best.and_then(|class| Category::ALL.get(class)).copied();
        best.filter(|_| received >= self.min_probability).ok_or(Unsure {
            expected: self.min_probability,
            best,
            received,
        })
    }

    /// What a garment of a person is, by its f(I) and the votes of its pixels.
    ///
    /// f(I) is learnt to lie where f(A) of the worn article does, so the head tells its category, too. Each category has its f(I), and the
    /// votes weigh what is told of them. Votes and probabilities are multiplied, a product of experts (Hinton, Training Products of
    /// Experts by Minimizing Contrastive Divergence, Neural Computation 2002). Coats are *unsupported* among articles and outerwear among kinds.
    ///
    /// # Panics
    /// When the embedding has another width.
    #[must_use]
    pub fn worn(&self, embedding: &QueryEmbedding, votes: &Kinds) -> Kinds {
        let mut told = [0.0; Kinds::COUNT];
        let voted_for = Category::ALL.into_iter().zip(votes.categories()).filter(|&(_, vote)| vote > 0.0);
        for (category, vote) in voted_for {
            let of_category = self.head.probabilities(embedding.for_category(category));
            told.iter_mut().zip(of_category).for_each(|(sum, probability)| *sum += vote * f64::from(probability));
        }
        let by_pixels = votes.as_array();
        Kinds::in_proportion(std::array::from_fn(|kind| {
            (by_pixels[kind] + VOTE_SMOOTHING) * (told[kind] + PROBABILITY_SMOOTHING).powf(EMBEDDING_WEIGHT)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::head::Layer;

    fn head() -> CategoryHead {
        // The first number means shirts, the second one unsupported.
        let mut weight = vec![0.0; Spec::CLASSES * 2];
        weight[Category::Shirts.index() * 2] = 1.0;
        weight[(Spec::CLASSES - 1) * 2 + 1] = 1.0;
        let logits = Layer { weight, bias: vec![0.0; Spec::CLASSES], inputs: 2 };
        CategoryHead { head: Head { hidden: None, logits }, min_probability: 0.5 }
    }

    #[test]
    fn only_a_sure_category_is_given() {
        assert_eq!(head().predict(&[9.0, 0.0]), Ok(Category::Shirts));
        let other = head().predict(&[0.0, 9.0]).expect_err("unsupported");
        assert!(other.best.is_none() && other.received > 0.9);
        let unsure = head().predict(&[1.0, 0.0]).expect_err("too little");
        assert_eq!(unsure.best, Some(Category::Shirts));
        // e / (e + 8)
        assert!((unsure.received - 0.2536).abs() < 1e-3, "{unsure}");
        assert_eq!(head().most_probable(&[1.0, 9.0]), Category::Shirts);
        assert_eq!(head().most_probable(&[0.0, 0.0]), Category::Blazers);
    }

    #[test]
    fn the_embedding_of_a_worn_garment_tells_beside_its_pixels() {
        let votes = |shirts, tops| {
            let mut votes = [0.0; Kinds::COUNT];
            (votes[Category::Shirts.index()], votes[Category::Tops.index()]) = (shirts, tops);
            Kinds::in_proportion(votes)
        };
        // The same f(I) for all categories.
        let seen =
            |shirts: f32, unsupported: f32| QueryEmbedding::of([shirts, unsupported].repeat(Category::ALL.len()));
        let share = |kinds: &Kinds, category: Category| kinds.as_array()[category.index()];
        let unsure = head().worn(&seen(0.0, 0.0), &votes(0.5, 0.5));
        assert!((share(&unsure, Category::Shirts) - share(&unsure, Category::Tops)).abs() < 1e-9);
        assert_eq!(head().worn(&seen(9.0, 0.0), &votes(0.45, 0.55)).category(), Category::Shirts);
        assert_eq!(
            head().worn(&seen(9.0, 0.0), &votes(0.05, 0.95)).category(),
            Category::Tops,
            "nearly all pixels say so"
        );
        // .02 of smoothing for no vote, probabilities of nearly 1 and 0.
        let shirts = head().worn(&seen(20.0, 0.0), &votes(1.0, 0.0));
        let expected = [1.02 * 1.01_f64.powf(0.25), 0.02 * 0.01_f64.powf(0.25)];
        assert!(
            (share(&shirts, Category::Tops) / share(&shirts, Category::Shirts) - expected[1] / expected[0]).abs()
                < 1e-6
        );
        assert!(head().worn(&seen(0.0, 9.0), &Kinds::in_proportion([0.0; Kinds::COUNT])).is_outerwear());
    }
}
