//! A separable block, strip by strip. In: its input's rows. Out: its output's.

use crate::kernels::{Rows, depthwise, multiply, upsample_row};
use crate::map::{Block, LANES, Map, View};
use crate::network::Scratch;
use crate::weights::{Depthwise, Pointwise};

/// What a strip's buffers may take, in bytes: they are written and read again at once, so they should stay in the second cache.
const STRIP_BYTES: usize = 384 << 10;

/// Numbers of a 3×3 patch of three channels.
const PATCH: usize = 27;

/// A 1×1 convolution that widens (MobileNetV2's expansion), a depthwise 3×3 convolution, and a 1×1 convolution that narrows.
#[derive(Clone, Debug, PartialEq)]
pub struct Separable {
    /// What comes before the depthwise convolution, if anything. Of a network's first block, a 3×3 convolution of the picture with
    /// stride 2, its weights as a 1×1 convolution over patches.
    pub expand: Option<Pointwise>,
    /// The 3×3 convolution of each channel.
    pub depthwise: Depthwise,
    /// What follows it.
    pub project: Pointwise,
    /// Whether the input is added to the output.
    pub is_residual: bool,
}

/// Where a block's input comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// A map as it is.
    Map(&'a Map),
    /// `small` at twice its size (bilinear, zeros outside), then the channels of `skip`.
    Upsampled { small: &'a Map, skip: &'a Map },
    /// A picture `(3, 2H, 2W)`, row-major: the patches of a 3×3 convolution with stride 2, padded with zeros by a pixel.
    Picture { planar: &'a [f32], height: usize, width: usize },
}

impl Source<'_> {
    /// Rows and columns of what the depthwise convolution reads.
    const fn size(&self) -> (usize, usize) {
        match *self {
            Self::Map(map) => (map.height, map.width),
            Self::Upsampled { skip, .. } => (skip.height, skip.width),
            Self::Picture { height, width, .. } => (height / 2, width / 2),
        }
    }
}

impl Separable {
    /// Runs the block; `out` has the size of its output.
    pub(crate) fn run(&self, source: Source<'_>, out: &mut Map, scratch: &mut Scratch) {
        let (height, width) = source.size();
        let (blocks, stride) = (self.depthwise.blocks, self.depthwise.stride);
        let most = self.rows_of_a_strip(width, out);
        // The input's rows under a strip, with a pixel of zeros on either side.
        let row = width + 2;
        let plane = ((most - 1) * stride + 3) * row;
        scratch.wide.resize(blocks * plane, Block::default());
        scratch.narrow.resize(blocks * most * out.width, Block::default());
        for row in scratch.wide.chunks_exact_mut(row) {
            row[0] = Block::default();
            row[width + 1] = Block::default();
        }
        for top in (0..out.height).step_by(most) {
            let count = most.min(out.height - top);
            // The rows that the strip before has left in the buffer; above the first there is one of zeros.
            let (kept, above) = if top == 0 { (0, 1) } else { (3 - stride, 0) };
            let first = top * stride + kept + above - 1;
            let last = ((top + count - 1) * stride + 2).min(height);
            let fresh = Rows { count: last - first, width };
            let offset = kept + above;
            if let Source::Picture { planar, height, width } = source {
                patches(planar, (height, width), first..last, &mut scratch.patches);
            }
            for block in 0..blocks {
                let buffer = &mut scratch.wide[block * plane..][..plane];
                buffer.copy_within(most * stride * row..(most * stride + kept) * row, 0);
                buffer[..above * row].fill(Block::default());
                let filled = (offset + fresh.count) * row;
                buffer[filled..].fill(Block::default());
                let to = View { start: offset * row + 1, plane, row };
                match (source, &self.expand) {
                    (Source::Picture { .. }, Some(expand)) => {
                        let from = View { start: 0, plane: fresh.count * width, row: width };
                        let panel = expand.widened(block, &mut scratch.panel);
                        multiply(panel, (&scratch.patches, from), (buffer, to), None, fresh, scratch.tile);
                    }
                    (Source::Map(map), Some(expand)) => {
                        let panel = expand.widened(block, &mut scratch.panel);
                        multiply(panel, (&map.values, map.rows_from(first)), (buffer, to), None, fresh, scratch.tile);
                    }
                    _ => lay_out(source, block, first, fresh, &mut buffer[to.start..], row),
                }
                let rows = Rows { count, width: out.width };
                let narrow = View { start: block * most * out.width, plane: 0, row: out.width };
                let from = View { start: 0, plane, row };
                depthwise(&self.depthwise, block, (buffer, from), (&mut scratch.narrow, narrow), rows);
            }
            let pixels = Rows { count: 1, width: count * out.width };
            let from = View { start: 0, plane: most * out.width, row: pixels.width };
            for block in 0..self.project.outputs {
                let panel = self.project.widened(block, &mut scratch.panel);
                let at = |map: &Map| {
                    let view = map.rows_from(top);
                    View { start: view.start + block * view.plane, ..view }
                };
                let to = at(out);
                let added = match source {
                    Source::Map(map) if self.is_residual => Some((&map.values[..], at(map))),
                    _ => None,
                };
                multiply(panel, (&scratch.narrow, from), (&mut out.values, to), added, pixels, scratch.tile);
            }
        }
    }

