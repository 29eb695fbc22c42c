//! The loops of matrix products over a [`Vector`].

use super::{Extent, Vector};
use crate::map::LANES;
use crate::weights::Clamp;

/// Blocks of inputs whose weights are used for all pixels before the next: as many as fit the first-level cache with three blocks of
/// outputs (24 kB).
const CHUNK: usize = 32;

/// The same through pointers, for one panel. All distances are in numbers, not in blocks.
///
/// # Safety
/// Whoever runs it promises that `weights` and `bias` are the panel's, and that source, target and `added` hold what their views say.
pub(super) struct ProductJob {
    /// Blocks of inputs.
    pub(super) inputs: usize,
    /// Blocks of outputs.
    pub(super) outputs: usize,
    pub(super) weights: *const f32,
    pub(super) bias: *const f32,
    pub(super) clamp: Clamp,
    pub(super) source: Place<*const f32>,
    pub(super) into: Place<*mut f32>,
    pub(super) added: Option<Place<*const f32>>,
    pub(super) rows: Extent,
}

/// Where rows of pixels are.
#[derive(Clone, Copy)]
pub(super) struct Place<P> {
    pub(super) at: P,
    pub(super) plane: usize,
    pub(super) row: usize,
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
        let across = LANES * VECTORS * V::BLOCKS * LANES;
        // SAFETY: the chunk lies within the panel.
        let weights = unsafe { job.weights.add(first * across) };
        // The next chunk's weights, or the next panel's: the first tiles fetch them while they compute.
        let next = weights.wrapping_add(count * across);
        let mut fetched = 0;
        for row in 0..job.rows.count {
            let mut x = 0;
            while x < job.rows.width {
                let left = job.rows.width - x;
                // SAFETY: the tile lies within the row, the chunk within the inputs.
                unsafe {
                    let tile = Tile {
                        inputs: count,
                        weights,
                        ahead: if fetched < count * across { next.wrapping_add(fetched) } else { weights },
                        bias: job.bias,
                        clamp: (is_last && job.clamp != Clamp::NONE).then_some(job.clamp),
                        source: job.source.at.add(first * job.source.plane + row * job.source.row + x * LANES),
                        source_plane: job.source.plane,
                        into: job.into.at.add(row * job.into.row + x * LANES),
                        into_plane: job.into.plane,
                        added: match job.added {
                            Some(added) if is_last => Some((added.at.add(row * added.row + x * LANES), added.plane)),
                            _ => None,
                        },
                    };
                    fetched += count * V::AHEAD;
                    x += if is_first {
                        multiply_left::<V, VECTORS, true>(&tile, left)
                    } else {
                        multiply_left::<V, VECTORS, false>(&tile, left)
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
    /// What is needed next, see [`Vector::accumulate`].
    ahead: *const f32,
    /// What the sums of a first chunk start with; the others go on from what the target holds.
    bias: *const f32,
    clamp: Option<Clamp>,
    source: *const f32,
    source_plane: usize,
    into: *mut f32,
    into_plane: usize,
    added: Option<(*const f32, usize)>,
}

/// Computes as many of the `left` pixels as the largest tile has that fits; returns their number.
///
/// # Safety
/// See [`ProductJob`] and [`Vector`].
#[inline(always)]
unsafe fn multiply_left<V: Vector, const VECTORS: usize, const IS_FIRST: bool>(tile: &Tile, left: usize) -> usize {
    let most = V::PIXELS[VECTORS - 1];
    // SAFETY: the caller's promise.
    unsafe {
        match left {
            _ if most >= 12 && left >= 12 => multiply_tile::<V, VECTORS, 12, IS_FIRST>(tile),
            _ if most >= 8 && left >= 8 => multiply_tile::<V, VECTORS, 8, IS_FIRST>(tile),
            _ if most >= 6 && left >= 6 => multiply_tile::<V, VECTORS, 6, IS_FIRST>(tile),
            _ if most >= 4 && left >= 4 => multiply_tile::<V, VECTORS, 4, IS_FIRST>(tile),
            _ if most >= 2 && left >= 2 => multiply_tile::<V, VECTORS, 2, IS_FIRST>(tile),
            _ => multiply_tile::<V, VECTORS, 1, IS_FIRST>(tile),
        }
    }
}

/// Returns `PIXELS`.
///
/// # Safety
/// See [`ProductJob`] and [`Vector`].
#[inline(always)]
unsafe fn multiply_tile<V: Vector, const VECTORS: usize, const PIXELS: usize, const IS_FIRST: bool>(
    tile: &Tile,
) -> usize {
    let across = V::BLOCKS * LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); VECTORS]; PIXELS];
        if IS_FIRST {
            for vector in 0..VECTORS {
                let bias = V::load(tile.bias.add(vector * across));
                for sums in &mut sums {
                    sums[vector] = bias;
                }
            }
        } else {
            for (pixel, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    let at = tile.into.add(pixel * LANES + vector * V::BLOCKS * tile.into_plane);
                    *sum = V::load_planes(at, tile.into_plane);
                }
            }
        }
        V::accumulate(&mut sums, tile.weights, tile.source, tile.source_plane, tile.inputs, tile.ahead);
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

/// # Safety
/// As [`ProductJob`].
pub(super) struct GatherJob {
    pub(super) outputs: usize,
    pub(super) weights: *const f32,
    pub(super) bias: *const f32,
    pub(super) clamp: Clamp,
    pub(super) offsets: *const usize,
    pub(super) inputs: usize,
    pub(super) source: *const f32,
    pub(super) row: usize,
    pub(super) stride: usize,
    pub(super) into: Place<*mut f32>,
    pub(super) rows: Extent,
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
                    1 if V::PIXELS[0] >= 12 && left >= 12 => gather_tile::<V, 1, 12>(job, source, into),
                    1 if left >= 4 => gather_tile::<V, 1, 4>(job, source, into),
                    1 => gather_tile::<V, 1, 1>(job, source, into),
                    // Two units with a latency of four or five need ten sums that do not wait for each other.
                    2 if V::PIXELS[1] >= 6 && left >= 6 => gather_tile::<V, 2, 6>(job, source, into),
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
