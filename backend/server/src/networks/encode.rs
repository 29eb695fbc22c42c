//! Pictures become embeddings. In: an [`RgbImage`]. Out: FashionDNA f(A) of an article's picture, or the
//! [`QueryEmbedding`] of a cutout.

use std::sync::Arc;

use image::RgbImage;
use image::imageops::crop_imm;
use stl_types::manifest::NetworkSpec;
use stl_types::{Category, Rect};
use stl_vision::{InputError, NetworkError};

use crate::networks::network::Network;
use crate::networks::pool::EncodePool;
use crate::networks::runtime::Runtime;
use crate::parallel::available_threads;

/// A pixel with a channel below this value is not white; used if the manifest has no threshold.
const WHITE_FROM: u8 = 250;

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
        let content = content_box(cutout, self.spec.crop_threshold.unwrap_or(WHITE_FROM)).ok_or(EncodeError::Blank)?;
        let Some(margin) = self.spec.crop_margin else { return Ok(cutout.clone()) };
        let Rect { left, top, width, height } = widened(content, margin, cutout);
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

    #[cfg(test)]
    pub(crate) const fn from_values(values: Vec<f32>) -> Self {
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

/// The bounding box of the pixels with a channel below `white_from`; none if there are none.
fn content_box(picture: &RgbImage, white_from: u8) -> Option<Rect> {
    let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
    for (y, row) in picture.rows().enumerate() {
        let y = y as u32;
        for (x, pixel) in row.enumerate() {
            if pixel.0.iter().any(|&value| value < white_from) {
                let x = x as u32;
                (left, right) = (left.min(x), right.max(x));
                (top, bottom) = (top.min(y), y);
            }
        }
    }
    (left <= right).then(|| Rect { left, top, width: right - left + 1, height: bottom - top + 1 })
}

/// Adds a share of the box's width and height on each side, rounded to nearest, and clips to the picture, as in the training
/// code (`crop_to_content` in `models/training/data/geometry.py`).
fn widened(content: Rect, share: f32, picture: &RgbImage) -> Rect {
    // f64 as in the training code: with f32, 0.04 would round halves differently.
    let share = (f64::from(share) * 1e6).round() / 1e6;
    let margin = |side: u32| (f64::from(side) * share + 0.5) as u32;
    let (across, down) = (margin(content.width), margin(content.height));
    let (left, top) = (content.left.saturating_sub(across), content.top.saturating_sub(down));
    let right = (content.left + content.width + across).min(picture.width());
    let bottom = (content.top + content.height + down).min(picture.height());
    Rect { left, top, width: right - left, height: bottom - top }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn the_crop_is_the_content_with_its_margin_clipped_to_the_picture() {
        let mut picture = RgbImage::from_pixel(200, 300, Rgb([255; 3]));
        for (x, y) in [(10, 2), (109, 201)] {
            picture.put_pixel(x, y, Rgb([255, 249, 255]));
        }
        picture.put_pixel(199, 299, Rgb([250; 3]));
        let content = content_box(&picture, 250).expect("two pixels are not white");
        assert_eq!(content, Rect { left: 10, top: 2, width: 100, height: 200 });
        assert_eq!(widened(content, 0.04, &picture), Rect { left: 6, top: 0, width: 108, height: 210 });
    }

    #[test]
    fn each_category_has_its_own_row() {
        let embedding = QueryEmbedding { values: (0..16).map(|value| value as f32).collect() };
        assert_eq!(embedding.for_category(Category::Blazers), [0.0, 1.0]);
        assert_eq!(embedding.for_category(Category::Tops), [14.0, 15.0]);
    }

    #[test]
    fn a_white_picture_has_no_content() {
        assert_eq!(content_box(&RgbImage::from_pixel(9, 9, Rgb([252; 3])), 250), None);
    }
}
