//! A classifier of embeddings. In: a file of weights, and inputs. Out: logits and probabilities.
//!
//! Multinomial logistic regression on the inputs, or on one hidden layer of rectified units.

use safetensors::{Dtype, SafeTensors};

use crate::matching::dot;

/// Weights of a classifier: `logits = weight · h + bias`, where `h` is x, or `relu(hidden · x + hidden_bias)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    /// The hidden layer, if there is one.
    pub(super) hidden: Option<Layer>,
    /// The logits' layer.
    pub(super) logits: Layer,
}

/// `weight · x + bias`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    /// `(outputs, inputs)`, row-major.
    pub(super) weight: Vec<f32>,
    /// `(outputs)`.
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

impl Layer {
    /// Reads a weight `(outputs, inputs)` and a bias `(outputs)` by their names.
    fn read(
        tensors: &SafeTensors<'_>,
        [weight, bias]: [&'static str; 2],
        outputs: usize,
        inputs: usize,
    ) -> Result<Self, HeadError> {
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
        Ok(Self { weight: read(weight, &[outputs, inputs])?, bias: read(bias, &[outputs])?, inputs })
    }

    /// `x (inputs)` → `(outputs)`.
    fn of(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(self.inputs).zip(&self.bias);
        rows.map(|(row, bias)| dot(row, x) + bias).collect()
    }
}

impl Head {
    /// Reads `weight (classes, inputs)` and `bias (classes)`; with hidden units `hidden_weight (hidden, inputs)`, `hidden_bias (hidden)`,
    /// and `weight (classes, hidden)`.
    ///
    /// # Errors
    /// See [`HeadError`].
    pub(super) fn from_safetensors(
        file: &[u8],
        classes: usize,
        hidden: Option<usize>,
        inputs: usize,
    ) -> Result<Self, HeadError> {
        let tensors = SafeTensors::deserialize(file)?;
        let read = |names, outputs, inputs| Layer::read(&tensors, names, outputs, inputs);
        Ok(Self {
            hidden: hidden.map(|units| read(["hidden_weight", "hidden_bias"], units, inputs)).transpose()?,
            logits: read(["weight", "bias"], classes, hidden.unwrap_or(inputs))?,
        })
    }

    /// The probability of each class for `x (inputs)`.
    ///
    /// # Panics
    /// When `x` has another length.
    pub(super) fn probabilities(&self, x: &[f32]) -> Vec<f32> {
        let inputs = self.hidden.as_ref().unwrap_or(&self.logits).inputs;
        assert_eq!(x.len(), inputs, "an input of the network that the head was learnt on");
        let hidden = self.hidden.as_ref().map(|layer| layer.of(x).into_iter().map(|unit| unit.max(0.0)).collect());
        let logits = self.logits.of(hidden.as_ref().map_or(x, |units: &Vec<f32>| units));
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        exponentials.into_iter().map(|exponential| exponential / sum).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use safetensors::tensor::TensorView;

    use super::*;

    fn assert_softmax(received: &[f32], logits: &[f32]) {
        let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
        for (received, logit) in received.iter().zip(logits) {
            assert!((received - logit.exp() / sum).abs() < 1e-6, "{received}");
        }
        assert_eq!(received.len(), logits.len());
    }

    #[test]
    fn probabilities_are_the_softmax_of_the_logits_at_any_size() {
        let logits = Layer { weight: vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0], bias: vec![0.0, 1.0, 0.0], inputs: 2 };
        let head = Head { hidden: None, logits };
        assert_softmax(&head.probabilities(&[1.0, 2.0]), &[1.0, 3.0, 0.0]);
        assert_eq!(head.probabilities(&[1000.0, 0.0]), [1.0, 0.0, 0.0]);
    }

    /// Units `relu(x0 − x1)`, `relu(x1 − x0 + 1)` and `relu(−x0)`; two classes: the sum of the first two, and the third.
    fn file(hidden_weight: [usize; 2]) -> Vec<u8> {
        let tensors: [(&str, Vec<usize>, &[f32]); 4] = [
            ("hidden_weight", hidden_weight.to_vec(), &[1.0, -1.0, -1.0, 1.0, -1.0, 0.0]),
            ("hidden_bias", vec![3], &[0.0, 1.0, 0.0]),
            ("weight", vec![2, 3], &[1.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
            ("bias", vec![2], &[0.0, 0.5]),
        ];
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let views: HashMap<&str, TensorView<'_>> = tensors
            .iter()
            .zip(&bytes)
            .map(|((name, shape, _), bytes)| (*name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("shape")))
            .collect();
        safetensors::serialize(&views, None).expect("a file")
    }

    #[test]
    fn hidden_units_are_rectified() {
        let head = Head::from_safetensors(&file([3, 2]), 2, Some(3), 2).expect("a head");
        assert_softmax(&head.probabilities(&[2.0, 1.0]), &[1.0, 0.5]);
        assert_softmax(&head.probabilities(&[-2.0, 0.0]), &[3.0, 2.5]);
    }

    #[test]
    fn hidden_units_of_another_shape_are_refused() {
        let received = Head::from_safetensors(&file([2, 3]), 2, Some(3), 2).expect_err("a wrong shape");
        let expected = "the head's tensor hidden_weight is not usable: expected finite float32 [3, 2], got F32 [2, 3]";
        assert_eq!(received.to_string(), expected);
    }
}
