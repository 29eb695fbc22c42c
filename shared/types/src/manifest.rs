//! `models/manifest.toml`: the files of the networks, and how a picture becomes their input.
//! In: the manifest's text. Out: a checked [`Manifest`].

mod segmenter;
mod shapes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::segmenter::{LayoutError, SegmenterLayout};
pub use self::shapes::ShapeMismatch;
use crate::{Category, Kinds, Size};

/// All networks of the project.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// What the networks may be used for, in a sentence or two; empty if nobody says so.
    #[serde(default)]
    pub terms: String,
    /// Segments a photo; see [`SegmenterLayout`].
    pub street2fashion: NetworkSpec,
    /// Encodes a product picture as f(A).
    #[serde(rename = "fashion-dna")]
    pub fashion_dna: NetworkSpec,
    /// Predicts a product's category from its f(A), for feeds without one. Optional.
    #[serde(rename = "fashion-dna-categories")]
    pub categories: Option<CategoryHead>,
    /// Encodes a segmented photo as one f(I) for each category, and matches it with f(A).
    pub fashion2shop: Fashion2Shop,
}

/// The files of Fashion2Shop.
#[derive(Clone, Debug, Deserialize)]
pub struct Fashion2Shop {
    /// The query encoder.
    pub query: NetworkSpec,
    /// The match's weights.
    #[serde(rename = "match")]
    pub matching: MatchWeights,
    /// Predicts a garment's category from its f(I) and its pixels. Optional.
    pub garments: Option<GarmentHead>,
}

/// An ONNX file with one picture as input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSpec {
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
    /// If set, the picture is first cropped to what is not white, plus this margin on each side, as a share of width and height.
    #[serde(default)]
    pub crop_margin: Option<f32>,
    /// For the crop: a pixel is white if no channel is below this value.
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
    /// For each category the score that the best product reaches in 95 % of the rows that have the worn one among their first ten, measured
    /// by `evaluate way`. A row whose products are all below is weak. Without a floor none is.
    #[serde(default)]
    pub weak_below: BTreeMap<Category, f32>,
}

/// A safetensors file, all float32. `softmax(weight · h + bias)` are the probabilities of [`Category::ALL`], in that order, then of
/// everything else. Without hidden units h is f(A), with `weight (classes, width)` and `bias (classes)`. With hidden units h is
/// `relu(hidden_weight · f(A) + hidden_bias)`, with `hidden_weight (hidden, width)`, `hidden_bias (hidden)` and `weight (classes, hidden)`.
#[derive(Clone, Debug, Deserialize)]
pub struct CategoryHead {
    /// File name beside the manifest.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Numbers of f(A).
    pub width: usize,
    /// Hidden units, at most [`Self::MAX_HIDDEN`]; none if the head is linear.
    #[serde(default)]
    pub hidden: Option<usize>,
    /// SHA-256 of the FashionDNA file on whose f(A) it was trained. It does not fit another network's f(A).
    pub fashion_dna_sha256: String,
    /// Predictions with a lower probability are discarded, in (0, 1].
    pub min_probability: f32,
}

impl CategoryHead {
    /// Number of probabilities: one for each category; the last is for everything else.
    pub const CLASSES: usize = Category::ALL.len() + 1;
    /// Most hidden units.
    pub const MAX_HIDDEN: usize = 1 << 14;

    /// Checks that it was trained on this network's f(A), of this width.
    fn check(&self, fashion_dna: &NetworkSpec, width: usize) -> Result<(), ManifestError> {
        let name = "fashion-dna-categories";
        expect(name, format!("a width of {width}"), &self.width, |received| *received == width)?;
        let units = format!("1 to {} hidden units", Self::MAX_HIDDEN);
        expect(name, units, &self.hidden.unwrap_or(1), |hidden| (1..=Self::MAX_HIDDEN).contains(hidden))?;
        let learnt_on = format!("a head learnt on the FashionDNA {}", fashion_dna.sha256);
        expect(name, learnt_on, &self.fashion_dna_sha256, |received| *received == fashion_dna.sha256)?;
        expect(name, "a min_probability in (0, 1]".to_owned(), &self.min_probability, |received| {
            *received > 0.0 && *received <= 1.0
        })
    }
}

/// A safetensors file with `weight (10, width + 9)` and `bias (10)`, float32. `softmax(weight · x + bias)` are the probabilities of
/// [`Category::ALL`], in that order, of outerwear, and of "no garment". x is f(I) of all categories `(width)`, then the logarithms of
/// [`Self::SMOOTHING`] plus the share of the region's pixels of each of [`Kinds`] `(9)`.
#[derive(Clone, Debug, Deserialize)]
pub struct GarmentHead {
    /// File name beside the manifest.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Numbers of f(I) of all categories.
    pub width: usize,
    /// SHA-256 of the query encoder's file on whose f(I) it was trained. It does not fit another network's f(I).
    pub query_sha256: String,
    /// A region is no garment if the probability of "no garment" is higher, in (0, 1].
    #[serde(default = "GarmentHead::max_nothing")]
    pub max_nothing: f64,
}

