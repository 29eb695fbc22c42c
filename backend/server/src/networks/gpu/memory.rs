//! The device's memory. In: a [`Plan`]. Out: [`Constants`], allocated once, and [`Memory`] for batches up to a size.

use std::num::NonZeroU64;

use half::f16;
use wgpu::util::{BufferInitDescriptor, DeviceExt as _};

use super::pipelines::Pipelines;
use super::plan::{Plan, Source, Step};

/// Bytes of the smallest binding; an empty one is not allowed.
const LEAST_BYTES: usize = 16;

/// What all runs read: weights, other constants, sizes of the steps.
#[derive(Debug)]
pub(super) struct Constants {
    weights: wgpu::Buffer,
    half_weights: wgpu::Buffer,
    numbers: wgpu::Buffer,
    sizes: wgpu::Buffer,
    /// Bytes between the sizes of two steps.
    sizes_stride: usize,
    /// The number of pictures of a run.
    pub(super) run: wgpu::Buffer,
}

/// The buffers of runs of at most `capacity` pictures.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) capacity: usize,
    /// The pictures' bytes.
    pub(super) input: wgpu::Buffer,
    /// The buffer of the output.
    pub(super) output: wgpu::Buffer,
    /// What the host reads.
    pub(super) answer: wgpu::Buffer,
    /// The bindings of each step.
    pub(super) bindings: Vec<wgpu::BindGroup>,
}

impl Constants {
    pub(super) fn new(device: &wgpu::Device, plan: &Plan) -> Self {
        let upload =
            |contents: &[u8], usage| device.create_buffer_init(&BufferInitDescriptor { label: None, contents, usage });
        let storage = wgpu::BufferUsages::STORAGE;
        let single = |weights: &[f32]| weights.iter().flat_map(|weight| weight.to_le_bytes()).collect::<Vec<u8>>();
        let half_weights = if device.features().contains(wgpu::Features::SHADER_F16) {
            plan.half_weights.iter().flat_map(|&weight| f16::from_f32(weight).to_le_bytes()).collect()
        } else {
            single(&plan.half_weights)
        };
        let alignment = device.limits().min_uniform_buffer_offset_alignment as usize;
        let largest = plan.steps.iter().map(|step| step.sizes.len() * size_of::<u32>()).max().unwrap_or_default();
        let sizes_stride = largest.next_multiple_of(LEAST_BYTES).next_multiple_of(alignment.max(1));
        let mut sizes = vec![0; sizes_stride * plan.steps.len()];
        for (step, bytes) in plan.steps.iter().zip(sizes.chunks_exact_mut(sizes_stride)) {
            for (word, bytes) in step.sizes.iter().zip(bytes.chunks_exact_mut(size_of::<u32>())) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        Self {
            weights: upload(&padded(single(&plan.weights)), storage),
            half_weights: upload(&padded(half_weights), storage),
            numbers: upload(&padded(single(&plan.constants)), storage),
            sizes: upload(&sizes, wgpu::BufferUsages::UNIFORM),
            sizes_stride,
            run: upload(&[0; LEAST_BYTES], wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST),
        }
    }
}

impl Memory {
    /// Bytes of the largest buffer for `capacity` pictures.
    pub(super) fn largest_bytes(plan: &Plan, capacity: usize) -> usize {
        plan.slots.iter().max().copied().unwrap_or_default() * size_of::<f32>() * capacity
    }

    pub(super) fn new(
        device: &wgpu::Device,
        plan: &Plan,
        (constants, pipelines): (&Constants, &Pipelines),
        capacity: usize,
    ) -> Self {
        let buffer = |bytes: usize, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: bytes.next_multiple_of(LEAST_BYTES).max(LEAST_BYTES) as u64,
                usage,
                mapped_at_creation: false,
            })
        };
        let storage = wgpu::BufferUsages::STORAGE;
        let slots: Vec<wgpu::Buffer> = plan
            .slots
            .iter()
            .map(|slot| buffer(slot * size_of::<f32>() * capacity, storage | wgpu::BufferUsages::COPY_SRC))
            .collect();
        let input = buffer(plan.picture_bytes * capacity, storage | wgpu::BufferUsages::COPY_DST);
        let answer = buffer(
            plan.outputs * capacity * size_of::<f32>(),
            wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        );
        let bindings = plan.steps.iter().enumerate().map(|(at, step)| {
            let read = |source: Option<Source>| match source {
                Some(Source::Storage(storage)) => &slots[plan.slot_of[storage]],
                Some(Source::Constants) => &constants.numbers,
                None => &input,
            };
            bindings(
                device,
                pipelines,
                constants,
                at,
                step,
                [read(step.reads[0]), read(step.reads[1])],
                &slots[plan.slot_of[step.writes]],
            )
        });
        let bindings = bindings.collect();
        let output = slots[plan.slot_of[plan.output]].clone();
        Self { capacity, input, output, answer, bindings }
    }
}

/// The bindings of a step, in the layout's order.
fn bindings(
    device: &wgpu::Device,
    pipelines: &Pipelines,
    constants: &Constants,
    at: usize,
    step: &Step,
    [a, b]: [&wgpu::Buffer; 2],
    out: &wgpu::Buffer,
) -> wgpu::BindGroup {
    let sizes_bytes = (step.sizes.len() * size_of::<u32>()).next_multiple_of(LEAST_BYTES);
    let sizes = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &constants.sizes,
        offset: (at * constants.sizes_stride) as u64,
        size: NonZeroU64::new(sizes_bytes as u64),
    });
    let weights = if step.work.has_half_weights() { &constants.half_weights } else { &constants.weights };
    let whole = [&constants.run, a, b, weights, &constants.numbers, out];
    let resources = [sizes].into_iter().chain(whole.map(wgpu::Buffer::as_entire_binding));
    let entries: Vec<wgpu::BindGroupEntry<'_>> =
        (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &pipelines.layout, entries: &entries })
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(LEAST_BYTES).max(LEAST_BYTES), 0);
    bytes
}
