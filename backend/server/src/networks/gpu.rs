//! Networks on a graphics processor. In: an ONNX file's operators, then batches of pictures `(batch, H, W, 3)` in bytes. Out: their
//! outputs.
//!
//! The picture's bytes are normalised on the device, and nothing comes back before the output. Convolutions of 1×1 are products of
//! matrices over the pixels of all pictures. Maps are `(H, W, C)`, so that neighbouring threads read neighbouring channels.
//!
//! Read the modules in this order; each uses only those before it:
//!
//! 1. `plan`: the steps, their sizes, and which buffers their values share
//! 2. `template`, `kernel`, `pipelines`: shaders, compiled
//! 3. `memory`: buffers, `pass`: a run

use std::sync::{Arc, Mutex};

use separable::graph::Program;
use stl_types::manifest::NetworkSpec;

use crate::matching::gpu::adapter::GpuDevice;
use crate::matching::{Device, GpuError};
use crate::parallel::locked;
use memory::{Constants, Memory};
use pipelines::Pipelines;
use plan::{MAX_BATCH, Normalisation, Plan, UnknownNode};

mod kernel;
mod memory;
mod pass;
mod pipelines;
mod plan;
mod template;
#[cfg(test)]
mod tests;

/// Numbers of pictures for which memory is allocated. The smallest that holds a batch is taken, and kept until a larger one is needed.
const CAPACITIES: [usize; 4] = [1, 8, 32, MAX_BATCH];

/// A network on a graphics processor.
#[derive(Debug)]
pub(super) struct GpuNetwork {
    gpu: Arc<GpuDevice>,
    plan: Plan,
    constants: Constants,
    pipelines: Pipelines,
    /// Held by the one run at a time that may use the buffers.
    room: Mutex<Room>,
}

/// What the device has room for.
#[derive(Debug)]
struct Room {
    memory: Option<Memory>,
    /// The most pictures of a run, one of [`CAPACITIES`].
    max_batch: usize,
}

/// An open graphics processor, which runs networks. Clones share it.
#[derive(Clone, Debug)]
pub struct GpuRuntime(Arc<GpuDevice>);

/// Why a network does not run on a graphics processor.
#[derive(Debug, thiserror::Error)]
pub(super) enum GpuNetworkError {
    /// The file cannot be read, or has other shapes.
    #[error("{0}")]
    File(String),
    /// A node is not known.
    #[error(transparent)]
    Unknown(#[from] UnknownNode),
    /// The device lacks something.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl GpuRuntime {
    /// Opens what a choice means: none for the processor, or if `auto` finds no device that is not emulated.
    ///
    /// # Errors
    /// When a device was requested and cannot be used.
    pub fn open(device: Device) -> Result<Option<Self>, GpuError> {
        Ok(GpuDevice::choose(device)?.map(|gpu| Self(Arc::new(gpu))))
    }

    /// Loads an ONNX file whose shapes are those of its manifest entry.
    pub(super) fn load(&self, onnx: &[u8], spec: &NetworkSpec) -> Result<GpuNetwork, GpuNetworkError> {
        GpuNetwork::load(Arc::clone(&self.0), onnx, spec)
    }
}

impl GpuNetwork {
    /// Plans an ONNX file whose shapes are those of its manifest entry, compiles its shaders and uploads its weights.
    ///
    /// # Errors
    /// When the shaders do not know a node, or the device's limits are too low.
    fn load(gpu: Arc<GpuDevice>, onnx: &[u8], spec: &NetworkSpec) -> Result<Self, GpuNetworkError> {
        let program = Program::from_onnx(onnx).map_err(|error| GpuNetworkError::File(error.to_string()))?;
        spec.fits(&program.values[0].shape, &program.values[program.output].shape)
            .map_err(|error| GpuNetworkError::File(error.to_string()))?;
        let plan = Plan::new(&program, &Normalisation { mean: spec.mean, deviation: spec.std })?;
        gpu.check_limits()?;
        let max_batch = fitting_batch(&gpu, &plan)?;
        let (constants, pipelines) =
            gpu.checked(|| (Constants::new(&gpu.device, &plan), Pipelines::new(&gpu.device, &plan)))?;
        let room = Mutex::new(Room { memory: None, max_batch });
        let network = Self { gpu, plan, constants, pipelines, room };
        // The driver may compile only now; the first visitor need not wait for that.
        network.run(&vec![0; network.plan.picture_bytes], 1)?;
        Ok(network)
    }

