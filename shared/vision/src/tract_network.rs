//! Networks that `separable` does not know, run by tract. In: an ONNX file's bytes. Out: a [`TractNetwork`].

use separable::tract::{Runnable, from_onnx};
use stl_types::manifest::NetworkSpec;

/// A network with one float32 input and one float32 output of fixed shapes, optimised and ready to run.
#[derive(Debug)]
pub(crate) struct TractNetwork(Runnable);

/// Why tract cannot load or run a network.
#[derive(Debug, thiserror::Error)]
pub enum TractError {
    /// It has an operator that is not known, which the reason names, or is no ONNX file.
    #[error("the network {file} cannot be loaded: {reason}")]
    Load {
        /// The manifest's file name.
        file: String,
        /// The reason.
        reason: String,
    },
    /// tract failed while running.
    #[error("the network failed: {0}")]
    Run(String),
}

impl TractNetwork {
    /// Loads and optimises an ONNX file. Its shapes must be those of its manifest entry.
    pub(crate) fn load(onnx: &[u8], network: &NetworkSpec) -> Result<Self, TractError> {
        let failed = |reason: String| TractError::Load { file: network.file.clone(), reason };
        let runnable = from_onnx(onnx, &network.input)
            .map_err(|error| failed(error.to_string()))
            .and_then(|graph| Runnable::new(graph).map_err(failed))?;
        if runnable.output() != network.output {
            return Err(failed(format!("expected an output {:?}, got {:?}", network.output, runnable.output())));
        }
        Ok(Self(runnable))
    }

    /// Runs the network on an input of its shape; both input and output are row-major.
    pub(crate) fn run(&self, input: &[f32]) -> Result<Vec<f32>, TractError> {
        self.0.run(input).map_err(TractError::Run)
    }
}
