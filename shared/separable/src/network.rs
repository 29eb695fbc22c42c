//! A whole network: blocks in order. In: a picture. Out: its last block's map, plane by plane.

use crate::layer::{PATCH_BLOCKS, Separable, Source};
use crate::map::{Block, Map};

/// Bounds what a damaged file can make a run allocate.
const MAX_SIDE: usize = 4096;

/// One block and where its input comes from: the number of an earlier step, whose output it reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The network's first block, which reads the picture.
    Picture(Separable),
    /// A block that reads a map.
    Plain {
        /// The step whose output it reads.
        from: usize,
        /// The block.
        block: Separable,
    },
    /// A block that reads a map at twice its size and the channels of another one.
    Upsampled {
        /// The step whose output is upsampled.
        small: usize,
        /// The step whose output's channels follow.
        skip: usize,
        /// The block.
        block: Separable,
    },
}

/// A network, checked: whatever one holds can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    height: usize,
    width: usize,
    channels: usize,
    steps: Vec<Step>,
    /// `(blocks, height, width)` of each step's output.
    shapes: Vec<[usize; 3]>,
}

/// What a run works in; kept from run to run, so that nothing is allocated after the first.
#[derive(Clone, Debug)]
pub struct Scratch {
    maps: Vec<Map>,
    pub(crate) wide: Vec<Block>,
    pub(crate) narrow: Vec<Block>,
    pub(crate) patches: Vec<Block>,
    pub(crate) panel: Vec<Block>,
    /// Pixels that a matrix product holds in registers at once.
    pub(crate) tile: usize,
}

/// An input that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the network takes {expected} numbers, got {received}")]
pub struct InputError {
    /// Numbers of the picture.
    pub expected: usize,
    /// Numbers received.
    pub received: usize,
}

impl Scratch {
    /// Buffers for runs with `tile` (1 to 8) pixels of a matrix product in registers: six suit x86's sixteen vector registers,
    /// eight suit Arm's thirty-two.
    #[must_use]
    pub const fn new(tile: usize) -> Self {
        Self { maps: Vec::new(), wide: Vec::new(), narrow: Vec::new(), patches: Vec::new(), panel: Vec::new(), tile }
    }

    /// Bytes that the buffers take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let maps: usize = self.maps.iter().map(|map| map.values.capacity()).sum();
        let buffers = [&self.wide, &self.narrow, &self.patches, &self.panel];
        (maps + buffers.iter().map(|buffer| buffer.capacity()).sum::<usize>()) * size_of::<Block>()
    }
}

impl Step {
    /// The block.
    #[must_use]
    pub const fn block(&self) -> &Separable {
        match self {
            Self::Picture(block) | Self::Plain { block, .. } | Self::Upsampled { block, .. } => block,
        }
    }
}

impl Network {
    /// A network for pictures of `height`×`width`, both even, whose last step's first `channels` channels are the output.
    ///
    /// # Errors
    /// What does not fit what, in words.
    pub fn new(height: usize, width: usize, channels: usize, steps: Vec<Step>) -> Result<Self, String> {
        let fits = |side: usize| (2..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
        if !fits(height) || !fits(width) {
            return Err(format!("expected even sides of 2 to {MAX_SIDE}, got {height}×{width}"));
        }
        let mut shapes: Vec<[usize; 3]> = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            let refused = |reason: String| format!("step {number}: {reason}");
            let shape = |from: usize| {
                shapes
                    .get(from)
                    .copied()
                    .ok_or_else(|| refused(format!("it reads step {from}, which does not come before it")))
            };
            let (input, is_map) = match *step {
                Step::Picture(_) => ([PATCH_BLOCKS, height / 2, width / 2], false),
                Step::Plain { from, .. } => (shape(from)?, true),
                Step::Upsampled { small, skip, .. } => {
                    let (small, skip) = (shape(small)?, shape(skip)?);
                    if [small[1] * 2, small[2] * 2] != skip[1..] {
                        return Err(refused(format!("{small:?} at twice its size is not as large as {skip:?}")));
                    }
                    ([small[0] + skip[0], skip[1], skip[2]], false)
                }
            };
            shapes.push(step.block().output(input, is_map, matches!(step, Step::Picture(_))).map_err(refused)?);
        }
        match shapes.last() {
            Some(last) if channels > 0 && channels <= last[0] * crate::LANES => {}
            _ => return Err(format!("expected a last step with {channels} channels, got {:?}", shapes.last())),
        }
        Ok(Self { height, width, channels, steps, shapes })
    }

