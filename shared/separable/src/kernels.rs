//! The inner loops. Each function of the crate's interface checks the lengths of its buffers once and then runs without bounds checks.

use crate::lanes::Lanes;
use crate::map::{Block, LANES, View};
use crate::weights::{Clamp, Depthwise, Pointwise, TAPS};

/// Largest tile of [`multiply`], in pixels.
pub(crate) const MAX_TILE: usize = 8;

/// The pixels that one call computes or reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Extent of pixels.
    pub(crate) count: usize,
    /// Pixels in a row.
    pub(crate) width: usize,
}

/// Eight outputs of a convolution: float32 weights, and scale, bias and activation of the sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel<'a> {
    /// One block of eight weights for each input channel.
    weights: &'a [Block],
    scale: Block,
    bias: Block,
    clamp: Clamp,
}

/// Eight lanes: two vectors.
type Pair = [Lanes; 2];

fn pair(block: &Block) -> Pair {
    let at = block.0.as_ptr();
    // SAFETY: a block is eight numbers.
    unsafe { [Lanes::load(at), Lanes::load(at.add(4))] }
}

fn splat(value: f32) -> Pair {
    [Lanes::splat(value); 2]
}

/// # Safety
/// `at` points at a readable block.
#[inline(always)]
unsafe fn load(at: *const Block) -> Pair {
    // SAFETY: the caller's promise.
    unsafe { [Lanes::load(at.cast()), Lanes::load(at.cast::<f32>().add(4))] }
}

/// # Safety
/// `at` points at a writable block.
#[inline(always)]
unsafe fn store(value: Pair, at: *mut Block) {
    // SAFETY: the caller's promise.
    unsafe {
        value[0].store(at.cast());
        value[1].store(at.cast::<f32>().add(4));
    }
}

/// Converts int8 weights to float32, eight for each block of `into`.
pub(crate) fn widen(weights: &[i8], into: &mut [Block]) {
    assert_eq!(weights.len(), into.len() * LANES, "eight weights a block");
    for (weights, block) in weights.chunks_exact(LANES).zip(into) {
        // SAFETY: a chunk is eight weights, a block eight numbers.
        unsafe { store(Lanes::load_i8(weights.as_ptr()), block) };
    }
}

impl Pointwise {
    /// The panel of outputs `8 · output..8 · output + 8`. Its float32 weights are written to `scratch`.
    pub(crate) fn widened<'a>(&self, output: usize, scratch: &'a mut Vec<Block>) -> Panel<'a> {
        scratch.resize(self.inputs * LANES, Block::default());
        widen(self.panel(output), scratch);
        Panel { weights: scratch, scale: self.scale[output], bias: self.bias[output], clamp: self.clamp }
    }
}

/// The end of the view's last pixel, in blocks.
const fn end(view: View, planes: usize, rows: Extent) -> usize {
    view.start + (planes - 1) * view.plane + (rows.count - 1) * view.row + rows.width
}

/// Computes eight outputs of a 1×1 convolution for `rows` of pixels.
///
/// Reads `source`, which has as many channel blocks as the panel has inputs, and writes `into`. `added` is a residual at the same
/// pixels, added before the activation. `tile` is the number of pixels computed at once, at most [`MAX_TILE`]; the best number
/// depends on the processor's registers.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn multiply(
    panel: Panel<'_>,
    (source, from): (&[Block], View),
    (into, to): (&mut [Block], View),
    added: Option<(&[Block], View)>,
    rows: Extent,
    tile: usize,
) {
    let inputs = panel.weights.len() / LANES;
    if inputs == 0 || rows.count == 0 || rows.width == 0 {
        return;
    }
    assert!(end(from, inputs, rows) <= source.len(), "the source ends before its view");
    assert!(end(to, 1, rows) <= into.len(), "the target ends before its view");
    if let Some((added, at)) = added {
        assert!(end(at, 1, rows) <= added.len(), "the residual ends before its view");
    }
    for row in 0..rows.count {
        let mut x = 0;
        while x < rows.width {
            let pixels = tile.clamp(1, MAX_TILE).min(rows.width - x);
            // SAFETY: the views were checked to hold `rows`; a tile stays within its row.
            unsafe {
                let source = source.as_ptr().add(from.start + row * from.row + x);
                let into = into.as_mut_ptr().add(to.start + row * to.row + x);
                let added = added.map(|(added, at)| added.as_ptr().add(at.start + row * at.row + x));
                let run = match pixels {
                    1 => multiply_tile::<1>,
                    2 => multiply_tile::<2>,
                    3 => multiply_tile::<3>,
                    4 => multiply_tile::<4>,
                    5 => multiply_tile::<5>,
                    6 => multiply_tile::<6>,
                    7 => multiply_tile::<7>,
                    _ => multiply_tile::<8>,
                };
                run(panel, inputs, source, from.plane, into, added);
            }
            x += pixels;
        }
    }
}