impl GarmentHead {
    /// Number of probabilities: one for each kind; the last is for what is no garment.
    pub const CLASSES: usize = Kinds::COUNT + 1;

    /// Added to a share before its logarithm, so that a kind without pixels stays possible.
    pub const SMOOTHING: f64 = 0.02;

    /// Numbers of x.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.width + Kinds::COUNT
    }

    /// Only what is almost surely no garment is dropped: a missing row is worse than one too many.
    const fn max_nothing() -> f64 {
        0.9
    }

    /// Checks that it was trained on this network's f(I), of this width.
    fn check(&self, query: &NetworkSpec, width: usize) -> Result<(), ManifestError> {
        let name = "fashion2shop.garments";
        let width = Category::ALL.len() * width;
        expect(name, format!("a width of {width}"), &self.width, |received| *received == width)?;
        let learnt_on = format!("a head learnt on the query encoder {}", query.sha256);
        expect(name, learnt_on, &self.query_sha256, |received| *received == query.sha256)?;
        expect(name, "a max_nothing in (0, 1]".to_owned(), &self.max_nothing, |received| {
            *received > 0.0 && *received <= 1.0
        })
    }
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or a field is missing or of another type.
    #[error("the model manifest cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The shapes or names of a network do not fit this program.
    #[error("the model manifest's {network} does not fit this program: expected {expected}, got {received}")]
    Unfit {
        /// The section of the manifest.
        network: &'static str,
        /// The value that this program supports.
        expected: String,
        /// The value in the manifest.
        received: String,
    },
}

impl NetworkSpec {
    /// Size of the input picture.
    #[must_use]
    pub fn input_size(&self) -> Size {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Size { width: side(self.input[3]), height: side(self.input[2]) }
    }

    /// The network's input for a value of a channel: `(value − mean) / std`.
    #[must_use]
    pub fn normalise(&self, channel: usize, value: f32) -> f32 {
        (value - self.mean[channel]) / self.std[channel]
    }
}

