//! The category of a picture, for feeds whose fields imply none. In: f(A). Out: a [`Category`], or its low probability.
//!
//! Multinomial logistic regression on f(A) with nine classes: the eight categories and *unsupported*.

use safetensors::{Dtype, SafeTensors};
use stl_types::Category;

use crate::matching::dot;

/// The eight categories, then *unsupported*.
const CLASSES: usize = Category::ALL.len() + 1;

/// Weights of the regression.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryHead {
    /// `(9, width)`, row-major.
    weight: Vec<f32>,
    /// `(9)`.
    bias: Vec<f32>,
    width: usize,
    min_probability: f32,
}

/// Why weights are refused.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The file is no safetensors file, or a tensor is missing.
    #[error("the categories' weights cannot be read")]
    File(#[from] safetensors::SafeTensorError),
    /// A tensor has another type or shape, or is not finite.
    #[error("the categories' weight {name} is not usable: expected finite float32 {expected:?}, got {received}")]
    Tensor {
        /// The tensor.
        name: &'static str,
        /// Its shape.
        expected: Vec<usize>,
        /// What is there.
        received: String,
    },
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
    /// Reads `weight` and `bias`. [`Self::predict`] accepts a category with a probability of at least `min_probability`.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub fn from_safetensors(file: &[u8], width: usize, min_probability: f32) -> Result<Self, HeadError> {
        let tensors = SafeTensors::deserialize(file)?;
        let read = |name: &'static str, shape: &[usize]| {
            let tensor = tensors.tensor(name)?;
            let numbers = tensor.data().as_chunks().0.iter().map(|&bytes: &[u8; 4]| f32::from_le_bytes(bytes));
            let values: Vec<f32> = numbers.collect();
            let is_usable =
                tensor.dtype() == Dtype::F32 && tensor.shape() == shape && values.iter().all(|value| value.is_finite());
            if !is_usable {
                let received = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
                return Err(HeadError::Tensor { name, expected: shape.to_vec(), received });
            }
            Ok(values)
        };
        let (weight, bias) = (read("weight", &[CLASSES, width])?, read("bias", &[CLASSES])?);
        Ok(Self { weight, bias, width, min_probability })
    }

    /// Predicts the category of an article from its f(A) `(width)`.
    ///
    /// # Errors
    /// When the most probable class is *unsupported* or not probable enough.
    ///
    /// # Panics
    /// When the feature has another length.
    pub fn predict(&self, feature: &[f32]) -> Result<Category, Unsure> {
        assert_eq!(feature.len(), self.width, "a feature of the network that the head was learnt on");
        let rows = self.weight.chunks_exact(self.width).zip(&self.bias);
        let logits: Vec<f32> = rows.map(|(row, bias)| dot(row, feature) + bias).collect();
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
        let class = logits.iter().position(|&logit| logit == highest).unwrap_or(CLASSES - 1);
        let (best, received) = (Category::ALL.get(class).copied(), 1.0 / sum);
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
        let mut weight = vec![0.0; CLASSES * 2];
        weight[Category::Shirts.index() * 2] = 1.0;
        weight[(CLASSES - 1) * 2 + 1] = 1.0;
        CategoryHead { weight, bias: vec![0.0; CLASSES], width: 2, min_probability: 0.5 }
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
    }
}
