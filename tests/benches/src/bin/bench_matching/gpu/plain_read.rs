//! How fast the device reads its memory. In: a device and a number of bytes. Out: the device's time to read them.

use std::time::Duration;

use anyhow::{Context as _, Result};

const SHADER: &str = include_str!("plain_read.wgsl");

/// Bytes that a workgroup reads, as many as in the match: 2,048 rows of 256 bytes.
const GROUP_BYTES: usize = 512 << 10;
/// Bytes of the two stamps.
const STAMP_BYTES: u64 = 16;

/// Buffers of the device and a shader that reads all of them.
pub(super) struct PlainRead {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    /// Each with its number of workgroups.
    chunks: Vec<(wgpu::BindGroup, u32)>,
    stamps: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    answer: wgpu::Buffer,
    tick_ns: f64,
}

impl PlainRead {
    /// At least `size_bytes` on the device with this name.
    pub(super) fn new(name: &str, size_bytes: usize) -> Result<Self> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        let adapter = adapters.into_iter().find(|adapter| adapter.get_info().name == name);
        let adapter = adapter.with_context(|| format!("there is no graphics processor {name}"))?;
        let limits = adapter.limits();
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits: limits.clone(),
            required_features: wgpu::Features::TIMESTAMP_QUERY,
            ..Default::default()
        }))?;
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("plain read"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("plain read"),
            layout: None,
            module: &module,
            entry_point: Some("read_all"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let buffer = |size: u64, usage: wgpu::BufferUsages| {
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let sink = buffer(4, wgpu::BufferUsages::STORAGE);
        let max_bytes = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let max_groups =
            (usize::try_from(max_bytes)? / GROUP_BYTES).clamp(1, limits.max_compute_workgroups_per_dimension as usize);
        let mut chunks = Vec::new();
        let mut groups = size_bytes.div_ceil(GROUP_BYTES);
        while groups > 0 {
            let count = groups.min(max_groups);
            groups -= count;
            let bytes = buffer((count * GROUP_BYTES) as u64, wgpu::BufferUsages::STORAGE);
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: bytes.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: sink.as_entire_binding() },
                ],
            });
            chunks.push((bind_group, u32::try_from(count)?));
        }
        let stamps = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        });
        let resolved = buffer(STAMP_BYTES, wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let answer = buffer(STAMP_BYTES, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let tick_ns = f64::from(queue.get_timestamp_period());
        Ok(Self { device, queue, pipeline, chunks, stamps, resolved, answer, tick_ns })
    }

    /// Reads all bytes once.
    pub(super) fn read(&self) -> Result<Duration> {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.stamps,
                beginning_of_pass_write_index: Some(0),
                end_of_pass_write_index: Some(1),
            }),
        });
        pass.set_pipeline(&self.pipeline);
        for (bind_group, groups) in &self.chunks {
            pass.set_bind_group(0, bind_group, &[]);
            pass.dispatch_workgroups(*groups, 1, 1);
        }
        drop(pass);
        encoder.resolve_query_set(&self.stamps, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.answer, 0, STAMP_BYTES);
        self.queue.submit([encoder.finish()]);
        self.answer.map_async(wgpu::MapMode::Read, .., |_| {});
        self.device.poll(wgpu::PollType::wait_indefinitely())?;
        let bytes = self.answer.get_mapped_range(..)?.to_vec();
        self.answer.unmap();
        let stamps: Vec<u64> = bytes.as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect();
        Ok(Duration::from_nanos((stamps[1].saturating_sub(stamps[0]) as f64 * self.tick_ns) as u64))
    }
}
