//! What the device does, step by step: numbers only. In: a network's operators. Out: a [`Plan`].
//!
//! 1. `place`: where a value's numbers are
//! 2. `tile`, `work`: what a step runs, with how many threads; `step`
//! 3. `weights`: the parameters of convolutions; `planner`: what was planned so far
//! 4. `elementwise`, `maps`, `plain`: operators become steps
//! 5. `slots`: which buffers values share

use separable::graph::Program;

pub(super) use place::Source;
pub(super) use planner::Normalisation;
pub(super) use step::Step;
pub(super) use tile::Tile;
pub(super) use work::Work;

use place::StorageId;
use planner::Planner;

mod elementwise;
mod maps;
mod place;
mod plain;
mod planner;
mod slots;
mod step;
mod tile;
mod weights;
mod work;

/// Largest number of pictures in one run. Beyond it, the device is full and each picture only waits longer.
pub(super) const MAX_BATCH: usize = 128;

/// The steps of a run, and what they read.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Bytes of a picture, `(H, W, 3)`.
    pub(super) picture_bytes: usize,
    /// Numbers of an output.
    pub(super) outputs: usize,
    pub(super) steps: Vec<Step>,
    /// The buffer of each storage.
    pub(super) slot_of: Vec<usize>,
    /// Numbers of each buffer for a picture.
    pub(super) slots: Vec<usize>,
    /// The output, float32 and row-major.
    pub(super) output: StorageId,
    /// Weights of convolutions, in quads of output channels.
    pub(super) weights: Vec<f32>,
    /// Weights that float16 holds exactly.
    pub(super) half_weights: Vec<f32>,
    /// Scales, biases and other constants.
    pub(super) constants: Vec<f32>,
    /// Multiply-adds for a picture.
    pub(super) macs: usize,
}

/// An operator that the shaders do not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shaders do not know the node {node}: {reason}")]
pub(in crate::networks) struct UnknownNode {
    node: String,
    reason: String,
}

impl Plan {
    /// Plans the steps of a network.
    ///
    /// # Errors
    /// For the first node that the shaders do not know.
    pub(super) fn new(program: &Program, normalisation: &Normalisation) -> Result<Self, UnknownNode> {
        let unknown = |node: &str, reason: String| UnknownNode { node: node.to_owned(), reason };
        let mut planner = Planner::new(program);
        planner.normalise(normalisation).map_err(|reason| unknown("the picture", reason))?;
        for node in &program.nodes {
            planner.node(node).map_err(|reason| unknown(&node.name, reason))?;
        }
        let output = planner.contiguous(program.output).map_err(|reason| unknown("the output", reason))?;
        let outputs = planner.storages[output].numbers;
        let Planner { storages, steps, weights, .. } = planner;
        if storages.iter().any(|storage| storage.numbers * MAX_BATCH > u32::MAX as usize) {
            return Err(unknown("the whole network", "a value has too many numbers".to_owned()));
        }
        let (slot_of, slots) = slots::assign(&steps, &storages, output);
        Ok(Self {
            picture_bytes: program.values[0].shape.iter().product(),
            outputs,
            steps,
            slot_of,
            slots,
            output,
            weights: weights.weights,
            half_weights: weights.half_weights,
            constants: weights.constants,
            macs: program.macs(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use separable::graph::op::Op;

    use super::*;

    #[test]
    fn the_encoders_are_known_and_their_steps_never_write_what_they_read() {
        for file in ["fashion-dna.onnx", "fashion2shop-query.onnx"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(file);
            let program = Program::from_onnx(&std::fs::read(path).expect("the network")).expect("known operators");
            let normalisation = Normalisation { mean: [127.5; 3], deviation: [127.5; 3] };
            let plan = Plan::new(&program, &normalisation).expect("known to the shaders");
            for step in &plan.steps {
                let written = plan.slot_of[step.writes];
                for source in step.reads.into_iter().flatten() {
                    assert!(!matches!(source, Source::Storage(read) if plan.slot_of[read] == written), "{step:?}");
                }
            }
            let bytes = plan.slots.iter().map(|numbers| 4 * numbers).sum::<usize>();
            assert!(plan.steps.len() <= 130 && bytes <= 8 << 20, "{} steps, {bytes} bytes", plan.steps.len());
        }
    }

    #[test]
    fn an_operator_that_no_shader_knows_is_refused_by_its_node() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/fashion-dna.onnx");
        let mut program = Program::from_onnx(&std::fs::read(path).expect("the network")).expect("known operators");
        let node = program.nodes.iter_mut().find(|node| node.out == 3).expect("the first 1×1 convolution");
        let Op::Convolution(convolution) = &mut node.op else { panic!("expected a convolution, got {:?}", node.op) };
        convolution.side = 3;
        let name = node.name.clone();
        let refused = Plan::new(&program, &Normalisation { mean: [127.5; 3], deviation: [127.5; 3] });
        let reason = refused.expect_err("a 3×3 convolution of 32 channels").to_string();
        assert!(name.starts_with("Conv ") && reason.contains(&name), "{reason}");
        assert!(reason.ends_with("a 3×3 convolution of 32 channels"), "{reason}");
    }
}
