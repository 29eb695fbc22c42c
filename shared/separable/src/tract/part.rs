//! A part of a graph as one operator. In: `(1, C, H, W)` float32. Out: `(1, …)` float32.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use tract_core::internal::*;

use crate::graph::{Graph, Workspace};

/// Runs some nodes of an ONNX graph, the separable layers among them fused.
#[derive(Clone, Debug)]
pub(super) struct Part(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    graph: Graph,
    /// Workspaces that no run uses at the moment.
    idle: Mutex<Vec<Workspace>>,
}

impl Part {
    pub(super) fn new(graph: Graph) -> Self {
        Self(Arc::new(Shared { graph, idle: Mutex::default() }))
    }

    fn shape(&self) -> Vec<usize> {
        [&[1], self.0.graph.output()].concat()
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Part {}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Op for Part {
    fn name(&self) -> StaticName {
        "Part".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Part {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let map = input.to_plain_array_view::<f32>()?;
        let map = map.as_standard_layout();
        let numbers = map.as_slice().context("the input has a standard layout")?;
        let taken = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = taken.unwrap_or_default();
        let output = self.0.graph.run(numbers, &mut workspace)?;
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        Ok(tvec!(Tensor::from_shape(&self.shape(), &output)?.into_tvalue()))
    }
}

impl TypedOp for Part {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [channels, height, width] = self.0.graph.input();
        let expected = f32::fact([1, channels, height, width]);
        ensure!(inputs.len() == 1 && *inputs[0].shape == *expected.shape, "expected an input {:?}", expected.shape);
        Ok(tvec!(f32::fact(self.shape())))
    }

    as_op!();
}
