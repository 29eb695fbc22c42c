//! The command line.

use std::path::PathBuf;

use clap::Parser;
use stl_server::matching::Device;

#[derive(Parser)]
#[command(about = "Times the networks beside ONNX Runtime and tract, on one thread; or on a graphics processor")]
pub(super) struct Args {
    /// The folder of networks
    #[arg(long)]
    pub(super) models: PathBuf,
    /// Python with onnx and onnxruntime, for the processor's peers
    #[arg(long, required_if_eq("device", "cpu"))]
    pub(super) python: Option<PathBuf>,
    /// cpu, gpu or gpu:N
    #[arg(long, default_value_t = Device::Cpu)]
    pub(super) device: Device,
    /// On a graphics processor: pictures of a run, and looks that are searched together
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128])]
    pub(super) batches: Vec<usize>,
    /// On a graphics processor: articles of the match
    #[arg(long, default_value_t = 1_000_000)]
    pub(super) articles: usize,
    /// On a graphics processor: what its data sheet says it computes in float32, in TFLOP/s
    #[arg(long)]
    pub(super) peak_tflops: Option<f64>,
    /// Turns of each measurement
    #[arg(long, default_value_t = 41)]
    pub(super) turns: usize,
    /// One JSON object instead of a table
    #[arg(long)]
    pub(super) json: bool,
    /// Instead of the graphics processor's shaders: ONNX Runtime's library, which uses CUDA if it can
    #[cfg(feature = "onnxruntime")]
    #[arg(long, value_name = "FILE")]
    pub(super) onnxruntime: Option<PathBuf>,
}
