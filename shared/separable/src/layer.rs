//! One separable layer, computed strip by strip. In: the rows of its input. Out: the rows of its output.

use crate::kernels::{Extent, depthwise, multiply, upsample_row};
use crate::map::{Block, Map, View};
use crate::patches::extract_patches;
use crate::scratch::Scratch;
use crate::weights::{Depthwise, Pointwise};

/// Upper bound of a strip's buffers. A strip is written and read again at once, so its buffers should fit the second-level cache.
const STRIP_BYTES: usize = 384 << 10;

/// A separable layer: a 1×1 convolution that widens, a depthwise 3×3 convolution, and a 1×1 convolution that narrows. MobileNetV2
/// (Sandler et al., 2018) calls it an inverted residual.
#[derive(Clone, Debug, PartialEq)]
pub struct Separable {
    /// The expansion, if the layer has one. In a network's first layer it is a 3×3 convolution of the picture with stride 2, stored
    /// as a 1×1 convolution over patches.
    pub expand: Option<Pointwise>,
    /// The 3×3 convolution of each channel.
    pub depthwise: Depthwise,
    /// The projection.
    pub project: Pointwise,
    /// Whether the input is added to the output.
    pub is_residual: bool,
}

/// What a layer reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LayerInput<'a> {
    /// A map as it is.
    Map(&'a Map),
    /// `small` at twice its size (bilinear, zeros outside), followed by the channels of `skip`.
    Upsampled { small: &'a Map, skip: &'a Map },
    /// A picture `(3, 2H, 2W)`, row-major, read as the patches of a 3×3 convolution with stride 2 and zero padding of one pixel.
    Picture { planar: &'a [f32], height: usize, width: usize },
}

/// The kind of a [`LayerInput`], known before there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// A map as it is.
    Map,
    /// A map at twice its size and the channels of another.
    Upsampled,
    /// The picture.
    Picture,
}

impl LayerInput<'_> {
    /// Rows and columns that the depthwise convolution reads.
    const fn size(&self) -> (usize, usize) {
        match *self {
            Self::Map(map) => (map.height, map.width),
            Self::Upsampled { skip, .. } => (skip.height, skip.width),
            Self::Picture { height, width, .. } => (height / 2, width / 2),
        }
    }
}

impl Separable {
    /// The shape `(blocks, height, width)` of the output for an input of this shape and kind.
    ///
    /// # Errors
    /// Says which parts do not fit together.
    pub(crate) fn output_shape(
        &self,
        [blocks, height, width]: [usize; 3],
        kind: InputKind,
    ) -> Result<[usize; 3], String> {
        let expect = |what: &str, expected: usize, received: usize| {
            if expected == received { Ok(()) } else { Err(format!("{what}: expected {expected}, got {received}")) }
        };
        let mut blocks_in = blocks;
        if let Some(expand) = &self.expand {
            expand.check()?;
            expect("blocks that the expansion takes", blocks, expand.inputs)?;
            blocks_in = expand.outputs;
            if kind == InputKind::Upsampled {
                return Err("an upsampled input is not expanded".to_owned());
            }
        } else if kind == InputKind::Picture {
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
            if kind != InputKind::Map {
                return Err("only a map is added to an output".to_owned());
            }
        }
        let stride = self.depthwise.stride;
        Ok([self.project.outputs, height / stride, width / stride])
    }

