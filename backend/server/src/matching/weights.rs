//! The match's learnt weights. In: a safetensors file. Out: [`MatchWeights`] and their two projections.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use sha2::{Digest, Sha256};

use crate::matching::score::dot;

/// Weights of `w2 · relu(U f(I) + V f(A) + b)`, float32, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchWeights {
    /// Number of hidden units.
    pub hidden: usize,
    /// Length of an embedding.
    pub width: usize,
    /// `(hidden, width)`, applied to f(I).
    pub u: Vec<f32>,
    /// `(hidden, width)`, applied to f(A).
    pub v: Vec<f32>,
    /// `(hidden)`.
    pub b: Vec<f32>,
    /// `(hidden)`.
    pub w2: Vec<f32>,
}

/// Why weights are refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It is not a safetensors file, or a tensor is missing.
    #[error("the match's weights cannot be read")]
    File(#[from] SafeTensorError),
    /// A tensor has another shape or type.
    #[error("the match's weight {name} does not fit: expected float32 {expected:?}, got {received}")]
    Tensor {
        /// The tensor.
        name: &'static str,
        /// The shape that the manifest implies.
        expected: Vec<usize>,
        /// The type and shape in the file.
        received: String,
    },
    /// A weight is NaN or infinite.
    #[error("the match's weight {name} holds a number that is not finite")]
    NotFinite {
        /// The tensor.
        name: &'static str,
    },
}

impl MatchWeights {
    /// Reads `u`, `v`, `b` and `w2`.
    ///
    /// # Errors
    /// See [`WeightsError`].
    pub fn from_safetensors(file: &[u8], hidden: usize, width: usize) -> Result<Self, WeightsError> {
        let tensors = SafeTensors::deserialize(file)?;
        let read = |name: &'static str, shape: &[usize]| {
            let tensor = tensors.tensor(name)?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
                let received = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
                return Err(WeightsError::Tensor { name, expected: shape.to_vec(), received });
            }
            let values: Vec<f32> =
                tensor.data().as_chunks().0.iter().map(|&bytes: &[u8; 4]| f32::from_le_bytes(bytes)).collect();
            if values.iter().all(|value| value.is_finite()) {
                Ok(values)
            } else {
                Err(WeightsError::NotFinite { name })
            }
        };
        let (matrix, vector) = ([hidden, width], [hidden]);
        Ok(Self {
            hidden,
            width,
            u: read("u", &matrix)?,
            v: read("v", &matrix)?,
            b: read("b", &vector)?,
            w2: read("w2", &vector)?,
        })
    }

    /// The same as a file.
    ///
    /// # Errors
    /// Never for weights whose parts have their sizes.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, WeightsError> {
        let (matrix, vector) = (vec![self.hidden, self.width], vec![self.hidden]);
        let tensors =
            [("u", &self.u, &matrix), ("v", &self.v, &matrix), ("b", &self.b, &vector), ("w2", &self.w2, &vector)];
        let views = tensors.map(|(name, values, shape)| {
            TensorView::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values)).map(|view| (name, view))
        });
        let views: Vec<_> = views.into_iter().collect::<Result<_, _>>()?;
        Ok(safetensors::serialize(views, None)?)
    }

    /// The SHA-256 of the weights' shape and numbers.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for size in [self.hidden, self.width] {
            hash.update((size as u64).to_le_bytes());
        }
        for number in [&self.u, &self.v, &self.b, &self.w2].into_iter().flatten() {
            hash.update(number.to_le_bytes());
        }
        hash.finalize().into()
    }

    /// `U f(I)`, `(width) → (hidden)`.
    ///
    /// # Panics
    /// When `query` is not `width` long.
    #[must_use]
    pub fn project_query(&self, query: &[f32]) -> Vec<f32> {
        assert_eq!(query.len(), self.width, "f(I) is as long as the match's width");
        self.u.chunks_exact(self.width).map(|row| dot(row, query)).collect()
    }

    /// Appends `V f(A) + b`, `(width) → (hidden)`, to `rows`.
    ///
    /// # Panics
    /// When `feature` is not `width` long.
    pub fn project_article(&self, feature: &[f32], rows: &mut Vec<f32>) {
        assert_eq!(feature.len(), self.width, "f(A) is as long as the match's width");
        rows.extend(self.v.chunks_exact(self.width).zip(&self.b).map(|(row, b)| dot(row, feature) + b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::fixtures::weights;

    #[test]
    fn a_file_reads_back() {
        let file = weights().to_safetensors().expect("a file");
        assert_eq!(MatchWeights::from_safetensors(&file, 40, 8).expect("weights"), weights());
        assert!(MatchWeights::from_safetensors(&file, 8, 40).is_err());
    }
}