/// # Safety
/// `PIXELS` blocks are readable at `source` and at each of the following `inputs − 1` multiples of `plane`, writable at `into`, and
/// readable at `added`.
#[inline(always)]
unsafe fn multiply_tile<const PIXELS: usize>(
    panel: Panel<'_>,
    inputs: usize,
    source: *const Block,
    plane: usize,
    into: *mut Block,
    added: Option<*const Block>,
) {
    let mut sums = [splat(0.0); PIXELS];
    let mut weights = panel.weights.as_ptr();
    let mut source = source;
    for _ in 0..inputs {
        for lane in 0..LANES {
            // SAFETY: the panel has eight blocks of weights for each block of inputs; the source is the caller's promise.
            unsafe {
                let weight = load(weights.add(lane));
                for (pixel, sum) in sums.iter_mut().enumerate() {
                    let value = Lanes::load_splat(source.add(pixel).cast::<f32>().add(lane));
                    sum[0] = value.mul_add(weight[0], sum[0]);
                    sum[1] = value.mul_add(weight[1], sum[1]);
                }
            }
        }
        // After the last input these point one step too far; they are not read then.
        weights = weights.wrapping_add(LANES);
        source = source.wrapping_add(plane);
    }
    let (scale, bias) = (pair(&panel.scale), pair(&panel.bias));
    let (low, high) = (Lanes::splat(panel.clamp.low), Lanes::splat(panel.clamp.high));
    for (pixel, sum) in sums.into_iter().enumerate() {
        let mut out = [0, 1].map(|half| sum[half].mul_add(scale[half], bias[half]));
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(added) = added {
                let added = load(added.add(pixel));
                out = [out[0].plus(added[0]), out[1].plus(added[1])];
            }
            store(out.map(|half| half.clamp(low, high)), into.add(pixel));
        }
    }
}

/// Computes `rows` of outputs of a depthwise convolution of eight channels.
///
/// `source` is padded: its view's first pixel is the first tap of the first output, one pixel above and left of the picture.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn depthwise(
    weights: &Depthwise,
    block: usize,
    (source, from): (&[Block], View),
    (into, to): (&mut [Block], View),
    rows: Extent,
) {
    if rows.count == 0 || rows.width == 0 {
        return;
    }
    let stride = weights.stride;
    let needed = Extent { count: (rows.count - 1) * stride + 3, width: (rows.width - 1) * stride + 3 };
    assert!(end(from, 1, needed) <= source.len(), "the source ends before its view");
    assert!(end(to, 1, rows) <= into.len(), "the target ends before its view");
    let mut taps = [Block::default(); TAPS];
    widen(weights.taps(block), &mut taps);
    for lane in [0, LANES / 2] {
        // SAFETY: the views were checked; half a block starts at its first or fifth number.
        unsafe {
            let source = source.as_ptr().add(from.start).cast::<f32>().add(lane);
            let into = into.as_mut_ptr().add(to.start).cast::<f32>().add(lane);
            let four = |block: &Block| Lanes::load(block.0.as_ptr().add(lane));
            let scale = four(&weights.scale[block]);
            let half = Half {
                taps: std::array::from_fn(|tap| four(&taps[tap]).times(scale)),
                bias: four(&weights.bias[block]),
                clamp: [weights.clamp.low, weights.clamp.high].map(Lanes::splat),
            };
            for row in 0..rows.count {
                let source = [0, 1, 2].map(|tap| source.add((row * stride + tap) * from.row * LANES));
                let into = into.add(row * to.row * LANES);
                if stride == 1 {
                    half.run::<1>(source, into, rows.width);
                } else {
                    half.run::<2>(source, into, rows.width);
                }
            }
        }
    }
}