    /// The picture's shape, `(3, H, W)`.
    #[must_use]
    pub const fn input(&self) -> [usize; 3] {
        [3, self.height, self.width]
    }

    /// The output's shape, `(channels, H, W)`.
    #[must_use]
    pub fn output(&self) -> [usize; 3] {
        let [_, height, width] = self.shapes[self.shapes.len() - 1];
        [self.channels, height, width]
    }

    /// The steps, in the order in which they run.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Runs the network on a picture `(3, H, W)`, row-major; returns its output `(channels, H', W')`, row-major.
    ///
    /// # Errors
    /// When the picture has another length.
    pub fn run(&self, picture: &[f32], scratch: &mut Scratch) -> Result<Vec<f32>, InputError> {
        let expected = self.input().iter().product();
        if picture.len() != expected {
            return Err(InputError { expected, received: picture.len() });
        }
        let mut maps = std::mem::take(&mut scratch.maps);
        if maps.len() != self.shapes.len() || maps.iter().zip(&self.shapes).any(|(map, shape)| map.shape() != *shape) {
            maps = self.shapes.iter().map(|&[blocks, height, width]| Map::zeros(blocks, height, width)).collect();
        }
        for (number, step) in self.steps.iter().enumerate() {
            let (before, rest) = maps.split_at_mut(number);
            let source = match *step {
                Step::Picture(_) => Source::Picture { planar: picture, height: self.height, width: self.width },
                Step::Plain { from, .. } => Source::Map(&before[from]),
                Step::Upsampled { small, skip, .. } => Source::Upsampled { small: &before[small], skip: &before[skip] },
            };
            step.block().run(source, &mut rest[0], scratch);
        }
        let output = maps[maps.len() - 1].to_planar(self.channels);
        scratch.maps = maps;
        Ok(output)
    }
}

impl Map {
    const fn shape(&self) -> [usize; 3] {
        [self.blocks, self.height, self.width]
    }
}

impl Separable {
    /// The shape of the output of an input `(blocks, height, width)`.
    ///
    /// # Errors
    /// What does not fit what, in words.
    fn output(
        &self,
        [blocks, height, width]: [usize; 3],
        is_map: bool,
        is_picture: bool,
    ) -> Result<[usize; 3], String> {
        let expect = |what: &str, expected: usize, received: usize| {
            if expected == received { Ok(()) } else { Err(format!("{what}: expected {expected}, got {received}")) }
        };
        let mut blocks_in = blocks;
        if let Some(expand) = &self.expand {
            expand.check()?;
            expect("blocks that the expansion takes", blocks, expand.inputs)?;
            blocks_in = expand.outputs;
            if !is_map && !is_picture {
                return Err("an upsampled input is not expanded".to_owned());
            }
        } else if is_picture {
            return Err("a picture needs a first convolution".to_owned());
        }
        self.depthwise.check()?;
        expect("blocks of the depthwise convolution", blocks_in, self.depthwise.blocks)?;
        self.project.check()?;
        expect("blocks that the projection takes", blocks_in, self.project.inputs)?;
        if self.depthwise.stride == 2 && !(height.is_multiple_of(2) && width.is_multiple_of(2)) {
            return Err(format!("a stride of 2 takes even sides, got {height}×{width}"));
        }
        if self.is_residual {
            expect("a residual's stride", 1, self.depthwise.stride)?;
            expect("blocks of a residual", blocks, self.project.outputs)?;
            if !is_map {
                return Err("only a map is added to an output".to_owned());
            }
        }
        let stride = self.depthwise.stride;
        Ok([self.project.outputs, height / stride, width / stride])
    }
}
