//! Offsets on the device. In: those of the queries of a submission. Out: the slot of each, and the buffer that holds them.
//!
//! Offsets change seldom and are large, four bytes for each article: they stay on the device until others need their slot. Without a query
//! that has any, no memory is taken.

use crate::matching::gpu::adapter::GpuDevice;
use crate::matching::gpu::buffers::storage;
use crate::matching::gpu::error::GpuError;
use crate::matching::gpu::pipelines::bind;
use crate::matching::gpu::plan::SIXTEEN;
use crate::matching::offsets::Offsets;
use crate::matching::query::GridQuery;

/// Offsets on the device at most: those of the rules without a variant and of some variants.
const SLOTS: usize = 4;

/// The slot of a query without offsets; `NO_SLOT` in the shader.
const NO_SLOT: u32 = u32::MAX;

/// The offsets that a device holds.
#[derive(Debug)]
pub(super) struct Slots {
    layout: wgpu::BindGroupLayout,
    /// None until a query has offsets.
    buffer: Option<wgpu::Buffer>,
    /// The buffer for the scoring.
    pub(super) bound: wgpu::BindGroup,
    /// The number of the offsets in each slot, the one used last at the end.
    held: Vec<Held>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    slot: usize,
    number: u64,
}

impl Slots {
    pub(super) fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        let bound = bind(device, layout, &[&storage(device, SIXTEEN, wgpu::BufferUsages::COPY_DST)]);
        Self { layout: layout.clone(), buffer: None, bound, held: Vec::new() }
    }

    /// The number of slots for so many rows.
    ///
    /// # Errors
    /// When a buffer of the device has no room for one.
    pub(super) fn count(gpu: &GpuDevice, rows: usize) -> Result<usize, GpuError> {
        let (expected_bytes, received_bytes) = (rows * size_of::<i32>(), gpu.max_buffer_bytes());
        match SLOTS.min(received_bytes / expected_bytes.max(1)) {
            0 => Err(GpuError::Offsets { expected_bytes, received_bytes }),
            count => Ok(count),
        }
    }

    /// Sends what the device does not hold yet, and returns the slot of each query. `queries` have at most [`Slots::count`] different
    /// offsets.
    ///
    /// # Errors
    /// When the device has no room for offsets of `rows` rows.
    pub(super) fn load(
        &mut self,
        gpu: &GpuDevice,
        rows: usize,
        queries: &[GridQuery<'_>],
    ) -> Result<Vec<u32>, GpuError> {
        if queries.iter().all(|query| query.offsets.is_none()) {
            return Ok(vec![NO_SLOT; queries.len()]);
        }
        let count = Self::count(gpu, rows)?;
        let buffer = match &self.buffer {
            Some(buffer) => buffer.clone(),
            None => {
                let size_bytes = count * rows * size_of::<i32>();
                let buffer = gpu.checked(|| storage(&gpu.device, size_bytes, wgpu::BufferUsages::COPY_DST))?;
                self.bound = bind(&gpu.device, &self.layout, &[&buffer]);
                self.buffer.insert(buffer).clone()
            }
        };
        // What this submission needs is moved to the end first, so that none of it loses its slot to another.
        for offsets in queries.iter().filter_map(|query| query.offsets) {
            if let Some(at) = self.held.iter().position(|held| held.number == offsets.number()) {
                let held = self.held.remove(at);
                self.held.push(held);
            }
        }
        let slot = |query: &GridQuery<'_>| {
            query.offsets.map_or(NO_SLOT, |offsets| self.slot(gpu, &buffer, (count, rows), offsets) as u32)
        };
        Ok(queries.iter().map(slot).collect())
    }

    /// The slot of some offsets, which are sent if the device does not hold them.
    fn slot(
        &mut self,
        gpu: &GpuDevice,
        buffer: &wgpu::Buffer,
        (count, rows): (usize, usize),
        offsets: &Offsets,
    ) -> usize {
        let number = offsets.number();
        if let Some(held) = self.held.iter().find(|held| held.number == number) {
            return held.slot;
        }
        let slot = if self.held.len() < count { self.held.len() } else { self.held.remove(0).slot };
        let mut bytes: Vec<u8> = offsets.steps().iter().flat_map(|steps| steps.to_le_bytes()).collect();
        bytes.resize(rows * size_of::<i32>(), 0);
        gpu.queue.write_buffer(buffer, (slot * bytes.len()) as u64, &bytes);
        self.held.push(Held { slot, number });
        slot
    }
}

/// How many of the first queries fit one submission of at most `most` queries with at most `slots` different offsets; at least one.
pub(super) fn fitting(queries: &[GridQuery<'_>], most: usize, slots: usize) -> usize {
    let mut numbers: Vec<u64> = Vec::new();
    let is_over = |query: &GridQuery<'_>| {
        let number = query.offsets.map(Offsets::number).filter(|number| !numbers.contains(number));
        numbers.extend(number);
        numbers.len() > slots
    };
    queries.iter().take(most).position(is_over).unwrap_or(most.min(queries.len())).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_has_no_more_offsets_than_slots() {
        let offsets: Vec<Offsets> = (0..3).map(|_| Offsets::new(&[0], 1.0, |_| 1.0)).collect();
        let queries: Vec<GridQuery<'_>> = [None, Some(0), Some(1), Some(0), None, Some(2), Some(1)]
            .map(|at| GridQuery {
                thresholds: Vec::new(),
                selection: None,
                offsets: at.map(|at: usize| &offsets[at]),
                limit: 1,
            })
            .into();
        assert_eq!([1, 2, 3].map(|slots| fitting(&queries, 9, slots)), [2, 5, 7]);
        assert_eq!((fitting(&queries, 4, 3), fitting(&queries[5..], 9, 1)), (4, 1));
    }
}
