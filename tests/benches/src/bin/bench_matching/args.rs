//! The command line.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;
use stl_server::matching::Device;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;

#[derive(Parser)]
#[command(about = "Times the match beside faiss, usearch and a plain read of memory")]
pub(super) struct Args {
    /// Number of articles [default: 10,000, 100,000 and 1,000,000; on a graphics processor also 10,000,000]
    #[arg(long)]
    pub(super) articles: Option<usize>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub(super) json: bool,
    /// Number of turns [default: as many as fit some seconds]
    #[arg(long)]
    pub(super) turns: Option<usize>,
    /// auto, cpu, gpu or gpu:N
    #[arg(long, default_value_t = Device::Cpu)]
    pub(super) device: Device,
    /// A catalogue: the articles are mixtures of its features
    #[arg(long)]
    pub(super) catalogue: PathBuf,
    /// A folder of photos to search with
    #[arg(long)]
    pub(super) photos: PathBuf,
    /// The networks
    #[arg(long, default_value = "models")]
    pub(super) models: PathBuf,
    /// A Python with faiss and usearch, for the processor's peers
    #[arg(long, required_if_eq("device", "cpu"))]
    pub(super) python: Option<PathBuf>,
    /// A folder for the rows
    #[arg(long, required_if_eq("device", "cpu"))]
    pub(super) scratch: Option<PathBuf>,
    /// The device's memory bandwidth by its data sheet, in GB/s
    #[arg(long)]
    pub(super) peak_gb_s: Option<f64>,
}

impl Args {
    /// The sizes to measure: `--articles`, or `default`.
    pub(super) fn sizes(&self, default: &[usize]) -> Result<Vec<usize>> {
        let sizes = self.articles.map_or_else(|| default.to_vec(), |articles| vec![articles]);
        for &articles in &sizes {
            ensure!(articles >= MAX_CARDS_PER_CATEGORY, "--articles: expected at least 50, got {articles}");
        }
        Ok(sizes)
    }
}
