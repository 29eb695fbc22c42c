//! A graph that is ready to run. In: tract's typed graph. Out: numbers for numbers.

use std::sync::Arc;

use tract_core::internal::*;

/// A graph with one float32 input and one float32 output of fixed shapes, optimised.
#[derive(Clone, Debug)]
pub struct Runnable {
    plan: Arc<TypedRunnableModel>,
    input: Vec<usize>,
    output: Vec<usize>,
}

impl Runnable {
    /// Optimises a graph.
    ///
    /// # Errors
    /// When tract cannot optimise it, or it has other inputs or outputs.
    pub fn new(graph: TypedModel) -> Result<Self, String> {
        let shapes = |graph: &TypedModel| -> TractResult<_> {
            let input = concrete(graph.input_fact(0)?)?;
            Ok((input, concrete(graph.output_fact(0)?)?))
        };
        let plan = graph.into_optimized().and_then(|graph| Ok((shapes(&graph)?, graph.into_runnable()?)));
        let ((input, output), plan) = plan.map_err(|error| format!("{error:#}"))?;
        Ok(Self { plan, input, output })
    }

    /// The input's shape.
    #[must_use]
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The output's shape.
    #[must_use]
    pub fn output(&self) -> &[usize] {
        &self.output
    }

    /// Runs the graph; both input and output are row-major.
    ///
    /// # Errors
    /// When the input has another length, or running fails.
    pub fn run(&self, input: &[f32]) -> Result<Vec<f32>, String> {
        let run = || -> TractResult<_> {
            let outputs = self.plan.run(tvec!(Tensor::from_shape(&self.input, input)?.into_tvalue()))?;
            let output = outputs.first().context("expected an output")?;
            Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect())
        };
        run().map_err(|error| format!("{error:#}"))
    }
}

fn concrete(fact: &TypedFact) -> TractResult<Vec<usize>> {
    ensure!(fact.datum_type == f32::datum_type(), "expected float32, got {:?}", fact.datum_type);
    let shape = fact.shape.as_concrete();
    Ok(shape.with_context(|| format!("expected a fixed shape, got {:?}", fact.shape))?.to_vec())
}
