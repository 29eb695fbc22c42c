//! Matrix products: 1×1 convolutions, and convolutions whose inputs are found by a table.

use super::{Extent, Level, Panels, Vector, end};
use crate::map::{Block, LANES, View};
use crate::weights::Clamp;

/// Blocks of inputs whose weights are used for all pixels before the next: as many as fit the first-level cache with three blocks of
/// outputs (24 kB).
const CHUNK: usize = 32;

/// A 1×1 convolution of some rows of pixels, for the outputs of one panel.
pub(crate) struct Product<'a> {
    pub(crate) panels: &'a Panels,
    pub(crate) panel: usize,
    /// Channel blocks of the input and where they are.
    pub(crate) source: (&'a [Block], View),
    /// Added before the activation, at the panel's first block of outputs.
    pub(crate) added: Option<(&'a [Block], View)>,
    /// Pixels.
    pub(crate) rows: Extent,
}

/// The same through pointers, for one panel. All distances are in numbers, not in blocks.
///
/// # Safety
/// Whoever runs it promises that `weights` and `bias` are the panel's, and that source, target and `added` hold what their views say.
pub(super) struct ProductJob {
    /// Blocks of inputs.
    inputs: usize,
    /// Blocks of outputs.
    outputs: usize,
    weights: *const f32,
    bias: *const f32,
    clamp: Clamp,
    source: Place<*const f32>,
    into: Place<*mut f32>,
    added: Option<Place<*const f32>>,
    rows: Extent,
}

/// Where rows of pixels are.
#[derive(Clone, Copy)]
struct Place<P> {
    at: P,
    plane: usize,
    row: usize,
}

/// Computes a panel's outputs. `to` is where its first block of outputs goes.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn multiply(level: Level, product: &Product<'_>, (into, to): (&mut [Block], View)) {
    let Product { panels, panel, source: (source, from), added, rows } = *product;
    let (inputs, (_, outputs)) = (panels.inputs / LANES, panels.panels[panel]);
    if rows.count == 0 || rows.width == 0 || inputs == 0 {
        return;
    }
    assert!(panels.inputs.is_multiple_of(LANES), "whole blocks of inputs");
    assert!(end(from, inputs, rows) <= source.len(), "the source ends before its view");
    assert!(end(to, outputs, rows) <= into.len(), "the target ends before its view");
    if let Some((added, at)) = added {
        assert!(end(at, outputs, rows) <= added.len(), "the residual ends before its view");
    }
    let (weights, bias) = panels.panel(panel);
    let place = |buffer: &[Block], view: View| Place {
        at: buffer[view.start..].as_ptr().cast::<f32>(),
        plane: view.plane * LANES,
        row: view.row * LANES,
    };
    let job = ProductJob {
        inputs,
        outputs,
        weights: weights.as_ptr().cast(),
        bias: bias.as_ptr().cast(),
        clamp: panels.clamp,
        source: place(source, from),
        into: Place { at: into[to.start..].as_mut_ptr().cast(), plane: to.plane * LANES, row: to.row * LANES },
        added: added.map(|(added, at)| place(added, at)),
        rows,
    };
    // SAFETY: the views were checked, and `Level` has only what the processor has.
    unsafe {
        match level {
            Level::Plain => super::plain::multiply(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if outputs.is_multiple_of(2) => super::avx512::multiply(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => super::avx2::multiply(&job),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::multiply(&job),
        }
    }
}

/// # Safety
/// See [`ProductJob`] and [`Vector`].
#[inline(always)]
pub(super) unsafe fn multiply_rows<V: Vector>(job: &ProductJob) {
    // SAFETY: the caller's promise.
    unsafe {
        match job.outputs / V::BLOCKS {
            1 => multiply_chunks::<V, 1>(job),
            2 => multiply_chunks::<V, 2>(job),
            _ => multiply_chunks::<V, 3>(job),
        }
    }
}

/// # Safety
/// See [`ProductJob`] and [`Vector`]. The panel has `VECTORS` vectors of outputs.
#[inline(always)]
unsafe fn multiply_chunks<V: Vector, const VECTORS: usize>(job: &ProductJob) {
    let mut first = 0;
    while first < job.inputs {
        let count = if job.inputs - first <= CHUNK + CHUNK / 2 { job.inputs - first } else { CHUNK };
        let (is_first, is_last) = (first == 0, first + count == job.inputs);
        for row in 0..job.rows.count {
            let mut x = 0;
            while x < job.rows.width {
                let left = job.rows.width - x;
                // SAFETY: the tile lies within the row, the chunk within the inputs.
                unsafe {
                    let tile = Tile {
                        inputs: count,
                        weights: job.weights.add(first * LANES * VECTORS * V::BLOCKS * LANES),
                        bias: is_first.then_some(job.bias),
                        clamp: is_last.then_some(job.clamp),
                        source: job.source.at.add(first * job.source.plane + row * job.source.row + x * LANES),
                        source_plane: job.source.plane,
                        into: job.into.at.add(row * job.into.row + x * LANES),
                        into_plane: job.into.plane,
                        added: match job.added {
                            Some(added) if is_last => Some((added.at.add(row * added.row + x * LANES), added.plane)),
                            _ => None,
                        },
                    };
                    let most = V::PIXELS[VECTORS - 1];
                    x += match left {
                        _ if most >= 12 && left >= 12 => multiply_tile::<V, VECTORS, 12>(&tile),
                        _ if most >= 8 && left >= 8 => multiply_tile::<V, VECTORS, 8>(&tile),
                        _ if most >= 6 && left >= 6 => multiply_tile::<V, VECTORS, 6>(&tile),
                        _ if most >= 4 && left >= 4 => multiply_tile::<V, VECTORS, 4>(&tile),
                        _ if most >= 2 && left >= 2 => multiply_tile::<V, VECTORS, 2>(&tile),
                        _ => multiply_tile::<V, VECTORS, 1>(&tile),
                    };
                }
            }
        }
        first += count;
    }
}

/// Some pixels of a product, for a chunk of its inputs.
struct Tile {
    inputs: usize,
    weights: *const f32,
    /// What the sums start with; without one, they go on from what the target holds.
    bias: Option<*const f32>,
    clamp: Option<Clamp>,
    source: *const f32,
    source_plane: usize,
    into: *mut f32,
    into_plane: usize,
    added: Option<(*const f32, usize)>,
}

/// Returns `PIXELS`.
///
/// # Safety
/// See [`ProductJob`] and [`Vector`].
#[inline(always)]
unsafe fn multiply_tile<V: Vector, const VECTORS: usize, const PIXELS: usize>(tile: &Tile) -> usize {
    let across = V::BLOCKS * LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); VECTORS]; PIXELS];
        match tile.bias {
            Some(bias) => {
                for vector in 0..VECTORS {
                    let bias = V::load(bias.add(vector * across));
                    for sums in &mut sums {
                        sums[vector] = bias;
                    }
                }
            }
            None => {
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        let at = tile.into.add(pixel * LANES + vector * V::BLOCKS * tile.into_plane);
                        *sum = V::load_planes(at, tile.into_plane);
                    }
                }
            }
        }
        V::accumulate(&mut sums, tile.weights, tile.source, tile.source_plane, tile.inputs);
        if let Some((added, plane)) = tile.added {
            for (pixel, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    let at = added.add(pixel * LANES + vector * V::BLOCKS * plane);
                    *sum = sum.plus(V::load_planes(at, plane));
                }
            }
        }
        if let Some(clamp) = tile.clamp {
            let (low, high) = (V::splat(clamp.low), V::splat(clamp.high));
            for sum in sums.iter_mut().flatten() {
                *sum = sum.clamp(low, high);
            }
        }
        for (pixel, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                let at = tile.into.add(pixel * LANES + vector * V::BLOCKS * tile.into_plane);
                sum.store_planes(at, tile.into_plane);
            }
        }
    }
    PIXELS
}

