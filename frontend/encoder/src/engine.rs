//! What runs an encoder's network. In: normalised inputs, one after the other. Out: their embeddings, one after the other.

use std::cell::RefCell;

use separable::graph::{Graph, Workspace};
use stl_types::manifest::NetworkSpec;

/// Why an encoder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The network cannot be read, or is not the manifest's.
    #[error("the encoder cannot be loaded: {0}")]
    Load(String),
    /// The network cannot be run.
    #[error("the encoder failed: {0}")]
    Run(String),
}

/// What runs the network.
#[derive(Debug)]
pub(crate) enum Engine {
    /// `separable`, which runs a batch at once, so that weights are read once.
    Graph(Box<Graph>, RefCell<Workspace>),
    /// tract, for networks with other operators: one input after the other.
    #[cfg(feature = "tract")]
    Tract(separable::tract::Runnable),
}

impl Engine {
    /// Reads an ONNX file for `separable`. Its shapes must be those of its manifest entry.
    pub(crate) fn graph(onnx: &[u8], spec: &NetworkSpec) -> Result<Self, EngineError> {
        let graph = Graph::from_onnx(onnx).map_err(|error| EngineError::Load(error.to_string()))?;
        spec.fits(&graph.input(), graph.output()).map_err(|error| EngineError::Load(error.to_string()))?;
        Ok(Self::Graph(Box::new(graph), RefCell::default()))
    }

    /// Reads an ONNX file for tract. Its shapes must be those of its manifest entry.
    #[cfg(feature = "tract")]
    pub(crate) fn tract(onnx: &[u8], spec: &NetworkSpec) -> Result<Self, EngineError> {
        use separable::tract::{Runnable, from_onnx};

        let graph = from_onnx(onnx, &spec.input).map_err(|error| EngineError::Load(error.to_string()))?;
        let runnable = Runnable::new(graph).map_err(EngineError::Load)?;
        let [input, output] = [runnable.input(), runnable.output()].map(|shape| shape.get(1..).unwrap_or_default());
        spec.fits(input, output).map_err(|error| EngineError::Load(error.to_string()))?;
        Ok(Self::Tract(runnable))
    }

    /// Runs the network on inputs of its shape `(N, 3, H, W)`, row-major; returns `(N, …)`.
    pub(crate) fn run(&self, inputs: &[f32]) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Graph(graph, workspace) => {
                let run = graph.run(inputs, &mut workspace.borrow_mut());
                run.map_err(|error| EngineError::Run(error.to_string()))
            }
            #[cfg(feature = "tract")]
            Self::Tract(runnable) => {
                let one = runnable.input().iter().product::<usize>().max(1);
                let runs = inputs.chunks(one).map(|input| runnable.run(input).map_err(EngineError::Run));
                Ok(runs.collect::<Result<Vec<_>, _>>()?.concat())
            }
        }
    }
}
