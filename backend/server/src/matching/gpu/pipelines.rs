//! The shader's steps and the layouts of their bind groups. In: the device and a row's size. Out: [`Pipelines`].

use crate::matching::gpu::plan::{LIST_CAPACITY, SIXTEEN, SLICE};

const SHADER: &str = include_str!("shader.wgsl");

/// The two steps of a pass.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub(super) score: wgpu::ComputePipeline,
    pub(super) merge: wgpu::ComputePipeline,
}

impl Pipelines {
    /// Compiles the shader for rows of `stride` bytes, of which the first `negative_bytes` count negatively.
    pub(super) fn new(device: &wgpu::Device, layouts: &Layouts, stride: usize, negative_bytes: usize) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("match"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        // The shader's `override`s.
        let constants = [
            ("STRIDE16", (stride / SIXTEEN) as f64),
            ("NEGATIVE16", (negative_bytes / SIXTEEN) as f64),
            ("SLICE", SLICE as f64),
            ("LIST_CAPACITY", LIST_CAPACITY as f64),
        ];
        let pipeline = |entry_point: &str, bind_group_layouts: &[Option<&wgpu::BindGroupLayout>]| {
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts,
                immediate_size: 0,
            });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() },
                cache: None,
            })
        };
        Self {
            score: pipeline("score", &[Some(&layouts.step), Some(&layouts.rows), None, Some(&layouts.offsets)]),
            merge: pipeline("merge", &[Some(&layouts.step), None, Some(&layouts.merges)]),
        }
    }
}

/// The layouts of the bind groups, in the shader's order.
#[derive(Debug)]
pub(super) struct Layouts {
    /// Group 0, of both steps: sizes, queries, counts, candidates.
    pub(super) step: wgpu::BindGroupLayout,
    /// Group 1, of the scoring: rows, slices, thresholds, selections.
    pub(super) rows: wgpu::BindGroupLayout,
    /// Group 2, of the merging: merges, counts and candidates of the level before.
    pub(super) merges: wgpu::BindGroupLayout,
    /// Group 3, of the scoring: offsets.
    pub(super) offsets: wgpu::BindGroupLayout,
}

impl Layouts {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let layout = |types: &[wgpu::BufferBindingType]| {
            let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..)
                .zip(types)
                .map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
                    binding,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                    count: None,
                })
                .collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        let [read, written] = [true, false].map(|read_only| wgpu::BufferBindingType::Storage { read_only });
        Self {
            step: layout(&[wgpu::BufferBindingType::Uniform, read, written, written]),
            rows: layout(&[read; 4]),
            merges: layout(&[read; 3]),
            offsets: layout(&[read]),
        }
    }
}

/// Binds whole buffers in the order of a layout.
pub(super) fn bind(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    buffers: &[&wgpu::Buffer],
) -> wgpu::BindGroup {
    let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}