/// A product whose inputs are found by a table: out[pixel] = Σₖ weight[k] · source[offset[k] + pixel · stride].
pub(crate) struct Gather<'a> {
    pub(crate) panels: &'a Panels,
    pub(crate) panel: usize,
    pub(crate) source: &'a [f32],
    /// One for each input.
    pub(crate) offsets: &'a [usize],
    /// Numbers from the first pixel of a row to that of the next.
    pub(crate) row: usize,
    /// Numbers from a pixel to the next.
    pub(crate) stride: usize,
    pub(crate) rows: Extent,
}

/// # Safety
/// As [`ProductJob`].
pub(super) struct GatherJob {
    outputs: usize,
    weights: *const f32,
    bias: *const f32,
    clamp: Clamp,
    offsets: *const usize,
    inputs: usize,
    source: *const f32,
    row: usize,
    stride: usize,
    into: Place<*mut f32>,
    rows: Extent,
}

/// Computes a panel's outputs. `to` is where its first block of outputs goes.
///
/// # Panics
/// When a view exceeds its buffer.
pub(crate) fn gather(level: Level, work: &Gather<'_>, (into, to): (&mut [Block], View)) {
    let Gather { panels, panel, source, offsets, row, stride, rows } = *work;
    let (_, outputs) = panels.panels[panel];
    if rows.count == 0 || rows.width == 0 {
        return;
    }
    assert_eq!(offsets.len(), panels.inputs, "a place for each input");
    let furthest = offsets.iter().max().copied().unwrap_or_default();
    let last = furthest + (rows.count - 1) * row + (rows.width - 1) * stride;
    assert!(last < source.len(), "the source ends before its last number");
    assert!(end(to, outputs, rows) <= into.len(), "the target ends before its view");
    let (weights, bias) = panels.panel(panel);
    let job = GatherJob {
        outputs,
        weights: weights.as_ptr().cast(),
        bias: bias.as_ptr().cast(),
        clamp: panels.clamp,
        offsets: offsets.as_ptr(),
        inputs: offsets.len(),
        source: source.as_ptr(),
        row,
        stride,
        into: Place { at: into[to.start..].as_mut_ptr().cast(), plane: to.plane * LANES, row: to.row * LANES },
        rows,
    };
    // SAFETY: the bounds were checked, and `Level` has only what the processor has.
    unsafe {
        match level {
            Level::Plain => super::plain::gather(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if outputs.is_multiple_of(2) => super::avx512::gather(&job),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 => super::avx2::gather(&job),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::gather(&job),
        }
    }
}

/// # Safety
/// See [`GatherJob`] and [`Vector`].
#[inline(always)]
pub(super) unsafe fn gather_rows<V: Vector>(job: &GatherJob) {
    for row in 0..job.rows.count {
        let mut x = 0;
        while x < job.rows.width {
            let left = job.rows.width - x;
            // SAFETY: the tile lies within the row.
            unsafe {
                let source = job.source.add(row * job.row + x * job.stride);
                let into = job.into.at.add(row * job.into.row + x * LANES);
                x += match job.outputs / V::BLOCKS {
                    1 if left >= 4 => gather_tile::<V, 1, 4>(job, source, into),
                    1 => gather_tile::<V, 1, 1>(job, source, into),
                    2 if left >= 4 => gather_tile::<V, 2, 4>(job, source, into),
                    2 => gather_tile::<V, 2, 1>(job, source, into),
                    _ if left >= 4 => gather_tile::<V, 3, 4>(job, source, into),
                    _ => gather_tile::<V, 3, 1>(job, source, into),
                };
            }
        }
    }
}

/// Returns `PIXELS`.
///
/// # Safety
/// See [`GatherJob`] and [`Vector`].
#[inline(always)]
unsafe fn gather_tile<V: Vector, const VECTORS: usize, const PIXELS: usize>(
    job: &GatherJob,
    source: *const f32,
    into: *mut f32,
) -> usize {
    let across = V::BLOCKS * LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); VECTORS]; PIXELS];
        for vector in 0..VECTORS {
            let bias = V::load(job.bias.add(vector * across));
            for sums in &mut sums {
                sums[vector] = bias;
            }
        }
        let mut weights = job.weights;
        for input in 0..job.inputs {
            let source = source.add(*job.offsets.add(input));
            let mut weight = [V::splat(0.0); VECTORS];
            for (vector, weight) in weight.iter_mut().enumerate() {
                *weight = V::load(weights.add(vector * across));
            }
            for (pixel, sums) in sums.iter_mut().enumerate() {
                let value = V::splat(*source.add(pixel * job.stride));
                for (sum, weight) in sums.iter_mut().zip(&weight) {
                    *sum = value.mul_add(*weight, *sum);
                }
            }
            weights = weights.add(VECTORS * across);
        }
        let (low, high) = (V::splat(job.clamp.low), V::splat(job.clamp.high));
        for (pixel, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                let at = into.add(pixel * LANES + vector * V::BLOCKS * job.into.plane);
                sum.clamp(low, high).store_planes(at, job.into.plane);
            }
        }
    }
    PIXELS
}
