//! Finds the machine's graphics processors and opens one. In: its number. Out: a [`GpuDevice`].

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::matching::device::Device;
use crate::matching::gpu::error::GpuError;

/// An open device and its queue.
#[derive(Debug)]
pub(crate) struct GpuDevice {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    name: String,
    max_buffer_bytes: usize,
    /// Set when the device was lost or reported an error. It is not used again then.
    is_broken: Arc<AtomicBool>,
}

impl GpuDevice {
    /// Opens what a choice means: none for the processor, or if `auto` finds no device that is not emulated.
    ///
    /// # Errors
    /// When a device was requested and cannot be used.
    pub(crate) fn choose(device: Device) -> Result<Option<Self>, GpuError> {
        match device {
            Device::Cpu => Ok(None),
            Device::Gpu(number) => Self::open(number).map(Some),
            Device::Auto => Ok(Self::open_hardware()
                .inspect_err(|reason| tracing::info!("no graphics processor is used: {reason}"))
                .ok()),
        }
    }

    /// Opens the device with this number in the system's order, or the most powerful one.
    ///
    /// # Errors
    /// When there is no such device, or its driver refuses.
    pub(crate) fn open(number: Option<usize>) -> Result<Self, GpuError> {
        let mut adapters = adapters();
        let known = names(&adapters);
        let found = match number {
            Some(number) => (number < adapters.len()).then(|| adapters.swap_remove(number)),
            None => strongest(adapters),
        };
        Self::request(&found.ok_or(GpuError::Missing { known })?)
    }

    /// Opens the most powerful device that is not emulated.
    ///
    /// # Errors
    /// When there is none, or its driver refuses.
    pub(crate) fn open_hardware() -> Result<Self, GpuError> {
        let mut adapters = adapters();
        adapters.retain(|adapter| adapter.get_info().device_type != wgpu::DeviceType::Cpu);
        let known = names(&adapters);
        Self::request(&strongest(adapters).ok_or(GpuError::Missing { known })?)
    }

    fn request(adapter: &wgpu::Adapter) -> Result<Self, GpuError> {
        let name = adapter.get_info().name;
        let limits = adapter.limits();
        let request = wgpu::DeviceDescriptor {
            required_limits: limits.clone(),
            required_features: adapter.features() & (wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_F16),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&request))
            .map_err(|error| GpuError::Unusable { name: name.clone(), reason: error.to_string() })?;
        let is_broken = Arc::new(AtomicBool::new(false));
        let (on_error, on_loss) = (Arc::clone(&is_broken), Arc::clone(&is_broken));
        device.on_uncaptured_error(Arc::new(move |error| {
            tracing::error!("the graphics processor reports: {error}");
            on_error.store(true, Ordering::Release);
        }));
        device.set_device_lost_callback(move |_, reason| {
            tracing::debug!("the graphics processor is gone: {reason}");
            on_loss.store(true, Ordering::Release);
        });
        let max_buffer_bytes = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let max_buffer_bytes = usize::try_from(max_buffer_bytes).unwrap_or(usize::MAX);
        Ok(Self { device, queue, name, max_buffer_bytes, is_broken })
    }

    /// The device's own name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of a buffer that a shader may read.
    pub(crate) const fn max_buffer_bytes(&self) -> usize {
        self.max_buffer_bytes
    }

    /// Runs `build`.
    ///
    /// # Errors
    /// When the device refuses memory or a shader meanwhile.
    pub(crate) fn checked<T>(&self, build: impl FnOnce() -> T) -> Result<T, GpuError> {
        let [validation, memory] = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory]
            .map(|filter| self.device.push_error_scope(filter));
        let built = build();
        // Popped in the reverse order of their pushing.
        for scope in [memory, validation] {
            if let Some(error) = pollster::block_on(scope.pop()) {
                return Err(GpuError::Unusable { name: self.name.clone(), reason: error.to_string() });
            }
        }
        Ok(built)
    }

    /// # Errors
    /// When the device was lost.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        if self.is_broken.load(Ordering::Acquire) { Err(GpuError::Lost(self.name.clone())) } else { Ok(()) }
    }

    /// Checks the limits of a workgroup that the shaders of networks need; WebGPU's default limits are enough.
    ///
    /// # Errors
    /// When one is lower.
    pub(crate) fn check_limits(&self) -> Result<(), GpuError> {
        let (has, needs) = (self.device.limits(), wgpu::Limits::default());
        let limits = [
            (
                "threads of a workgroup",
                has.max_compute_invocations_per_workgroup,
                needs.max_compute_invocations_per_workgroup,
            ),
            ("bytes of a workgroup", has.max_compute_workgroup_storage_size, needs.max_compute_workgroup_storage_size),
            ("buffers of a shader", has.max_storage_buffers_per_shader_stage, 5),
        ];
        match limits.into_iter().find(|(_, has, needs)| has < needs) {
            None => Ok(()),
            Some((what, has, needs)) => {
                let reason = format!("expected at least {needs} {what}, got {has}");
                Err(GpuError::Unusable { name: self.name.clone(), reason })
            }
        }
    }

    /// Marks the device as lost, for a reason.
    pub(crate) fn lost(&self, reason: &dyn Display) -> GpuError {
        self.is_broken.store(true, Ordering::Release);
        GpuError::Lost(format!("{}: {reason}", self.name))
    }
}

/// All devices of the machine, in the system's order.
pub(crate) fn adapters() -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
}

fn names(adapters: &[wgpu::Adapter]) -> Vec<String> {
    let name = |(number, adapter): (usize, &wgpu::Adapter)| format!("gpu:{number} ({})", adapter.get_info().name);
    adapters.iter().enumerate().map(name).collect()
}

fn strongest(adapters: Vec<wgpu::Adapter>) -> Option<wgpu::Adapter> {
    adapters.into_iter().min_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    })
}
