//! Multinomial logistic regression. In: a file of weights, and inputs. Out: logits and probabilities.

use safetensors::{Dtype, SafeTensors};

use crate::matching::dot;

/// Weights of a regression: `logits = weight · x + bias`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    /// `(classes, inputs)`, row-major.
    pub(super) weight: Vec<f32>,
    /// `(classes)`.
    pub(super) bias: Vec<f32>,
    pub(super) inputs: usize,
}

/// Why weights are refused.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The file is no safetensors file, or a tensor is missing.
    #[error("the head's weights cannot be read")]
    File(#[from] safetensors::SafeTensorError),
    /// A tensor has another type or shape, or is not finite.
    #[error("the head's tensor {name} is not usable: expected finite float32 {expected:?}, got {received}")]
    Tensor {
        /// The tensor.
        name: &'static str,
        /// Its shape.
        expected: Vec<usize>,
        /// What is there.
        received: String,
    },
}

impl Head {
    /// Reads `weight (classes, inputs)` and `bias (classes)`.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub(super) fn from_safetensors(file: &[u8], classes: usize, inputs: usize) -> Result<Self, HeadError> {
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
        Ok(Self { weight: read("weight", &[classes, inputs])?, bias: read("bias", &[classes])?, inputs })
    }

    /// The probability of each class for `x (inputs)`.
    ///
    /// # Panics
    /// When `x` has another length.
    pub(super) fn probabilities(&self, x: &[f32]) -> Vec<f32> {
        assert_eq!(x.len(), self.inputs, "an input of the network that the head was learnt on");
        let rows = self.weight.chunks_exact(self.inputs).zip(&self.bias);
        let logits: Vec<f32> = rows.map(|(row, bias)| dot(row, x) + bias).collect();
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        exponentials.into_iter().map(|exponential| exponential / sum).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_softmax_of_the_logits_at_any_size() {
        let head = Head { weight: vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0], bias: vec![0.0, 1.0, 0.0], inputs: 2 };
        let expected = [1.0_f32.exp(), 3.0_f32.exp(), 1.0];
        let sum: f32 = expected.iter().sum();
        for (received, expected) in head.probabilities(&[1.0, 2.0]).into_iter().zip(expected) {
            assert!((received - expected / sum).abs() < 1e-6);
        }
        assert_eq!(head.probabilities(&[1000.0, 0.0]), [1.0, 0.0, 0.0]);
    }
}
