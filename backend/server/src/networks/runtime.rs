//! The runtimes of the encoders. In: an ONNX file. Out: a [`Runnable`] network, run by tract or ONNX Runtime.

use stl_types::manifest::NetworkSpec;
use stl_vision::{NetworkError, OnnxNetwork};

#[cfg(feature = "onnxruntime")]
mod onnxruntime;
#[cfg(feature = "onnxruntime")]
pub use onnxruntime::OnnxRuntime;

/// A runtime of the encoders.
#[derive(Clone, Debug, Default)]
pub enum Runtime {
    /// tract: part of this program, on the processor.
    #[default]
    Tract,
    /// ONNX Runtime: a library of the system, on CUDA if there is a device.
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(OnnxRuntime),
}

/// A network that is ready to run. Clones share it.
#[derive(Clone, Debug)]
pub enum Runnable {
    /// By tract.
    Tract(OnnxNetwork),
    /// By ONNX Runtime.
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(std::sync::Arc<onnxruntime::Sessions>),
}

impl Runtime {
    /// Loads an ONNX file whose shapes are those of its manifest entry.
    ///
    /// # Errors
    /// When the runtime cannot load it.
    pub fn load(&self, onnx: &[u8], network: &NetworkSpec) -> Result<Runnable, NetworkError> {
        match self {
            Self::Tract => OnnxNetwork::load(onnx, network).map(Runnable::Tract),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(runtime) => Ok(Runnable::OnnxRuntime(std::sync::Arc::new(runtime.load(onnx, network)?))),
        }
    }
}

impl Runnable {
    /// Runs the network on an input of its shape, row-major; returns the output, row-major.
    ///
    /// # Errors
    /// When `input` has another length, or running fails.
    pub fn run(&self, input: &[f32]) -> Result<Vec<f32>, NetworkError> {
        match self {
            Self::Tract(network) => network.run(input),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(sessions) => sessions.run(input),
        }
    }
}
