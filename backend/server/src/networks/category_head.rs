//! The category that a picture shows, for feeds whose words are silent. In: f(A). Out: a [`Category`], or how unsure it is.
//!
//! Multinomial logistic regression on f(A): eight categories and *none of them*.

use safetensors::{Dtype, SafeTensors};
use stl_types::Category;

use crate::matching::dot;

/// The eight, then none of them.
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
    /// The file is no safetensors file, or has no such tensor.
    #[error("the categories' weights cannot be read")]
    File(#[from] safetensors::SafeTensorError),
    /// A tensor is not what it should be.
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

/// A picture that shows none of the eight clearly enough.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the words name none of the eight categories, and the picture shows none clearly enough: expected one with a probability \
     of {expected:.2}, got {} with {received:.2}",
    best.map_or("none of them", Category::as_str)
)]
pub struct Unsure {
    /// The least probability.
    pub expected: f32,
    /// The most probable; none if that is none of the eight.
    pub best: Option<Category>,
    /// Its probability.
    pub received: f32,
}

impl CategoryHead {
    /// Reads `weight` and `bias`. A category is given only if its probability is at least `min_probability`.
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

    /// The category of an article's f(A) `(width)`.
    ///
    /// # Errors
    /// When it is unsure, or sees none of the eight.
    ///
    /// # Panics
    /// When the feature has another length.
    pub fn predict(&self, feature: &[f32]) -> Result<Category, Unsure> {
        assert_eq!(feature.len(), self.width, "a feature of the network that the head was learnt on");
        let rows = self.weight.chunks_exact(self.width).zip(&self.bias);
        let logits: Vec<f32> = rows.map(|(row, bias)| dot(row, feature) + bias).collect();
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
        let class = logits.iter().position(|&logit| logit == most).unwrap_or(CLASSES - 1);
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
        // Shirts by the first number, none of the eight by the second.
        let mut weight = vec![0.0; CLASSES * 2];
        weight[Category::Shirts.index() * 2] = 1.0;
        weight[(CLASSES - 1) * 2 + 1] = 1.0;
        CategoryHead { weight, bias: vec![0.0; CLASSES], width: 2, min_probability: 0.5 }
    }

    #[test]
    fn only_a_sure_category_is_given() {
        assert_eq!(head().predict(&[9.0, 0.0]), Ok(Category::Shirts));
        let other = head().predict(&[0.0, 9.0]).expect_err("none of the eight");
        assert!(other.best.is_none() && other.received > 0.9);
        let unsure = head().predict(&[1.0, 0.0]).expect_err("too little");
        assert_eq!(unsure.best, Some(Category::Shirts));
        // e / (e + 8)
        assert!((unsure.received - 0.2536).abs() < 1e-3, "{unsure}");
    }
}