impl Manifest {
    /// Input pixels under each of the segmenter's output pixels: two rows of two.
    pub const SUB_PIXELS: usize = 4;

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When the text is not a manifest, or this program does not support a network's shapes or class names.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)?;
        for (name, network, output) in [
            ("fashion-dna", &manifest.fashion_dna, vec![1, manifest.fashion2shop.matching.width]),
            (
                "fashion2shop.query",
                &manifest.fashion2shop.query,
                vec![1, Category::ALL.len(), manifest.fashion2shop.matching.width],
            ),
        ] {
            expect(name, format!("an output {output:?}"), &network.output, |received| *received == output)?;
        }
        for (name, network) in [
            ("street2fashion", &manifest.street2fashion),
            ("fashion-dna", &manifest.fashion_dna),
            ("fashion2shop.query", &manifest.fashion2shop.query),
        ] {
            // 4096 bounds what a damaged manifest can make this program allocate.
            expect(name, "an input (1, 3, 1..=4096, 1..=4096)".to_owned(), &network.input, |input| {
                input[..2] == [1, 3] && input[2..].iter().all(|side| (1..=4096).contains(side))
            })?;
            let is_finite = |channels: &[f32; 3]| channels.iter().all(|value| value.is_finite());
            expect(name, "a finite mean of each channel".to_owned(), &network.mean, is_finite)?;
            expect(name, "a std above 0 of each channel".to_owned(), &network.std, |channels| {
                is_finite(channels) && channels.iter().all(|value| *value > 0.0)
            })?;
            expect(name, "a pad of 0..=255 for each channel".to_owned(), &network.pad, |channels| {
                channels.iter().all(|value| (0.0..=255.0).contains(value))
            })?;
        }
        let unfit =
            |LayoutError { expected, received }| ManifestError::Unfit { network: "street2fashion", expected, received };
        manifest.street2fashion.segmenter_layout().map_err(unfit)?;
        if let Some(head) = &manifest.categories {
            head.check(&manifest.fashion_dna, manifest.fashion2shop.matching.width)?;
        }
        if let Some(head) = &manifest.fashion2shop.garments {
            head.check(&manifest.fashion2shop.query, manifest.fashion2shop.matching.width)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../models/manifest.toml");

    /// The shipped manifest, one thing in it replaced.
    fn with(old: &str, new: &str) -> Result<Manifest, ManifestError> {
        assert!(SHIPPED.contains(old), "{old:?} is in the manifest");
        Manifest::parse(&SHIPPED.replacen(old, new, 1))
    }

    fn head() -> CategoryHead {
        Manifest::parse(SHIPPED).expect("the shipped manifest").categories.expect("a head")
    }

    fn refusal(found: Result<Manifest, ManifestError>) -> String {
        found.expect_err("a manifest that does not fit").to_string()
    }

    #[test]
    fn the_shipped_weights_say_what_they_are_for() {
        let terms = Manifest::parse(SHIPPED).expect("the shipped manifest").terms;
        assert!(terms.contains("research and demonstration") && terms.contains("models/README.md"), "{terms}");
        let (_, rest) = SHIPPED.split_once("terms = ").expect("terms");
        let (_, without) = rest.split_once('\n').expect("a line");
        assert_eq!(Manifest::parse(without).expect("a manifest without terms").terms, "");
    }

    #[test]
    fn a_picture_must_become_numbers() {
        for (old, new, expected) in [
            ("std = [127.5, 127.5, 127.5]", "std = [127.5, 0.0, 127.5]", "expected a std above 0"),
            ("std = [127.5, 127.5, 127.5]", "std = [127.5, nan, 127.5]", "expected a std above 0"),
            ("mean = [127.5, 127.5, 127.5]", "mean = [inf, 0.0, 0.0]", "expected a finite mean"),
            ("pad = [127.5, 127.5, 127.5]", "pad = [256.0, 0.0, 0.0]", "expected a pad of 0..=255"),
        ] {
            let found = refusal(with(old, new));
            assert!(found.contains("street2fashion") && found.contains(expected), "{found}");
        }
    }

    #[test]
    fn the_shipped_head_is_of_the_shipped_fashion_dna() {
        let manifest = Manifest::parse(SHIPPED).expect("the shipped manifest");
        assert_eq!(head().fashion_dna_sha256, manifest.fashion_dna.sha256);
        // The rows and biases of both layers in float32 are in the file, and little else.
        let hidden = head().hidden.expect("hidden units");
        let numbers = hidden * (head().width + 1) + CategoryHead::CLASSES * (hidden + 1);
        assert!((0..1024).contains(&(head().bytes - u64::try_from(numbers * 4).expect("a small number"))));
    }

    #[test]
    fn a_head_of_another_fashion_dna_is_refused() {
        let received = "0".repeat(64);
        let found = with(
            &format!("fashion_dna_sha256 = \"{}\"", head().fashion_dna_sha256),
            &format!("fashion_dna_sha256 = \"{received}\""),
        );
        let message = refusal(found);
        assert!(message.contains("fashion-dna-categories") && message.contains("a head learnt on the FashionDNA"));
        assert!(message.contains(&head().fashion_dna_sha256) && message.contains(&received), "{message}");
    }

    #[test]
    fn a_head_of_another_width_is_refused() {
        let message = refusal(with(&format!("width = {}\nhidden", head().width), "width = 64\nhidden"));
        assert!(message.contains("a width of 128, got 64"), "{message}");
        let hidden = |units: usize| format!("hidden = {units}\n");
        let message = refusal(with(&hidden(head().hidden.expect("units")), &hidden(0)));
        assert!(message.contains("1 to 16384 hidden units"), "{message}");
    }

    #[test]
    fn a_threshold_is_a_probability() {
        for received in ["0.0", "1.5", "-0.1", "nan"] {
            let found = with(
                &format!("min_probability = {}", head().min_probability),
                &format!("min_probability = {received}"),
            );
            assert!(refusal(found).contains("a min_probability in (0, 1]"), "{received}");
        }
    }

    /// The shipped manifest with a head of garments, shipped or not.
    fn with_garment_head(width: usize, query_sha256: &str, rest: &str) -> Result<Manifest, ManifestError> {
        let name = "[fashion2shop.garments]";
        let (before, head) = SHIPPED.split_once(name).unwrap_or((SHIPPED, ""));
        let after = head.split_once("\n[").map_or(String::new(), |(_, after)| format!("\n[{after}"));
        let head = format!(
            "file = \"a\"\nsha256 = \"b\"\nbytes = 1\nwidth = {width}\nquery_sha256 = \"{query_sha256}\"\n{rest}"
        );
        Manifest::parse(&format!("{before}\n{name}\n{head}\n{after}"))
    }

    #[test]
    fn a_head_of_garments_is_of_the_shipped_query_encoder() {
        let shipped = Manifest::parse(SHIPPED).expect("the shipped manifest");
        let sha256 = &shipped.fashion2shop.query.sha256;
        let head =
            with_garment_head(1024, sha256, "").expect("a head that fits").fashion2shop.garments.expect("a head");
        assert_eq!((head.inputs(), head.max_nothing), (8 * 128 + 9, 0.9));
        let message = refusal(with_garment_head(128, sha256, ""));
        assert!(message.contains("fashion2shop.garments") && message.contains("a width of 1024, got 128"), "{message}");
        let message = refusal(with_garment_head(1024, "another", ""));
        assert!(message.contains(&format!("query encoder {sha256}, got \"another\"")), "{message}");
        let message = refusal(with_garment_head(1024, sha256, "max_nothing = 0.0"));
        assert!(message.contains("a max_nothing in (0, 1], got 0.0"), "{message}");
    }

    #[test]
    fn a_manifest_needs_no_head() {
        let (before, rest) = SHIPPED.split_once("[fashion-dna-categories]").expect("the head's table");
        let (_, after) = rest.split_once("\n[").expect("a table behind it");
        let manifest = Manifest::parse(&format!("{before}\n[{after}")).expect("a manifest without a head");
        assert!(manifest.categories.is_none());
    }
}
