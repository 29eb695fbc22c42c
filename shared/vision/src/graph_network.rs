//! ONNX networks, run by `separable` on this processor. In: a file's bytes. Out: a [`GraphNetwork`].

use std::sync::{Arc, Mutex, PoisonError};

use separable::graph::{Graph, Workspace};
use stl_types::manifest::NetworkSpec;

use crate::network::NetworkError;

/// A network that is ready to run on batches of pictures. Clones share it.
#[derive(Clone, Debug)]
pub struct GraphNetwork(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    graph: Graph,
    /// Workspaces that no run uses at the moment.
    idle: Mutex<Vec<Workspace>>,
}

impl GraphNetwork {
    /// Reads an ONNX file. Its shapes must be those of its manifest entry.
    ///
    /// # Errors
    /// When the file has a node that `separable` does not know, which the error names, or other shapes.
    pub fn load(onnx: &[u8], network: &NetworkSpec) -> Result<Self, NetworkError> {
        let failed = |reason: String| NetworkError::Load { file: network.file.clone(), reason };
        let graph = Graph::from_onnx(onnx).map_err(|error| failed(error.to_string()))?;
        network.fits(&graph.input(), graph.output()).map_err(|error| failed(error.to_string()))?;
        Ok(Self(Arc::new(Shared { graph, idle: Mutex::default() })))
    }

    /// Runs the network: `(N, 3, H, W) → (N, …)`, both row-major.
    ///
    /// # Errors
    /// When the input is not a whole number of pictures.
    pub fn run(&self, pictures: &[f32]) -> Result<Vec<f32>, separable::InputError> {
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut workspace = taken.unwrap_or_default();
        let output = self.0.graph.run(pictures, &mut workspace);
        idle().push(workspace);
        output
    }

    /// Multiply-adds for a picture.
    #[must_use]
    pub fn macs(&self) -> usize {
        self.0.graph.macs()
    }

    /// Bytes of the working memory that is allocated at the moment.
    #[must_use]
    pub fn workspace_bytes(&self) -> usize {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Workspace::bytes).sum()
    }
}
