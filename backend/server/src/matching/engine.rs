//! Where passes run. In: a [`Device`] and the rows. Out: an [`Engine`] that scores them.

use std::borrow::Cow;

use crate::matching::cpu;
use crate::matching::device::Device;
use crate::matching::gpu::{GpuEngine, GpuError};
use crate::matching::machine::Kernel;
use crate::matching::quantised_rows::QuantisedRows;
use crate::matching::query::GridQuery;
use crate::matching::threads::Threads;
use crate::matching::top_k::TopK;

/// Scores rows. Both variants give the same candidates.
#[derive(Debug)]
pub enum Engine {
    /// On the processor.
    Cpu(Kernel),
    /// On a graphics processor.
    Gpu(Box<GpuEngine>),
    /// In shards on other machines.
    Shards,
}

impl Engine {
    /// Prepares a device for the rows. A graphics processor gets a copy of them.
    ///
    /// # Errors
    /// When a graphics processor was requested and cannot be used.
    pub fn open(device: Device, rows: &QuantisedRows) -> Result<Self, GpuError> {
        let gpu = match device {
            Device::Cpu => None,
            Device::Gpu(number) => Some(GpuEngine::open(rows, number)?),
            Device::Auto => GpuEngine::open_hardware(rows)
                .inspect_err(|reason| tracing::info!("the processor scores the articles: {reason}"))
                .ok(),
        };
        Ok(gpu.map_or_else(|| Self::Cpu(Kernel::fastest()), |gpu| Self::Gpu(Box::new(gpu))))
    }

    /// The graphics processor's name, or the processor's vector instructions.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Cpu(kernel) => format!("the processor ({kernel})").into(),
            Self::Gpu(gpu) => gpu.name().into(),
            Self::Shards => "shards".into(),
        }
    }

    /// The best candidates of each group for each query: `[query][group]`. If the graphics processor fails, the processor
    /// scores. `rows` are the ones that the engine was opened with.
    ///
    /// # Panics
    /// When shards score: they are asked instead.
    #[must_use]
    pub fn top_k(&self, rows: &QuantisedRows, queries: &[GridQuery<'_>], threads: &Threads) -> Vec<Vec<TopK>> {
        let kernel = match self {
            Self::Cpu(kernel) => *kernel,
            Self::Shards => panic!("expected a search in the shards, got one of rows that are not here"),
            Self::Gpu(gpu) => match gpu.top_k(rows, queries) {
                Ok(best) => return best,
                Err(error) => {
                    tracing::warn!("the processor scores instead: {error}");
                    Kernel::fastest()
                }
            },
        };
        cpu::top_k(rows, queries, kernel, threads)
    }
}
