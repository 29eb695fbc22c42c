//! What a loop needs of a vector of float32 numbers.

use crate::map::LANES;

/// Blocks of eight float32 numbers in registers.
///
/// # Safety
/// The functions may use instructions of their level: they must be inlined into a function for which these are enabled, and that runs
/// only where the processor has them.
pub(super) trait Vector: Copy {
    /// Blocks of eight numbers.
    const BLOCKS: usize;

    /// Largest number of pixels for one, two and three vectors of outputs, so that all sums stay in registers.
    const PIXELS: [usize; 3];

    /// Outputs of a depthwise convolution whose sums stay in registers beside a row of taps: four or eight.
    const DEPTHWISE: usize;

    /// Numbers that [`Self::accumulate`] fetches ahead for each block of inputs.
    const AHEAD: usize = 0;

    /// All numbers are `value`.
    unsafe fn splat(value: f32) -> Self;

    /// Consecutive numbers, with any alignment.
    unsafe fn load(at: *const f32) -> Self;

    /// One block at `at`, the next `plane` numbers further.
    unsafe fn load_planes(at: *const f32, plane: usize) -> Self;

    /// Writes as [`Self::load_planes`] reads.
    unsafe fn store_planes(self, at: *mut f32, plane: usize);

    /// `self · factor + sum`.
    unsafe fn mul_add(self, factor: Self, sum: Self) -> Self;

    /// The sum.
    unsafe fn plus(self, other: Self) -> Self;

    /// `min(max(self, low), high)`; the bounds are not NaN.
    unsafe fn clamp(self, low: Self, high: Self) -> Self;

    /// Adds the products of a tile: for each block of inputs, eight weights of each output and eight values of each pixel. Blocks of a
    /// pixel's values are `plane` numbers apart, pixels eight numbers. From `ahead` on are numbers that are needed soon; they need not exist.
    #[inline(always)]
    unsafe fn accumulate<const VECTORS: usize, const PIXELS: usize>(
        sums: &mut [[Self; VECTORS]; PIXELS],
        weights: *const f32,
        source: *const f32,
        plane: usize,
        inputs: usize,
        _ahead: *const f32,
    ) {
        // SAFETY: the caller's promise.
        unsafe { accumulate_by_compiler(sums, weights, source, plane, inputs) }
    }
}

/// [`Vector::accumulate`] as the compiler arranges it.
///
/// # Safety
/// As [`Vector::accumulate`].
#[inline(always)]
pub(super) unsafe fn accumulate_by_compiler<V: Vector, const VECTORS: usize, const PIXELS: usize>(
    sums: &mut [[V; VECTORS]; PIXELS],
    mut weights: *const f32,
    mut source: *const f32,
    plane: usize,
    inputs: usize,
) {
    let across = V::BLOCKS * LANES;
    for _ in 0..inputs {
        for lane in 0..LANES {
            // SAFETY: the caller's promise.
            unsafe {
                let mut weight = [V::splat(0.0); VECTORS];
                for (vector, weight) in weight.iter_mut().enumerate() {
                    *weight = V::load(weights.add((lane * VECTORS + vector) * across));
                }
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    let value = V::splat(*source.add(pixel * LANES + lane));
                    for (sum, weight) in sums.iter_mut().zip(&weight) {
                        *sum = value.mul_add(*weight, *sum);
                    }
                }
            }
        }
        // After the last input these point one step too far; they are not read then.
        weights = weights.wrapping_add(LANES * VECTORS * across);
        source = source.wrapping_add(plane);
    }
}
