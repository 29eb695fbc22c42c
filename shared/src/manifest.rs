//! `models/manifest.toml`: which files hold the networks, and how a picture becomes their input.
//! In: the manifest's text. Out: a checked [`Manifest`].

use serde::Deserialize;

use crate::{Class, Size};

/// All networks of the project.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// Segments a photo.
    pub street2fashion: Network,
    /// Turns a title picture into f(A).
    #[serde(rename = "fashion-dna")]
    pub fashion_dna: Network,
    /// Turns a segmented photo into f(I) and matches it with f(A).
    pub fashion2shop: Fashion2Shop,
}

/// The two files of Fashion2Shop.
#[derive(Clone, Debug, Deserialize)]
pub struct Fashion2Shop {
    /// The query encoder.
    pub query: Network,
    /// The match's weights.
    #[serde(rename = "match")]
    pub matching: MatchWeights,
}

/// An ONNX file with one picture as input.
#[derive(Clone, Debug, Deserialize)]
pub struct Network {
    /// File name beside the manifest.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Input shape `(1, 3, H, W)`, float32 RGB.
    pub input: [usize; 4],
    /// Output shape.
    pub output: Vec<usize>,
    /// Subtracted from each channel's 0..=255.
    pub mean: [f32; 3],
    /// Divides the difference.
    pub std: [f32; 3],
    /// Letterbox colour before normalisation, 0..=255 RGB.
    pub pad: [f32; 3],
    /// Names of the output channels, for a segmenter.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Margin on each side of what is not white, as a share of its width and height, to which the picture is cropped first.
    #[serde(default)]
    pub crop_margin: Option<f32>,
    /// A pixel with a channel below this value is not white, for the crop.
    #[serde(default)]
    pub crop_threshold: Option<u8>,
}

/// A safetensors file with `u (hidden, width)`, `v (hidden, width)`, `b (hidden)` and `w2 (hidden)`, all float32.
#[derive(Clone, Debug, Deserialize)]
pub struct MatchWeights {
    /// File name beside the manifest.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Hidden units of the match.
    pub hidden: usize,
    /// Numbers of f(I) and f(A).
    pub width: usize,
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or a field is missing or of another type.
    #[error("the model manifest cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A network's shapes or names do not fit this program.
    #[error("the model manifest's {network} does not fit this program: expected {expected}, got {received}")]
    Unfit {
        /// The manifest's section.
        network: &'static str,
        /// What this program works with.
        expected: String,
        /// What the manifest says.
        received: String,
    },
}

impl Network {
    /// Size of the input picture.
    #[must_use]
    pub fn input_size(&self) -> Size {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Size { width: side(self.input[3]), height: side(self.input[2]) }
    }

    /// The network's input value of a channel's value: `(value − mean) / std`.
    #[must_use]
    pub fn normalise(&self, channel: usize, value: f32) -> f32 {
        (value - self.mean[channel]) / self.std[channel]
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When the text is no manifest, or a network's shapes or class names are not those this program was written for.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)?;
        let segmenter = &manifest.street2fashion;
        let class_names: Vec<&str> = Class::ALL.into_iter().map(Class::as_str).collect();
        expect("street2fashion", format!("the classes {class_names:?}"), &segmenter.classes, |classes| {
            *classes == class_names
        })?;
        expect(
            "street2fashion",
            "an output (1, 13, h, w)".to_owned(),
            &segmenter.output,
            |output| matches!(output[..], [1, 13, height, width] if height > 0 && width > 0),
        )?;
        let width = manifest.fashion2shop.matching.width;
        for (name, network) in
            [("fashion-dna", &manifest.fashion_dna), ("fashion2shop.query", &manifest.fashion2shop.query)]
        {
            expect(name, format!("an output (1, {width})"), &network.output, |output| output[..] == [1, width])?;
        }
        for (name, network) in [
            ("street2fashion", segmenter),
            ("fashion-dna", &manifest.fashion_dna),
            ("fashion2shop.query", &manifest.fashion2shop.query),
        ] {
            // 4096 a side bounds what a damaged manifest can make this program allocate.
            expect(name, "an input (1, 3, 1..=4096, 1..=4096)".to_owned(), &network.input, |input| {
                input[..2] == [1, 3] && input[2..].iter().all(|side| (1..=4096).contains(side))
            })?;
        }
        Ok(manifest)
    }
}

fn expect<T: std::fmt::Debug>(
    network: &'static str,
    expected: String,
    received: &T,
    fits: impl Fn(&T) -> bool,
) -> Result<(), ManifestError> {
    if fits(received) {
        return Ok(());
    }
    Err(ManifestError::Unfit { network, expected, received: format!("{received:?}") })
}
