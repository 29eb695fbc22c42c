//! Lists of the page's files as JSON: the segmenter's, the widget's and the samples.

use serde::{Deserialize, Serialize};

use crate::manifest::NetworkSpec;

/// The files that segment photos in the browser. All but this list are named by their content's hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmenterFiles {
    /// The build for WebAssembly with 128-bit SIMD.
    pub simd: SegmenterBuild,
    /// The build that uses relaxed SIMD.
    pub relaxed_simd: SegmenterBuild,
    /// What runs the network.
    #[serde(default)]
    pub engine: NetworkEngine,
    /// The network, packed for `separable`, or an ONNX file for tract.
    pub model: SegmenterFile,
    /// The model manifest's entry of the network.
    pub network: NetworkSpec,
    /// What encodes cutouts in the browser, for visitors who send only numbers.
    pub encoder: EncoderFiles,
}

/// What runs a network in the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkEngine {
    /// The crate `separable`, for networks that it knows.
    #[default]
    Separable,
    /// tract, for any other network.
    Tract,
}

/// The files that turn a cutout into numbers in the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderFiles {
    /// The build for WebAssembly with 128-bit SIMD.
    pub simd: SegmenterBuild,
    /// The build that uses relaxed SIMD.
    pub relaxed_simd: SegmenterBuild,
    /// What runs the networks.
    #[serde(default)]
    pub engine: NetworkEngine,
    /// Fashion2Shop's query encoder.
    pub query: NetworkFile,
    /// FashionDNA, for a garment that nobody wears.
    pub article: NetworkFile,
}

/// An ONNX file and its entry in the model manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkFile {
    /// The file.
    pub file: SegmenterFile,
    /// The entry.
    pub network: NetworkSpec,
}

/// A file that the worker fetches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmenterFile {
    /// Its URL.
    pub url: String,
    /// Its size, uncompressed.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// One build of the worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmenterBuild {
    /// URL of the worker's script.
    pub script: String,
    /// The WebAssembly module.
    pub wasm: SegmenterFile,
}

/// The widget's files, all named by their content's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetFiles {
    /// URL of the page's program, a JavaScript module.
    pub module: String,
    /// URL of its WebAssembly.
    pub wasm: String,
    /// URL of the style sheet for its shadow tree.
    pub style: String,
}

/// A picture that visitors can try the page with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleLook {
    /// URL of the picture.
    pub image: String,
    /// URL of a small copy to choose from; `image` if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thumbnail: String,
    /// A caption, empty if there is none.
    #[serde(default)]
    pub caption: String,
    /// The worn products that the catalogue contains, category → id.
    #[serde(default)]
    pub products: std::collections::BTreeMap<String, String>,
}
