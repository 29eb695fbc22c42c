//! The working memory of a run.

use crate::map::{Block, Map};

/// Working memory of a run. Keep it between runs: only the first run with a network allocates.
#[derive(Clone, Debug)]
pub struct Scratch {
    /// The output of each step.
    pub(crate) maps: Vec<Map>,
    /// A strip of the depthwise convolution's input.
    pub(crate) wide: Vec<Block>,
    /// A strip of its output.
    pub(crate) narrow: Vec<Block>,
    /// Patches of the picture under a strip.
    pub(crate) patches: Vec<Block>,
    /// The float32 weights of eight outputs.
    pub(crate) panel: Vec<Block>,
    /// Pixels that a matrix product keeps in registers at once.
    pub(crate) tile: usize,
}

impl Scratch {
    /// Buffers for runs that keep `tile` (1 to 8) pixels of a matrix product in registers. Six suit the 16 vector registers of x86,
    /// eight suit the 32 of Arm.
    #[must_use]
    pub const fn new(tile: usize) -> Self {
        Self { maps: Vec::new(), wide: Vec::new(), narrow: Vec::new(), patches: Vec::new(), panel: Vec::new(), tile }
    }

    /// Bytes that the buffers occupy.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let maps: usize = self.maps.iter().map(|map| map.values.capacity()).sum();
        let buffers = [&self.wide, &self.narrow, &self.patches, &self.panel];
        (maps + buffers.iter().map(|buffer| buffer.capacity()).sum::<usize>()) * size_of::<Block>()
    }
}