    /// Runs the layer. `out` must have the shape of its output.
    pub(crate) fn run(&self, input: LayerInput<'_>, out: &mut Map, scratch: &mut Scratch) {
        let (height, width) = input.size();
        let (blocks, stride) = (self.depthwise.blocks, self.depthwise.stride);
        let strip_rows = self.strip_rows(width, out);
        // The input rows under a strip, with one pixel of zeros on each side.
        let row = width + 2;
        let plane = ((strip_rows - 1) * stride + 3) * row;
        scratch.wide.resize(blocks * plane, Block::default());
        scratch.narrow.resize(blocks * strip_rows * out.width, Block::default());
        for row in scratch.wide.chunks_exact_mut(row) {
            row[0] = Block::default();
            row[width + 1] = Block::default();
        }
        for top in (0..out.height).step_by(strip_rows) {
            let count = strip_rows.min(out.height - top);
            // Rows that the previous strip left in the buffer. Above the first strip there is one row of zeros.
            let (kept, above) = if top == 0 { (0, 1) } else { (3 - stride, 0) };
            let first = top * stride + kept + above - 1;
            let last = ((top + count - 1) * stride + 2).min(height);
            let fresh = Extent { count: last - first, width };
            let offset = kept + above;
            if let LayerInput::Picture { planar, height, width } = input {
                extract_patches(planar, (height, width), first..last, &mut scratch.patches);
            }
            for block in 0..blocks {
                let buffer = &mut scratch.wide[block * plane..][..plane];
                buffer.copy_within(strip_rows * stride * row..(strip_rows * stride + kept) * row, 0);
                buffer[..above * row].fill(Block::default());
                let filled = (offset + fresh.count) * row;
                buffer[filled..].fill(Block::default());
                let to = View { start: offset * row + 1, plane, row };
                match (input, &self.expand) {
                    (LayerInput::Picture { .. }, Some(expand)) => {
                        let from = View { start: 0, plane: fresh.count * width, row: width };
                        let panel = expand.widened(block, &mut scratch.panel);
                        multiply(panel, (&scratch.patches, from), (buffer, to), None, fresh, scratch.tile);
                    }
                    (LayerInput::Map(map), Some(expand)) => {
                        let panel = expand.widened(block, &mut scratch.panel);
                        multiply(panel, (&map.values, map.rows_from(first)), (buffer, to), None, fresh, scratch.tile);
                    }
                    _ => copy_or_upsample(input, block, first, fresh, &mut buffer[to.start..], row),
                }
                let rows = Extent { count, width: out.width };
                let narrow = View { start: block * strip_rows * out.width, plane: 0, row: out.width };
                let from = View { start: 0, plane, row };
                depthwise(&self.depthwise, block, (buffer, from), (&mut scratch.narrow, narrow), rows);
            }
            let pixels = Extent { count: 1, width: count * out.width };
            let from = View { start: 0, plane: strip_rows * out.width, row: pixels.width };
            for block in 0..self.project.outputs {
                let panel = self.project.widened(block, &mut scratch.panel);
                let at = |map: &Map| {
                    let view = map.rows_from(top);
                    View { start: view.start + block * view.plane, ..view }
                };
                let to = at(out);
                let added = match input {
                    LayerInput::Map(map) if self.is_residual => Some((&map.values[..], at(map))),
                    _ => None,
                };
                multiply(panel, (&scratch.narrow, from), (&mut out.values, to), added, pixels, scratch.tile);
            }
        }
    }

    /// Output rows of a strip: as many as fit [`STRIP_BYTES`], at least one.
    fn strip_rows(&self, width: usize, out: &Map) -> usize {
        let stride = self.depthwise.stride;
        let bytes = |rows: usize| {
            let pixels = ((rows - 1) * stride + 3) * (width + 2) + rows * out.width;
            pixels * self.depthwise.blocks * size_of::<Block>()
        };
        (1..=out.height).rev().find(|&rows| bytes(rows) <= STRIP_BYTES).unwrap_or(1)
    }
}

/// Copies or upsamples rows of eight channels into a padded buffer.
fn copy_or_upsample(input: LayerInput<'_>, block: usize, first: usize, rows: Extent, into: &mut [Block], row: usize) {
    for (y, into) in (first..first + rows.count).zip(into.chunks_mut(row)) {
        let into = &mut into[..rows.width];
        let line = |map: &Map, block: usize, y: usize| {
            let start = (block * map.height + y) * map.width;
            start..start + map.width
        };
        match input {
            LayerInput::Map(map) => into.copy_from_slice(&map.values[line(map, block, y)]),
            LayerInput::Upsampled { small, .. } if block < small.blocks => {
                let near = y / 2;
                // An even row is above the centre of its nearest row, an odd row below it.
                let far = if y.is_multiple_of(2) { near.checked_sub(1) } else { Some(near + 1) };
                let far = far.filter(|&far| far < small.height).map(|far| &small.values[line(small, block, far)]);
                upsample_row(&small.values[line(small, block, near)], far, into);
            }
            LayerInput::Upsampled { small, skip } => {
                into.copy_from_slice(&skip.values[line(skip, block - small.blocks, y)]);
            }
            // `Separable::output_shape` refuses a picture without a first convolution.
            LayerInput::Picture { .. } => into.fill(Block::default()),
        }
    }
}
