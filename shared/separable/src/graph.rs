//! Whole networks on this processor. In: an ONNX file, then batches of pictures `(N, 3, H, W)`. Out: `(N, …)`.
//!
//! A network is read once: constants are folded, separable layers are found, and weights are packed for the processor's
//! instructions ([`Level`]). Anything that is not known is refused with the node's name, so that another runtime can take the network.
//!
//! Read the modules in this order; each uses only those before it:
//!
//! 1. `op`: what a graph consists of
//! 2. `read`: ONNX nodes become operators, `rewrite`: fewer multiply-adds
//! 3. `step`: operators become steps, `memory`: their buffers
//! 4. `layer`, `plain`: the work of a step, `run`: all steps

mod layer;
mod memory;
pub mod op;
mod plain;
pub(crate) mod read;
mod rewrite;
mod run;
mod step;

use prost::Message;

use self::memory::{Layout, bytes, layout};
pub use self::memory::{StepTime, Times, Workspace};
pub use self::op::Program;
use self::op::{Value, ValueId};
use self::step::{Planned, plan};
use crate::network::InputError;
use crate::onnx::{PackError, proto};
pub use crate::simd::{Level, peak_macs_per_s};

impl Program {
    /// Reads an ONNX file, for another runtime than this processor's [`Graph`]: constants are folded, activations and sums are parts of
    /// their convolutions, and what nothing reads is left out.
    ///
    /// # Errors
    /// When it is another file, or holds a node that is not known.
    pub fn from_onnx(onnx: &[u8]) -> Result<Self, PackError> {
        let graph = proto::Model::decode(onnx)?.graph.unwrap_or_default();
        Ok(rewrite::rewrite(read::read(&graph)?))
    }
}

/// A network with one picture as its input, ready to run.
#[derive(Debug)]
pub struct Graph {
    level: Level,
    values: Vec<Value>,
    steps: Vec<Planned>,
    layout: Layout,
    /// Of the buffers for a picture.
    bytes: usize,
    output: ValueId,
}

impl Graph {
    /// Reads an ONNX file for the fastest instructions that this processor has.
    ///
    /// # Errors
    /// When it is another file, or holds a node that is not known.
    pub fn from_onnx(onnx: &[u8]) -> Result<Self, PackError> {
        Self::for_level(onnx, Level::best())
    }

    /// Reads an ONNX file for one of [`Level::available`].
    ///
    /// # Errors
    /// As for [`Self::from_onnx`], and when the processor lacks the level.
    pub fn for_level(onnx: &[u8], level: Level) -> Result<Self, PackError> {
        if !Level::available().contains(&level) {
            return Err(PackError::Unfit(format!("this processor has no {level:?}")));
        }
        Self::of(Program::from_onnx(onnx)?, level)
    }

    /// Plans a program.
    fn of(graph: Program, level: Level) -> Result<Self, PackError> {
        let steps = plan(&graph, level).map_err(PackError::Unfit)?;
        let layout = layout(&steps, &graph.values, graph.output);
        let bytes = bytes(&layout, &graph.values);
        Ok(Self { level, values: graph.values, steps, layout, bytes, output: graph.output })
    }

    /// A part of another graph for the fastest instructions, see [`read::read_part`].
    #[cfg(feature = "tract")]
    pub(crate) fn of_part(part: Program) -> Result<Self, PackError> {
        Self::of(rewrite::rewrite(part), Level::best())
    }

    /// The shape of a picture, `(3, H, W)`.
    #[must_use]
    pub fn input(&self) -> [usize; 3] {
        [0, 1, 2].map(|at| self.values[0].shape[at])
    }

    /// The shape of a picture's output.
    #[must_use]
    pub fn output(&self) -> &[usize] {
        &self.values[self.output].shape
    }

    /// The instructions that it uses.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// How long each step took in the runs of a [timed](Workspace::timed) workspace that ran only this network, with one size of batch.
    #[must_use]
    pub fn step_times(&self, workspace: &Workspace) -> Vec<StepTime> {
        let time = |(step, &times): (&Planned, &Times)| {
            let shape = &self.values[step.out].shape;
            StepTime { name: format!("{} {shape:?}", step.name()), times, macs: step.macs(&self.values) }
        };
        self.steps.iter().zip(&workspace.steps).map(time).collect()
    }

    /// Multiply-adds for a picture, after rewriting.
    #[must_use]
    pub fn macs(&self) -> usize {
        self.steps.iter().map(|step| step.macs(&self.values)).sum()
    }
}
