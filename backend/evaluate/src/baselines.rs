//! Baselines of the match. In: a query's picture or pixels, and the articles. Out: a score for each article.

use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;
use stl_server::matching::dot;
use stl_server::networks::encode::FashionDna;
use stl_server::networks::runtime::Runtime;
use stl_types::manifest::NetworkSpec;
use stl_vision::NetworkError;

use crate::error::{EvaluateError, PictureProblem};
use crate::look::View;

/// A way to score articles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Fashion2Shop's match.
    Match,
    /// A random order: the exact expectation.
    Random,
    /// Intersection of 8×8×8 RGB histograms of the query's pixels and of the product's pixels that are not white.
    Histogram,
    /// Nearness in CIELAB of the query's mean colour and the product's.
    MeanColour,
    /// Nearness in CIELAB of the garment's true mean colour and the product's: the best that colour alone can reach.
    ColourOracle,
    /// Cosine of an ImageNet MobileNetV2's features.
    Imagenet,
    /// Cosine of FashionDNA's features of both pictures.
    FashionDna,
}

impl Method {
    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Random => "random",
            Self::Histogram => "colour histogram",
            Self::MeanColour => "mean colour",
            Self::ColourOracle => "colour oracle",
            Self::Imagenet => "ImageNet cosine",
            Self::FashionDna => "FashionDNA cosine",
        }
    }

    /// The views that the method can use; none for the random order and the oracle, which need no query.
    #[must_use]
    pub const fn views(self) -> &'static [View] {
        use View::{Garment, GarmentTrue, Person, Photo};
        match self {
            Self::Match => &[Garment, GarmentTrue, Person, Photo],
            Self::Random | Self::ColourOracle => &[],
            Self::Histogram | Self::FashionDna => &[GarmentTrue, Garment, Person],
            Self::MeanColour => &[Garment, Person],
            Self::Imagenet => &[GarmentTrue, Person],
        }
    }
}

/// Length of MobileNetV2's pooled features.
const IMAGENET_WIDTH: usize = 1280;

/// Loads an ImageNet encoder: RGB as `x / 127.5 − 1`, `(1, 3, 128, 96)` letterboxed on white like FashionDNA's input,
/// into `(1, 1280)`.
///
/// # Errors
/// When the file cannot be read, or is another network.
pub fn imagenet(path: &Path) -> Result<FashionDna, EvaluateError> {
    let file = std::fs::read(path).map_err(|error| PictureProblem::Read(error).at(path))?;
    let spec = NetworkSpec {
        file: path.display().to_string(),
        sha256: String::new(),
        bytes: file.len() as u64,
        input: [1, 3, 128, 96],
        output: vec![1, IMAGENET_WIDTH],
        mean: [127.5; 3],
        std: [127.5; 3],
        pad: [255.0; 3],
        classes: Vec::new(),
        crop_margin: None,
        crop_threshold: None,
    };
    FashionDna::load(&file, &spec, &Runtime::Tract).map_err(|error: NetworkError| error.into())
}

/// Embeddings of unit length: inner products are cosines.
#[derive(Clone, Debug, Default)]
pub struct UnitEmbeddings {
    width: usize,
    /// `(articles, width)` row-major.
    rows: Vec<f32>,
}

impl UnitEmbeddings {
    /// Appends an embedding. All embeddings have one length.
    pub fn push(&mut self, embedding: &[f32]) {
        self.width = embedding.len();
        self.rows.extend(unit(embedding));
    }

    /// The cosine of `embedding` with each row.
    #[must_use]
    pub fn cosines(&self, embedding: &[f32]) -> Vec<f32> {
        let query: Vec<f32> = unit(embedding).collect();
        self.rows.chunks_exact(self.width.max(1)).map(|row| dot(row, &query)).collect()
    }
}

/// The embedding scaled to length 1; zeros stay zeros.
fn unit(embedding: &[f32]) -> impl Iterator<Item = f32> {
    let length = dot(embedding, embedding).sqrt().max(f32::MIN_POSITIVE);
    embedding.iter().map(move |value| value / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_do_not_depend_on_lengths() {
        let mut embeddings = UnitEmbeddings::default();
        for row in [[3.0, 0.0], [0.0, 0.5], [-2.0, 2.0], [0.0, 0.0]] {
            embeddings.push(&row);
        }
        let cosines = embeddings.cosines(&[0.0, 9.0]);
        for (received, expected) in cosines.iter().zip([0.0, 1.0, 0.5_f32.sqrt(), 0.0]) {
            assert!((received - expected).abs() < 1e-6, "expected {expected}, got {received}");
        }
    }
}
