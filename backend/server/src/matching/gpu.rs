//! The pass on a graphics processor through wgpu: Vulkan, Metal or Direct3D 12. In: the rows, [`GridQuery`]s. Out: their
//! [`TopK`].
//!
//! The rows are copied to the device, into buffers below its binding limit ([`plan`], [`buffers`]). The first step of a query
//! scores slices of 2,048 rows and keeps a list of the best of each slice. Each further step merges eight lists into one, until
//! each group has one list, which the host reads ([`pass`], `shader.wgsl`). The device computes the integers of
//! [`Kernel`](crate::matching::machine::Kernel), so both devices give the same answer.

use std::sync::Mutex;

use crate::matching::quantised_rows::QuantisedRows;
use crate::matching::query::GridQuery;
use crate::matching::top_k::TopK;
use crate::parallel::locked;

use adapter::GpuDevice;
use buffers::Buffers;
pub use error::GpuError;
use pipelines::{Layouts, Pipelines};
use plan::{MAX_CANDIDATES, Plan, QUERIES};
use slots::{Slots, fitting};
use timer::Timer;

pub(crate) mod adapter;
mod buffers;
mod download;
mod error;
#[cfg(test)]
pub(crate) mod fixtures;
mod pass;
mod pipelines;
mod plan;
mod slots;
#[cfg(test)]
mod tests;
mod timer;
mod upload;

/// Rows on a graphics processor.
#[derive(Debug)]
pub struct GpuEngine {
    gpu: GpuDevice,
    plan: Plan,
    buffers: Buffers,
    pipelines: Pipelines,
    /// `None` if the device has no clock.
    timer: Option<Timer>,
    /// Held by the one submission at a time that may use the buffers.
    submission: Mutex<Slots>,
}

impl GpuEngine {
    /// Copies the rows to the device with this number, or to the most powerful one.
    ///
    /// # Errors
    /// When there is no such device, or it lacks memory or features.
    pub fn open(rows: &QuantisedRows, number: Option<usize>) -> Result<Self, GpuError> {
        Self::on(GpuDevice::open(number)?, rows)
    }

    /// Copies the rows to the most powerful device that is not emulated. An emulated one is slower than
    /// [`cpu`](crate::matching::cpu).
    ///
    /// # Errors
    /// As for [`GpuEngine::open`].
    pub fn open_hardware(rows: &QuantisedRows) -> Result<Self, GpuError> {
        Self::on(GpuDevice::open_hardware()?, rows)
    }

    fn on(gpu: GpuDevice, rows: &QuantisedRows) -> Result<Self, GpuError> {
        let plan = Plan::new(rows.groups(), rows.count(), rows.stride(), gpu.max_buffer_bytes());
        let (buffers, pipelines, timer, slots) = gpu.checked(|| {
            let layouts = Layouts::new(&gpu.device);
            let buffers = Buffers::new(&gpu, &layouts, &plan, rows);
            let pipelines = Pipelines::new(&gpu.device, &layouts, rows.stride(), rows.negative_bytes());
            let slots = Slots::new(&gpu.device, &layouts.offsets);
            (buffers, pipelines, Timer::new(&gpu.device, &gpu.queue), slots)
        })?;
        Ok(Self { gpu, plan, buffers, pipelines, timer, submission: Mutex::new(slots) })
    }

    /// The device's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.gpu.name()
    }

    /// The best candidates of each group for each query: `[query][group]`. `rows` are the ones that the engine was opened
    /// with.
    ///
    /// # Errors
    /// When the device was lost, or a query needs longer lists than the device has. The processor has to score then.
    pub fn top_k(&self, rows: &QuantisedRows, queries: &[GridQuery<'_>]) -> Result<Vec<Vec<TopK>>, GpuError> {
        if queries.iter().any(|query| query.limit > MAX_CANDIDATES) {
            return Err(GpuError::Crowded);
        }
        let mut slots = locked(&self.submission);
        let has_offsets = queries.iter().any(|query| query.offsets.is_some());
        let slot_count = if has_offsets { Slots::count(&self.gpu, rows.count())? } else { 0 };
        let (mut found, mut rest) = (Vec::with_capacity(queries.len()), queries);
        while !rest.is_empty() {
            let (queries, later) = rest.split_at(fitting(rest, QUERIES, slot_count));
            rest = later;
            self.gpu.check()?;
            let of_query = slots.load(&self.gpu, rows.count(), queries)?;
            found.extend(self.submit(rows.stride(), queries, (&of_query, &slots.bound))?);
        }
        Ok(found)
    }

    /// Breaks the device as if it had been unplugged.
    #[cfg(test)]
    pub(super) fn destroy(&self) {
        self.gpu.device.destroy();
    }
}
