//! Compiled shaders. In: the steps of a plan. Out: a pipeline for each [`Kernel`]; all have one layout of bindings.

use std::collections::HashMap;

use super::kernel::{Kernel, Precision};
use super::plan::{Plan, Work};

/// The pipelines of a plan.
#[derive(Debug)]
pub(super) struct Pipelines {
    /// The bindings of all shaders: sizes, run, a, b, weights, numbers, out.
    pub(super) layout: wgpu::BindGroupLayout,
    by_kernel: HashMap<(Kernel, Precision), wgpu::ComputePipeline>,
    has_half: bool,
}

impl Pipelines {
    /// Compiles what the plan's steps run, for all sizes of a batch.
    pub(super) fn new(device: &wgpu::Device, plan: &Plan) -> Self {
        let storage = |read_only: bool| wgpu::BufferBindingType::Storage { read_only };
        let uniform = wgpu::BufferBindingType::Uniform;
        let types = [uniform, uniform, storage(true), storage(true), storage(true), storage(true), storage(false)];
        let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..)
            .zip(types)
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                count: None,
            })
            .collect();
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
        let whole = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let mut by_kernel = HashMap::new();
        let has_half = device.features().contains(wgpu::Features::SHADER_F16);
        for step in &plan.steps {
            let precision = Precision::of(step.work, has_half);
            for kernel in Kernel::all_of(step.work) {
                let compiled = || compile(device, &whole, kernel, precision);
                by_kernel.entry((kernel, precision)).or_insert_with(compiled);
            }
        }
        Self { layout, by_kernel, has_half }
    }

    /// The pipeline of a step for `batch` pictures.
    pub(super) fn of(&self, work: Work, batch: usize) -> Option<&wgpu::ComputePipeline> {
        self.by_kernel.get(&(Kernel::of(work, batch), Precision::of(work, self.has_half)))
    }
}

fn compile(
    device: &wgpu::Device,
    layout: &wgpu::PipelineLayout,
    kernel: Kernel,
    precision: Precision,
) -> wgpu::ComputePipeline {
    let label = format!("{kernel:?}");
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(&label),
        source: wgpu::ShaderSource::Wgsl(kernel.text(precision).into()),
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(&label),
        layout: Some(layout),
        module: &module,
        entry_point: Some(kernel.entry_point()),
        // Every shader writes its workgroup's memory before it reads it.
        compilation_options: wgpu::PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    })
}
