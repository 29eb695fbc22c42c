//! A packed network as one operator of a tract graph. In: `(1, 3, H, W)` float32. Out: `(1, channels, H', W')` float32.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use tract_core::internal::*;

use crate::{Network, Scratch};

/// Runs a whole [`Network`] as one node, for graphs with other operators before or after it.
#[derive(Clone, Debug)]
pub struct Separables {
    network: Arc<Network>,
    /// See [`Scratch::new`].
    tile: usize,
    /// Scratches that no run uses at the moment.
    idle: Arc<Mutex<Vec<Scratch>>>,
}

impl Separables {
    /// An operator that runs `network`.
    #[must_use]
    pub fn new(network: Network, tile: usize) -> Self {
        Self { network: Arc::new(network), tile, idle: Arc::default() }
    }
}

impl PartialEq for Separables {
    fn eq(&self, other: &Self) -> bool {
        self.tile == other.tile && self.network == other.network
    }
}

impl Eq for Separables {}

impl Hash for Separables {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.network.input(), self.network.output(), self.tile).hash(state);
    }
}

impl Op for Separables {
    fn name(&self) -> StaticName {
        "Separables".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Separables {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let picture = input.to_plain_array_view::<f32>()?;
        let picture = picture.as_standard_layout();
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = taken.unwrap_or_else(|| Scratch::new(self.tile));
        let numbers = picture.as_slice().context("the input has a standard layout")?;
        let output = self.network.run(numbers, &mut scratch)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        let [channels, height, width] = self.network.output();
        Ok(tvec!(Tensor::from_shape(&[1, channels, height, width], &output)?.into_tvalue()))
    }
}

impl TypedOp for Separables {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [_, height, width] = self.network.input();
        let expected = f32::fact([1, 3, height, width]);
        ensure!(inputs.len() == 1 && *inputs[0].shape == *expected.shape, "expected an input {:?}", expected.shape);
        let [channels, height, width] = self.network.output();
        Ok(tvec!(f32::fact([1, channels, height, width])))
    }

    as_op!();
}
