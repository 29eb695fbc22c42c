//! Pictures become embeddings. In: an [`RgbImage`]. Out: FashionDNA f(A) of an article's picture, or the
//! [`QueryEmbedding`] of a cutout.

use std::sync::Arc;

use image::RgbImage;
use image::imageops::crop_imm;
use stl_types::manifest::NetworkSpec;
use stl_types::{Category, Rect};
use stl_vision::{InputError, NetworkError, content_part};

use crate::networks::network::Network;
use crate::networks::pool::EncodePool;
use crate::networks::runtime::Runtime;
use crate::parallel::available_threads;
use crate::pictures::scale::pixels_of;

/// Encodes an article's title picture into f(A), `(width)` float32.
#[derive(Clone, Debug)]
pub struct FashionDna {
    network: Network,
    /// On a graphics processor, pictures that several threads encode share its batches.
    pool: Option<Arc<EncodePool>>,
}

/// Encodes the cutout of a person or of one garment into a [`QueryEmbedding`].
#[derive(Clone, Debug)]
pub struct QueryEncoder {
    pool: Arc<EncodePool>,
    spec: NetworkSpec,
}

/// One f(I) for each category.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryEmbedding {
    /// `(8, width)` row-major, rows in the order of [`Category::ALL`].
    values: Vec<f32>,
}

/// Why a picture has no embedding.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// All pixels of the cutout are white.
    #[error("the picture is entirely white: there is nothing to search for")]
    Blank,
    /// The picture cannot become the network's input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network cannot be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network's output contains NaN or infinity.
    #[error("the network gave an embedding that is not finite")]
    NotFinite,
}

impl FashionDna {
    /// Loads the network of the manifest's `fashion-dna` entry.
    ///
    /// # Errors
    /// When the runtime cannot load it.
    pub fn load(onnx: &[u8], spec: &NetworkSpec, runtime: &Runtime) -> Result<Self, NetworkError> {
        let network = Network::load(onnx, spec, runtime)?;
        let pool = network.gpu_name().map(|_| Arc::new(EncodePool::new(network.clone(), available_threads())));
        Ok(Self { network, pool })
    }

    /// Whether a graphics processor encodes: the caller's thread only waits for it.
    #[must_use]
    pub fn is_on_gpu(&self) -> bool {
        self.network.gpu_name().is_some()
    }

    /// The network's entry in the manifest.
    #[must_use]
    pub fn spec(&self) -> &NetworkSpec {
        self.network.spec()
    }

    /// f(A) of a title picture, which is letterboxed without cropping.
    ///
    /// # Errors
    /// When the network cannot be run on it.
    pub fn encode(&self, picture: &RgbImage) -> Result<Vec<f32>, EncodeError> {
        let input = self.network.input(picture)?;
        let output = match &self.pool {
            Some(pool) => pool.run(vec![input])?.pop().ok_or_else(|| NetworkError::Run("no output".to_owned()))?,
            None => self.network.run(&input, 1)?,
        };
        finite(output)
    }
}

impl QueryEncoder {
    /// Loads the network of the manifest's `fashion2shop.query` entry.
    ///
    /// # Errors
    /// When the runtime cannot load it.
    pub fn load(onnx: &[u8], spec: &NetworkSpec, runtime: &Runtime) -> Result<Self, NetworkError> {
        let pool = Arc::new(EncodePool::new(Network::load(onnx, spec, runtime)?, available_threads()));
        Ok(Self { pool, spec: spec.clone() })
    }

    /// The network's entry in the manifest.
    #[must_use]
    pub const fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// f(I) of a cutout for each category. The cutout is [cropped](Self::cropped), then letterboxed.
    ///
    /// # Errors
    /// [`EncodeError::Blank`] for an entirely white picture, or when the network cannot be run.
    pub fn encode(&self, cutout: &RgbImage) -> Result<QueryEmbedding, EncodeError> {
        let mut all = self.encode_all(&[self.cropped(cutout)?])?;
        all.pop().ok_or_else(|| NetworkError::Run("no output".to_owned()).into())
    }

    /// f(I) of several [cropped](Self::cropped) cutouts, in their order: in batches, on the threads that are free.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn encode_all(&self, cropped: &[RgbImage]) -> Result<Vec<QueryEmbedding>, EncodeError> {
        let inputs: Result<Vec<Vec<u8>>, InputError> =
            cropped.iter().map(|picture| self.pool.network().input(picture)).collect();
        let outputs = self.pool.run(inputs?)?;
        outputs.into_iter().map(|values| Ok(QueryEmbedding { values: finite(values)? })).collect()
    }

    /// The network's view: the pixels that are not white, with the manifest's margin around them.
    ///
    /// # Errors
    /// [`EncodeError::Blank`] for an entirely white picture.
    pub fn cropped(&self, cutout: &RgbImage) -> Result<RgbImage, EncodeError> {
        let Rect { left, top, width, height } =
            content_part(pixels_of(cutout)?, &self.spec).ok_or(EncodeError::Blank)?;
        Ok(crop_imm(cutout, left, top, width, height).to_image())
    }
}

impl QueryEmbedding {
    /// `(8, width)` row-major, rows in the order of [`Category::ALL`].
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The embedding with another f(I), `(width)`, for each category.
    #[must_use]
    pub(crate) fn changed(mut self, change: impl Fn(Category, &mut [f32])) -> Self {
        let width = self.values.len() / Category::ALL.len();
        for (category, query) in Category::ALL.into_iter().zip(self.values.chunks_exact_mut(width.max(1))) {
            change(category, query);
        }
        self
    }

    /// Of `(8, width)` numbers, row-major, rows in the order of [`Category::ALL`].
    #[must_use]
    pub(crate) const fn of(values: Vec<f32>) -> Self {
        Self { values }
    }

    /// f(I) for one category, `(width)`.
    #[must_use]
    pub fn for_category(&self, category: Category) -> &[f32] {
        let width = self.values.len() / Category::ALL.len();
        &self.values[category.index() * width..][..width]
    }
}

fn finite(embedding: Vec<f32>) -> Result<Vec<f32>, EncodeError> {
    if embedding.iter().all(|value| value.is_finite()) { Ok(embedding) } else { Err(EncodeError::NotFinite) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_has_its_own_row() {
        let embedding = QueryEmbedding { values: (0..16).map(|value| value as f32).collect() };
        assert_eq!(embedding.for_category(Category::Blazers), [0.0, 1.0]);
        assert_eq!(embedding.for_category(Category::Tops), [14.0, 15.0]);
    }
}
