//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// A network of the browser's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Network {
    /// Street2Fashion, and photos on their way through it.
    #[default]
    Segmenter,
    /// Fashion2Shop's query encoder, for visitors who send only numbers.
    Query,
}

#[derive(Parser)]
#[command(about = "Times the segmenter in headless Chromium beside onnxruntime-web")]
pub(super) struct Args {
    /// The built client
    #[arg(long)]
    pub(super) dist: PathBuf,
    /// The folder of onnxruntime-web's files
    #[arg(long)]
    pub(super) ort: PathBuf,
    /// The network with Resize and float32 weights, an ONNX file
    #[arg(long)]
    pub(super) natural: PathBuf,
    /// The folder of MediaPipe's selfie segmentation, to compare sizes
    #[arg(long)]
    pub(super) mediapipe: PathBuf,
    /// The network that is timed
    #[arg(long, value_enum, default_value_t)]
    pub(super) network: Network,
    /// Number of turns
    #[arg(long, default_value_t = 40)]
    pub(super) rounds: usize,
    /// The worker's build: `relaxed_simd` or `simd`
    #[arg(long, default_value = "relaxed_simd")]
    pub(super) build: String,
    /// One JSON object instead of tables; writes no file. So it is for the query encoder in any case
    #[arg(long)]
    pub(super) json: bool,
}
