//! What kind of garment a region shows. In: its f(I) and the votes of its pixels. Out: its [`Kinds`], or that it is no garment.

use stl_types::Kinds;
use stl_types::manifest::GarmentHead as Spec;

use crate::networks::encode::QueryEmbedding;
use crate::networks::head::{Head, HeadError};

/// Multinomial logistic regression with ten classes: the eight categories, outerwear, and what is no garment.
#[derive(Clone, Debug, PartialEq)]
pub struct GarmentHead {
    head: Head,
    max_nothing: f64,
}

impl GarmentHead {
    /// Reads the weights of the manifest's `fashion2shop.garments` entry.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn from_safetensors(file: &[u8], spec: &Spec) -> Result<Self, HeadError> {
        let head = Head::from_safetensors(file, Spec::CLASSES, None, spec.inputs())?;
        Ok(Self { head, max_nothing: spec.max_nothing })
    }

    /// The kinds of a garment, or `None` if the region is almost surely no garment.
    ///
    /// # Panics
    /// When the embedding has another length than the one that the head was trained on.
    #[must_use]
    pub fn kinds(&self, embedding: &QueryEmbedding, votes: &Kinds) -> Option<Kinds> {
        let votes = votes.as_array().iter().map(|vote| (vote + Spec::SMOOTHING).ln() as f32);
        let x: Vec<f32> = embedding.values().iter().copied().chain(votes).collect();
        let probabilities = self.head.probabilities(&x);
        let (kinds, nothing) = probabilities.split_at(Kinds::COUNT);
        let is_garment = nothing.iter().all(|&nothing| f64::from(nothing) <= self.max_nothing);
        is_garment.then(|| Kinds::in_proportion(std::array::from_fn(|kind| f64::from(kinds[kind]))))
    }
}

#[cfg(test)]
mod tests {
    use stl_types::Category;

    use super::*;
    use crate::networks::head::Layer;

    /// f(I) has one number for each category. Its first number means shirts, its second one nothing; the votes count as they are.
    fn head() -> GarmentHead {
        let inputs = Category::ALL.len() + Kinds::COUNT;
        let mut weight = vec![0.0; Spec::CLASSES * inputs];
        weight[Category::Shirts.index() * inputs] = 1.0;
        weight[Kinds::COUNT * inputs + 1] = 1.0;
        for kind in 0..Kinds::COUNT {
            weight[kind * inputs + Category::ALL.len() + kind] = 1.0;
        }
        let logits = Layer { weight, bias: vec![0.0; Spec::CLASSES], inputs };
        GarmentHead { head: Head { hidden: None, logits }, max_nothing: 0.9 }
    }

    fn embedding(shirts: f32, nothing: f32) -> QueryEmbedding {
        QueryEmbedding::of(vec![shirts, nothing, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    fn votes_for_tops() -> Kinds {
        Kinds::in_proportion(std::array::from_fn(|kind| f64::from(u8::from(kind == Category::Tops.index()))))
    }

    #[test]
    fn votes_and_embedding_decide_together() {
        let by_votes = head().kinds(&embedding(0.0, 0.0), &votes_for_tops()).expect("a garment");
        // Shares in proportion to 1.02 and eight times 0.02, as the weights undo the logarithm.
        let tops = by_votes.as_array()[Category::Tops.index()];
        assert!((tops - 1.02 / 1.18).abs() < 1e-6, "{tops}");
        let by_picture = head().kinds(&embedding(8.0, 0.0), &votes_for_tops()).expect("a garment");
        assert_eq!(by_picture.category(), Category::Shirts);
    }

    #[test]
    fn what_is_almost_surely_no_garment_is_dropped_and_what_may_be_one_is_not() {
        assert_eq!(head().kinds(&embedding(0.0, 9.0), &votes_for_tops()), None);
        let unsure = head().kinds(&embedding(0.0, 1.0), &votes_for_tops()).expect("a garment");
        let without = head().kinds(&embedding(0.0, 0.0), &votes_for_tops()).expect("a garment");
        assert!((unsure.as_array()[Category::Tops.index()] - without.as_array()[Category::Tops.index()]).abs() < 1e-6);
    }
}
