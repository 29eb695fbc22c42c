//! The device's memory. In: the rows and a [`Plan`]. Out: [`Buffers`] with the rows in them.

use wgpu::util::{BufferInitDescriptor, DeviceExt as _};

use crate::matching::gpu::adapter::GpuDevice;
use crate::matching::gpu::pipelines::{Layouts, bind};
use crate::matching::gpu::plan::{LIST_CAPACITY, Plan, QUERIES, SIXTEEN};
use crate::matching::gpu::timer::Timer;
use crate::matching::gpu::upload::upload_rows;
use crate::matching::quantised_rows::QuantisedRows;
use crate::matching::query::GridQuery;

/// Bytes of a candidate: score and position.
pub(super) const CANDIDATE_BYTES: usize = 8;

/// All buffers of an engine. Those for queries have room for [`QUERIES`].
#[derive(Debug)]
pub(super) struct Buffers {
    queries: wgpu::Buffer,
    thresholds: wgpu::Buffer,
    selections: wgpu::Buffer,
    /// The rows of each chunk of the plan, bound for the scoring.
    pub(super) chunks: Vec<wgpu::BindGroup>,
    /// The lists of each level of the plan.
    pub(super) levels: Vec<Level>,
    /// What the host reads: the last level's candidates and counts, then the timer's stamps.
    pub(super) answer: wgpu::Buffer,
}

/// The lists that one step of a pass writes.
#[derive(Debug)]
pub(super) struct Level {
    /// Number of lists for each query.
    pub(super) lists: usize,
    pub(super) counts: wgpu::Buffer,
    pub(super) candidates: wgpu::Buffer,
    /// The step's sizes, queries and lists.
    pub(super) step: wgpu::BindGroup,
    /// The lists that it merges; `None` for the first level, which scores.
    pub(super) merges: Option<wgpu::BindGroup>,
}

impl Buffers {
    /// Allocates all buffers and uploads the rows.
    pub(super) fn new(gpu: &GpuDevice, layouts: &Layouts, plan: &Plan, rows: &QuantisedRows) -> Self {
        let device = &gpu.device;
        let (upload, download) = (wgpu::BufferUsages::COPY_DST, wgpu::BufferUsages::COPY_SRC);
        let groups = plan.groups.max(1);
        let queries = storage(device, QUERIES * size_of::<[u32; 4]>(), upload);
        let thresholds = storage(device, QUERIES * groups * rows.stride(), upload);
        let selections = storage(device, QUERIES * plan.selection_words() * size_of::<u32>(), upload);
        let chunk = |chunk: &super::plan::Chunk| {
            let buffer = storage(device, chunk.rows.len() * rows.stride(), upload);
            upload_rows(gpu, &buffer, rows.range(chunk.rows.clone()), rows.stride());
            let slices = numbers(device, chunk.slices.as_flattened(), wgpu::BufferUsages::STORAGE);
            bind(device, &layouts.rows, &[&buffer, &slices, &thresholds, &selections])
        };
        let chunks = plan.chunks.iter().map(chunk).collect();
        let mut levels: Vec<Level> = Vec::new();
        for lists in &plan.levels {
            let counts = storage(device, QUERIES * lists.count * size_of::<u32>(), download);
            let candidates = storage(device, QUERIES * lists.count * LIST_CAPACITY * CANDIDATE_BYTES, download);
            let former = levels.last();
            let sizes = [former.map_or(0, |former| former.lists), lists.count, plan.groups, plan.selection_words()];
            let sizes = numbers(device, &sizes.map(|size| size as u32), wgpu::BufferUsages::UNIFORM);
            let step = bind(device, &layouts.step, &[&sizes, &queries, &counts, &candidates]);
            let merges = former.map(|former| {
                let merges = numbers(device, lists.merges.as_flattened(), wgpu::BufferUsages::STORAGE);
                bind(device, &layouts.merges, &[&merges, &former.counts, &former.candidates])
            });
            levels.push(Level { lists: lists.count, counts, candidates, step, merges });
        }
        let list_bytes = LIST_CAPACITY * CANDIDATE_BYTES + size_of::<u32>();
        let answer = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: (QUERIES * groups * list_bytes) as u64 + Timer::BYTES,
            usage: wgpu::BufferUsages::MAP_READ | upload,
            mapped_at_creation: false,
        });
        Self { queries, thresholds, selections, chunks, levels, answer }
    }

    /// Sends at most [`QUERIES`] queries to the device, with the slot of each one's offsets.
    pub(super) fn write_queries(
        &self,
        queue: &wgpu::Queue,
        plan: &Plan,
        stride: usize,
        queries: &[GridQuery<'_>],
        slots: &[u32],
    ) {
        let mut heads = Vec::new();
        let mut thresholds = vec![0; queries.len() * plan.groups * stride];
        let all = queries.iter().zip(slots).zip(thresholds.chunks_exact_mut(plan.groups * stride));
        for ((query, &slot), thresholds) in all {
            let mut groups = 0_u32;
            for (group, bytes) in query.thresholds.iter().enumerate() {
                if let Some(bytes) = bytes {
                    groups |= 1 << group;
                    thresholds[group * stride..][..stride].copy_from_slice(bytes.bytes());
                }
            }
            heads.extend([query.limit as u32, u32::from(query.selection.is_some()), groups, slot]);
        }
        queue.write_buffer(&self.queries, 0, &little_endian(&heads));
        queue.write_buffer(&self.thresholds, 0, &thresholds);
        let selection_bytes = plan.selection_words() * size_of::<u32>();
        for (index, query) in queries.iter().enumerate() {
            if let Some(selection) = query.selection {
                let mut bits: Vec<u8> = selection.words().iter().flat_map(|word| word.to_le_bytes()).collect();
                bits.resize(selection_bytes, 0);
                queue.write_buffer(&self.selections, (index * selection_bytes) as u64, &bits);
            }
        }
    }
}

/// A buffer for the shader; never empty, since an empty one cannot be bound.
pub(super) fn storage(device: &wgpu::Device, size_bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: size_bytes.max(SIXTEEN) as u64,
        usage: wgpu::BufferUsages::STORAGE | usage,
        mapped_at_creation: false,
    })
}

/// A buffer of numbers that the shader reads.
fn numbers(device: &wgpu::Device, numbers: &[u32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
    device.create_buffer_init(&BufferInitDescriptor { label: None, contents: &little_endian(numbers), usage })
}

pub(super) fn little_endian(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