    /// The device's own name.
    pub(super) fn device_name(&self) -> &str {
        self.gpu.name()
    }

    /// Multiply-adds for a picture.
    pub(super) const fn macs(&self) -> usize {
        self.plan.macs
    }

    /// Whether the device still works.
    pub(super) fn is_usable(&self) -> bool {
        self.gpu.check().is_ok()
    }

    /// Runs the network on `count` pictures `(count, H, W, 3)`; returns their outputs, row-major, one after the other.
    ///
    /// # Errors
    /// When the device was lost, or has no memory left. The processor has to run the network then.
    pub(super) fn run(&self, pictures: &[u8], count: usize) -> Result<Vec<f32>, GpuError> {
        let mut room = locked(&self.room);
        let mut outputs = Vec::with_capacity(count * self.plan.outputs);
        let mut rest = pictures;
        while !rest.is_empty() {
            self.gpu.check()?;
            let count = (rest.len() / self.plan.picture_bytes).min(room.max_batch);
            let Some(memory) = self.memory(&mut room, count)? else { continue };
            let (now, later) = rest.split_at(count * self.plan.picture_bytes);
            outputs.extend(self.submit(memory, now, count)?);
            rest = later;
        }
        Ok(outputs)
    }

    /// The memory for a batch: what is there, or larger buffers in its place. None if only smaller batches have room now.
    fn memory<'m>(&self, room: &'m mut Room, count: usize) -> Result<Option<&'m Memory>, GpuError> {
        if room.memory.as_ref().is_none_or(|memory| memory.capacity < count) {
            let capacity = CAPACITIES.into_iter().find(|&capacity| capacity >= count).unwrap_or(count);
            // Freed before the larger one is allocated.
            room.memory = None;
            let new = || Memory::new(&self.gpu.device, &self.plan, (&self.constants, &self.pipelines), capacity);
            match (self.gpu.checked(new), CAPACITIES.into_iter().rev().find(|&smaller| smaller < capacity)) {
                (Ok(memory), _) => room.memory = Some(memory),
                (Err(reason), Some(smaller)) => {
                    tracing::warn!("at most {smaller} pictures run at once: {reason}");
                    room.max_batch = smaller;
                }
                (Err(reason), None) => return Err(self.gpu.lost(&reason)),
            }
        }
        Ok(room.memory.as_ref())
    }

    /// Breaks the device as if it had been unplugged.
    #[cfg(test)]
    pub(super) fn destroy(&self) {
        self.gpu.device.destroy();
    }
}

/// The largest batch whose buffers and workgroups the device allows.
fn fitting_batch(gpu: &GpuDevice, plan: &Plan) -> Result<usize, GpuError> {
    let limits = gpu.device.limits();
    let groups = limits.max_compute_workgroups_per_dimension as usize;
    let fits = |capacity: &usize| {
        Memory::largest_bytes(plan, *capacity) <= gpu.max_buffer_bytes()
            && plan.steps.iter().all(|step| step.work.grid(*capacity, groups).is_some())
    };
    let constants = [&plan.weights, &plan.half_weights, &plan.constants].map(Vec::len);
    let constants = size_of::<f32>() * constants.into_iter().max().unwrap_or_default();
    let fitting = CAPACITIES.into_iter().rev().find(fits);
    fitting.filter(|_| constants <= gpu.max_buffer_bytes()).ok_or_else(|| {
        let reason = "its largest buffer or its number of workgroups is too small for a picture".to_owned();
        GpuError::Unusable { name: gpu.name().to_owned(), reason }
    })
}
