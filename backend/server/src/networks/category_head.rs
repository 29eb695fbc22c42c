//! The category of a picture, for feeds whose fields imply none. In: f(A). Out: a [`Category`], or its low probability.
//!
//! Multinomial logistic regression on f(A) with nine classes: the eight categories and *unsupported*.

use stl_types::Category;
use stl_types::manifest::CategoryHead as Spec;

use crate::networks::head::{Head, HeadError};

/// Weights of the regression.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryHead {
    head: Head,
    min_probability: f32,
}

/// No category is probable enough.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "no field implies a category, and the picture does not show one clearly enough: expected a probability of at least \
     {expected:.2}, got {} with {received:.2}",
    best.map_or("unsupported", Category::as_str)
)]
pub struct Unsure {
    /// The lowest probability that is accepted.
    pub expected: f32,
    /// The most probable category; none if it is *unsupported*.
    pub best: Option<Category>,
    /// Its probability.
    pub received: f32,
}

impl CategoryHead {
    /// Reads the weights of the manifest's `fashion-dna-categories` entry. [`Self::predict`] accepts a category with a probability of
    /// at least its `min_probability`.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn from_safetensors(file: &[u8], spec: &Spec) -> Result<Self, HeadError> {
        let head = Head::from_safetensors(file, Spec::CLASSES, spec.width)?;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> CategoryHead {
        // The first number means shirts, the second one unsupported.
        let mut weight = vec![0.0; Spec::CLASSES * 2];
        weight[Category::Shirts.index() * 2] = 1.0;
        weight[(Spec::CLASSES - 1) * 2 + 1] = 1.0;
        CategoryHead { head: Head { weight, bias: vec![0.0; Spec::CLASSES], inputs: 2 }, min_probability: 0.5 }
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
}