    /// Rows of outputs whose buffers fit [`STRIP_BYTES`], at least one.
    fn rows_of_a_strip(&self, width: usize, out: &Map) -> usize {
        let stride = self.depthwise.stride;
        let bytes = |rows: usize| {
            let pixels = ((rows - 1) * stride + 3) * (width + 2) + rows * out.width;
            pixels * self.depthwise.blocks * size_of::<Block>()
        };
        (1..=out.height).rev().find(|&rows| bytes(rows) <= STRIP_BYTES).unwrap_or(1)
    }
}

/// Copies or upsamples rows of eight channels into a padded buffer.
fn lay_out(source: Source<'_>, block: usize, first: usize, rows: Rows, into: &mut [Block], row: usize) {
    for (y, into) in (first..first + rows.count).zip(into.chunks_mut(row)) {
        let into = &mut into[..rows.width];
        let line = |map: &Map, block: usize, y: usize| {
            let start = (block * map.height + y) * map.width;
            start..start + map.width
        };
        match source {
            Source::Map(map) => into.copy_from_slice(&map.values[line(map, block, y)]),
            Source::Upsampled { small, .. } if block < small.blocks => {
                let near = y / 2;
                // An even row lies above its nearest row's centre, an odd one below.
                let far = if y.is_multiple_of(2) { near.checked_sub(1) } else { Some(near + 1) };
                let far = far.filter(|&far| far < small.height).map(|far| &small.values[line(small, block, far)]);
                upsample_row(&small.values[line(small, block, near)], far, into);
            }
            Source::Upsampled { small, skip } => {
                into.copy_from_slice(&skip.values[line(skip, block - small.blocks, y)]);
            }
            // A picture's patches always go through the first convolution.
            Source::Picture { .. } => into.fill(Block::default()),
        }
    }
}

/// Blocks of a patch of the picture.
pub(crate) const PATCH_BLOCKS: usize = PATCH.div_ceil(LANES);

/// The patches under rows of outputs: `(3, 2H, 2W)` to `(4, rows, W, 8)`, of which the first 27 numbers are
/// channel · 9 + row · 3 + column, the others zero.
fn patches(planar: &[f32], (height, width): (usize, usize), rows: std::ops::Range<usize>, into: &mut Vec<Block>) {
    let (columns, count) = (width / 2, rows.len());
    into.clear();
    into.resize(PATCH_BLOCKS * count * columns, Block::default());
    for number in 0..PATCH {
        let (channel, down, right) = (number / 9, number % 9 / 3, number % 3);
        let plane = &planar[channel * height * width..][..height * width];
        for (at, y) in rows.clone().enumerate() {
            // Row −1 is outside and stays zero.
            let Some(y) = (2 * y + down).checked_sub(1).filter(|&y| y < height) else { continue };
            let line = &plane[y * width..][..width];
            let into = &mut into[(number / LANES * count + at) * columns..][..columns];
            let lane = number % LANES;
            // Column −1 is outside and stays zero.
            let (outside, first) = if right == 0 { (1, 1) } else { (0, right - 1) };
            for (block, value) in into[outside..].iter_mut().zip(line[first..].iter().step_by(2)) {
                block.0[lane] = *value;
            }
        }
    }
}
