//! A network on its device. In: pictures at its input size, in bytes. Out: an output for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbImage;
use stl_types::manifest::NetworkSpec;
use stl_vision::{InputError, NetworkError};

use crate::networks::gpu::GpuNetwork;
use crate::networks::input::{letterboxed, normalised, padding};
use crate::networks::runtime::{Runnable, Runtime};

/// A network that is ready to run. Clones share it.
#[derive(Clone, Debug)]
pub struct Network(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    spec: NetworkSpec,
    padding: [u8; 3],
    by_processor: Runnable,
    on_gpu: Option<GpuNetwork>,
    /// Set with the first message about a lost device.
    is_reported: AtomicBool,
}

impl Network {
    /// Loads an ONNX file whose shapes are those of its manifest entry. On a graphics processor, the processor gets it as well, for the
    /// case that the device is lost; a network that the shaders do not know runs on the processor alone.
    ///
    /// # Errors
    /// When the runtime cannot load it.
    pub fn load(onnx: &[u8], spec: &NetworkSpec, runtime: &Runtime) -> Result<Self, NetworkError> {
        let refused = |reason: String| NetworkError::Load { file: spec.file.clone(), reason };
        let padding =
            padding(spec).ok_or_else(|| refused(format!("expected a pad of whole bytes, got {:?}", spec.pad)))?;
        let on_gpu = match runtime {
            Runtime::Gpu(gpu) => gpu
                .load(onnx, spec)
                .inspect(|network| tracing::info!("{} runs on {}", spec.file, network.device_name()))
                .inspect_err(|reason| tracing::warn!("{} runs on the processor: {reason}", spec.file))
                .ok(),
            _ => None,
        };
        let by_processor = runtime.load(onnx, spec)?;
        let shared = Shared { spec: spec.clone(), padding, by_processor, on_gpu, is_reported: AtomicBool::new(false) };
        Ok(Self(Arc::new(shared)))
    }

    /// The network's entry in the manifest.
    #[must_use]
    pub fn spec(&self) -> &NetworkSpec {
        &self.0.spec
    }

    /// A picture at the network's input size, letterboxed: `(H, W, 3) → (H', W', 3)` bytes.
    ///
    /// # Errors
    /// When the picture has no pixels.
    pub fn input(&self, picture: &RgbImage) -> Result<Vec<u8>, InputError> {
        letterboxed(picture, &self.0.spec, self.0.padding)
    }

    /// The name of the graphics processor that runs the network; none on the processor.
    #[must_use]
    pub fn gpu_name(&self) -> Option<&str> {
        Some(self.usable_gpu()?.device_name())
    }

    /// Multiply-adds for a picture on the graphics processor; none on the processor.
    #[must_use]
    pub fn gpu_macs(&self) -> Option<usize> {
        Some(self.usable_gpu()?.macs())
    }

    /// Runs the network on `count` pictures `(count, H, W, 3)`; returns their outputs, row-major, one after the other. If the graphics
    /// processor fails, the processor runs it.
    ///
    /// # Errors
    /// When `pictures` has another length, or running fails.
    pub fn run(&self, pictures: &[u8], count: usize) -> Result<Vec<f32>, NetworkError> {
        let expected = count * self.0.spec.input.iter().product::<usize>();
        if pictures.len() != expected || count == 0 {
            return Err(NetworkError::Input { expected, received: pictures.len() });
        }
        if let Some(gpu) = self.usable_gpu() {
            match gpu.run(pictures, count) {
                Ok(outputs) => return Ok(outputs),
                Err(error) => self.report(&error),
            }
        }
        self.0.by_processor.run(&normalised(pictures, &self.0.spec), count)
    }

    fn usable_gpu(&self) -> Option<&GpuNetwork> {
        self.0.on_gpu.as_ref().filter(|gpu| gpu.is_usable())
    }

    /// Reports a failure once: all later runs are on the processor.
    fn report(&self, error: &dyn std::fmt::Display) {
        if !self.0.is_reported.swap(true, Ordering::Relaxed) {
            tracing::warn!("the processor runs {} instead: {error}", self.0.spec.file);
        }
    }

    /// Breaks the graphics processor as if it had been unplugged.
    #[cfg(test)]
    pub(super) fn destroy_gpu(&self) {
        self.0.on_gpu.as_ref().expect("a graphics processor").destroy();
    }
}
