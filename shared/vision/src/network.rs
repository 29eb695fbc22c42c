//! ONNX networks, run by tract. In: a file's bytes. Out: an [`OnnxNetwork`].

use std::sync::Arc;

use stl_types::manifest::NetworkSpec;
use tract_onnx::prelude::*;

/// A network with one float32 input and one float32 output of fixed shapes, optimised and ready to run.
#[derive(Clone, Debug)]
pub struct OnnxNetwork {
    runnable: Arc<TypedRunnableModel>,
    input: [usize; 4],
    output: Vec<usize>,
}

/// Why a network cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// tract cannot run the file, or its shapes are not the manifest's.
    #[error("the network {file} cannot be loaded: {reason}")]
    Load {
        /// The manifest's file name.
        file: String,
        /// The reason, from tract.
        reason: String,
    },
    /// The input's length is not that of the network's input.
    #[error("the network takes {expected} numbers, got {received}")]
    Input {
        /// Numbers of the input shape.
        expected: usize,
        /// Numbers received.
        received: usize,
    },
    /// tract failed while running.
    #[error("the network failed: {0}")]
    Run(String),
}

impl OnnxNetwork {
    /// Loads and optimises an ONNX file. Its shapes must be those of its manifest entry.
    ///
    /// # Errors
    /// When tract cannot read or optimise the file, or its output has another shape.
    pub fn load(onnx: &[u8], network: &NetworkSpec) -> Result<Self, NetworkError> {
        let failed = |reason: String| NetworkError::Load { file: network.file.clone(), reason };
        let optimised = tract_onnx::onnx()
            .model_for_read(&mut std::io::Cursor::new(onnx))
            .and_then(|model| model.with_input_fact(0, f32::fact(network.input).into()))
            .and_then(InferenceModelExt::into_optimized)
            .map_err(|error| failed(format!("{error:#}")))?;
        let output = optimised.output_fact(0).map_err(|error| failed(format!("{error:#}")))?;
        if output.shape.as_concrete() != Some(&network.output[..]) {
            return Err(failed(format!("expected an output {:?}, got {:?}", network.output, output.shape)));
        }
        let runnable = optimised.into_runnable().map_err(|error| failed(format!("{error:#}")))?;
        Ok(Self { runnable, input: network.input, output: network.output.clone() })
    }

    /// The output's shape.
    #[must_use]
    pub fn output_shape(&self) -> &[usize] {
        &self.output
    }

    /// Runs the network on an input of its shape; both input and output are row-major.
    ///
    /// # Errors
    /// When `input` has another length, or running fails.
    pub fn run(&self, input: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let expected = self.input.iter().product();
        if input.len() != expected {
            return Err(NetworkError::Input { expected, received: input.len() });
        }
        let failed = |error: TractError| NetworkError::Run(format!("{error:#}"));
        let tensor = Tensor::from_shape(&self.input, input).map_err(failed)?;
        let outputs = self.runnable.run(tvec!(tensor.into())).map_err(failed)?;
        let output = outputs.first().ok_or_else(|| NetworkError::Run("no output".to_owned()))?;
        Ok(output.to_plain_array_view::<f32>().map_err(failed)?.iter().copied().collect())
    }
}