/// A depthwise convolution of four channels.
struct Half {
    taps: [Lanes; TAPS],
    bias: Lanes,
    clamp: [Lanes; 2],
}

impl Half {
    /// Computes one row of `width` outputs from three rows.
    ///
    /// # Safety
    /// From each pointer of `rows`, four numbers of each of `STRIDE · (width − 1) + 3` blocks are readable. From `into`, four numbers
    /// of each of `width` blocks are writable.
    #[inline(always)]
    unsafe fn run<const STRIDE: usize>(&self, rows: [*const f32; 3], into: *mut f32, width: usize) {
        let mut x = 0;
        while x + 4 <= width {
            // SAFETY: four outputs' taps lie within the rows.
            unsafe { self.outputs::<STRIDE, 4>(rows.map(|row| row.add(x * STRIDE * LANES)), into.add(x * LANES)) };
            x += 4;
        }
        while x < width {
            // SAFETY: one output's taps lie within the rows.
            unsafe { self.outputs::<STRIDE, 1>(rows.map(|row| row.add(x * STRIDE * LANES)), into.add(x * LANES)) };
            x += 1;
        }
    }

    /// Computes `COUNT` outputs.
    ///
    /// # Safety
    /// As for [`Self::run`], with a width of `COUNT`.
    #[inline(always)]
    unsafe fn outputs<const STRIDE: usize, const COUNT: usize>(&self, rows: [*const f32; 3], into: *mut f32) {
        let mut sums = [self.bias; COUNT];
        for (row, taps) in rows.into_iter().zip(self.taps.chunks_exact(3)) {
            for (pixel, sum) in sums.iter_mut().enumerate() {
                for (tap, &weight) in taps.iter().enumerate() {
                    // SAFETY: the caller's promise.
                    *sum = unsafe { Lanes::load(row.add((pixel * STRIDE + tap) * LANES)) }.mul_add(weight, *sum);
                }
            }
        }
        for (pixel, sum) in sums.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { sum.clamp(self.clamp[0], self.clamp[1]).store(into.add(pixel * LANES)) };
        }
    }
}

/// Doubles a row bilinearly: `near · ¾ + far · ¼`, then the same along the row. Pixels outside the picture count as zero, as in a
/// transposed convolution. `far` is `None` if that row is outside.
///
/// # Panics
/// When `into` is not twice as long as `near`, or `far` and `near` differ in length.
pub(crate) fn upsample_row(near: &[Block], far: Option<&[Block]>, into: &mut [Block]) {
    assert_eq!(into.len(), near.len() * 2, "two outputs a pixel");
    assert!(far.is_none_or(|far| far.len() == near.len()), "rows of one length");
    let (much, little) = (Lanes::splat(0.75), Lanes::splat(0.25));
    let blend = |x: usize| -> Pair {
        // SAFETY: `x` is below both rows' length.
        unsafe {
            let near = load(near.as_ptr().add(x)).map(|half| half.times(much));
            match far {
                Some(far) => {
                    let far = load(far.as_ptr().add(x));
                    [far[0].mul_add(little, near[0]), far[1].mul_add(little, near[1])]
                }
                None => near,
            }
        }
    };
    let mut before = splat(0.0);
    let mut here = if near.is_empty() { return } else { blend(0) };
    for x in 0..near.len() {
        let after = if x + 1 < near.len() { blend(x + 1) } else { splat(0.0) };
        let mixed = |other: Pair| [0, 1].map(|half| other[half].mul_add(little, here[half].times(much)));
        // SAFETY: `into` has two blocks for each `x`.
        unsafe {
            store(mixed(before), into.as_mut_ptr().add(2 * x));
            store(mixed(after), into.as_mut_ptr().add(2 * x + 1));
        }
        (before, here) = (here, after);
    }
}
