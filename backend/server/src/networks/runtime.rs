//! The runtimes of the encoders. In: an ONNX file. Out: a [`Runnable`] network, run by `separable`, tract or ONNX Runtime. What a
//! graphics processor runs is `gpu`'s.

use stl_types::manifest::NetworkSpec;
use stl_vision::{GraphNetwork, NetworkError, OnnxNetwork};

pub use crate::networks::gpu::GpuRuntime;

#[cfg(feature = "onnxruntime")]
mod onnxruntime;
#[cfg(feature = "onnxruntime")]
pub use onnxruntime::OnnxRuntime;

/// A runtime of the encoders.
#[derive(Clone, Debug, Default)]
pub enum Runtime {
    /// `separable`, with the processor's widest vectors. A network that it does not know runs by tract.
    #[default]
    Separable,
    /// A graphics processor, beside `separable` for what it does not know and for the case that it is lost.
    Gpu(GpuRuntime),
    /// tract, which knows most networks.
    Tract,
    /// ONNX Runtime: a library of the system, on CUDA if there is a device.
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(OnnxRuntime),
}

/// A network that is ready to run. Clones share it.
#[derive(Clone, Debug)]
pub enum Runnable {
    /// By `separable`.
    Separable(GraphNetwork),
    /// By tract.
    Tract(OnnxNetwork),
    /// By ONNX Runtime.
    #[cfg(feature = "onnxruntime")]
    OnnxRuntime(std::sync::Arc<onnxruntime::Sessions>),
}

impl Runtime {
    /// Loads an ONNX file, whose shapes are those of its manifest entry, for the processor.
    ///
    /// # Errors
    /// When the runtime cannot load it.
    pub fn load(&self, onnx: &[u8], network: &NetworkSpec) -> Result<Runnable, NetworkError> {
        match self {
            Self::Separable | Self::Gpu(_) => match GraphNetwork::load(onnx, network) {
                Ok(graph) => Ok(Runnable::Separable(graph)),
                Err(error) => {
                    tracing::warn!("{error}; it runs by tract, which is slower");
                    Self::Tract.load(onnx, network)
                }
            },
            Self::Tract => OnnxNetwork::load(onnx, network).map(Runnable::Tract),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(runtime) => Ok(Runnable::OnnxRuntime(std::sync::Arc::new(runtime.load(onnx, network)?))),
        }
    }
}

impl Runnable {
    /// Runs the network on `count` inputs of its shape; returns their outputs. All are row-major, one after the other.
    ///
    /// # Errors
    /// When `inputs` has another length, or running fails.
    pub fn run(&self, inputs: &[f32], count: usize) -> Result<Vec<f32>, NetworkError> {
        let each = || inputs.chunks((inputs.len() / count.max(1)).max(1));
        match self {
            Self::Separable(network) => network
                .run(inputs)
                .map_err(|separable::InputError { expected, received }| NetworkError::Input { expected, received }),
            Self::Tract(network) => concatenated(each().map(|input| network.run(input))),
            #[cfg(feature = "onnxruntime")]
            Self::OnnxRuntime(sessions) => concatenated(each().map(|input| sessions.run(input))),
        }
    }
}

fn concatenated(outputs: impl Iterator<Item = Result<Vec<f32>, NetworkError>>) -> Result<Vec<f32>, NetworkError> {
    let outputs: Result<Vec<_>, _> = outputs.collect();
    Ok(outputs?.concat())
}
