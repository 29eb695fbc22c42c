//! A whole network: layers in order. In: a picture. Out: the map of its last layer, plane by plane.

use crate::layer::{InputKind, LayerInput, Separable};
use crate::map::{LANES, Map};
use crate::patches::PATCH_BLOCKS;
use crate::scratch::Scratch;

/// Largest side of a picture. It bounds what a damaged file can make a run allocate.
const MAX_SIDE: usize = 4096;

/// One layer and the earlier steps, by number, whose outputs it reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The network's first layer, which reads the picture.
    Picture(Separable),
    /// A layer that reads a map.
    Plain {
        /// The step whose output it reads.
        from: usize,
        /// The layer.
        layer: Separable,
    },
    /// A layer that reads a map at twice its size, followed by the channels of another map.
    Upsampled {
        /// The step whose output is upsampled.
        small: usize,
        /// The step whose output channels follow.
        skip: usize,
        /// The layer.
        layer: Separable,
    },
}

/// A checked network: every value of this type can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    height: usize,
    width: usize,
    channels: usize,
    steps: Vec<Step>,
    /// `(blocks, height, width)` of each step's output.
    shapes: Vec<[usize; 3]>,
}

/// A picture of another size than the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the network takes {expected} numbers, got {received}")]
pub struct InputError {
    /// Numbers of the network's input.
    pub expected: usize,
    /// Numbers received.
    pub received: usize,
}

impl Step {
    /// The layer.
    #[must_use]
    pub const fn layer(&self) -> &Separable {
        match self {
            Self::Picture(layer) | Self::Plain { layer, .. } | Self::Upsampled { layer, .. } => layer,
        }
    }
}

impl Network {
    /// A network for pictures of `height`×`width`, both even. The first `channels` channels of the last step are its output.
    ///
    /// # Errors
    /// Says which parts do not fit together.
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
            let (input, kind) = match *step {
                Step::Picture(_) => ([PATCH_BLOCKS, height / 2, width / 2], InputKind::Picture),
                Step::Plain { from, .. } => (shape(from)?, InputKind::Map),
                Step::Upsampled { small, skip, .. } => {
                    let (small, skip) = (shape(small)?, shape(skip)?);
                    if [small[1] * 2, small[2] * 2] != skip[1..] {
                        return Err(refused(format!("{small:?} at twice its size is not as large as {skip:?}")));
                    }
                    ([small[0] + skip[0], skip[1], skip[2]], InputKind::Upsampled)
                }
            };
            shapes.push(step.layer().output_shape(input, kind).map_err(refused)?);
        }
        match shapes.last() {
            Some(last) if channels > 0 && channels <= last[0] * LANES => {}
            _ => return Err(format!("expected a last step with {channels} channels, got {:?}", shapes.last())),
        }
        Ok(Self { height, width, channels, steps, shapes })
    }

    /// The shape of the picture, `(3, H, W)`.
    #[must_use]
    pub const fn input(&self) -> [usize; 3] {
        [3, self.height, self.width]
    }

    /// The shape of the output, `(channels, H, W)`.
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

    /// Runs the network: `(3, H, W) → (channels, H', W')`, both row-major.
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
            let input = match *step {
                Step::Picture(_) => LayerInput::Picture { planar: picture, height: self.height, width: self.width },
                Step::Plain { from, .. } => LayerInput::Map(&before[from]),
                Step::Upsampled { small, skip, .. } => {
                    LayerInput::Upsampled { small: &before[small], skip: &before[skip] }
                }
            };
            step.layer().run(input, &mut rest[0], scratch);
        }
        let output = maps[maps.len() - 1].to_planar(self.channels);
        scratch.maps = maps;
        Ok(output)
    }
}
