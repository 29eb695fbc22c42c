//! Four float32 numbers at once: WebAssembly's vectors, with fused multiply-add if relaxed SIMD is on; elsewhere an array that the
//! compiler turns into vectors. Only [`crate::kernels`] uses these loads and stores.

#[cfg(target_feature = "simd128")]
mod vector {
    use core::arch::wasm32::*;

    /// Four float32 numbers.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(v128);

    impl Lanes {
        #[inline(always)]
        pub(crate) fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        /// # Safety
        /// `at` points at four readable numbers.
        #[inline(always)]
        pub(crate) unsafe fn load(at: *const f32) -> Self {
            // SAFETY: the caller's promise; WebAssembly loads need no alignment.
            Self(unsafe { v128_load(at.cast()) })
        }

        /// Loads the number at `at` into all four lanes.
        ///
        /// # Safety
        /// `at` points at a readable number.
        #[inline(always)]
        pub(crate) unsafe fn load_splat(at: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { v128_load32_splat(at.cast()) })
        }

        /// # Safety
        /// `at` points at four writable numbers.
        #[inline(always)]
        pub(crate) unsafe fn store(self, at: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { v128_store(at.cast(), self.0) }
        }

        /// Loads eight int8 numbers as two vectors of four float32.
        ///
        /// # Safety
        /// `at` points at eight readable bytes.
        #[inline(always)]
        pub(crate) unsafe fn load_i8(at: *const i8) -> [Self; 2] {
            // SAFETY: the caller's promise.
            let wide = unsafe { i16x8_load_extend_i8x8(at) };
            [i32x4_extend_low_i16x8(wide), i32x4_extend_high_i16x8(wide)].map(|half| Self(f32x4_convert_i32x4(half)))
        }

        /// `self · factor + sum`, rounded once or twice.
        #[inline(always)]
        pub(crate) fn mul_add(self, factor: Self, sum: Self) -> Self {
            #[cfg(target_feature = "relaxed-simd")]
            return Self(f32x4_relaxed_madd(self.0, factor.0, sum.0));
            #[cfg(not(target_feature = "relaxed-simd"))]
            Self(f32x4_add(f32x4_mul(self.0, factor.0), sum.0))
        }

        #[inline(always)]
        pub(crate) fn times(self, factor: Self) -> Self {
            Self(f32x4_mul(self.0, factor.0))
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        /// Clamps to `low..=high`, which must not be NaN. A NaN stays NaN or becomes a bound.
        #[inline(always)]
        pub(crate) fn clamp(self, low: Self, high: Self) -> Self {
            // "Pseudo" minimum and maximum are one instruction each on x86, where the exact ones take seven.
            Self(f32x4_pmin(high.0, f32x4_pmax(low.0, self.0)))
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
mod vector {
    // The lanes are written out: without link-time optimisation, `array::from_fn` calls its closure for each lane.

    /// Four float32 numbers.
    #[derive(Clone, Copy)]
    #[repr(align(16))]
    pub(crate) struct Lanes([f32; 4]);

    impl Lanes {
        #[inline(always)]
        pub(crate) fn splat(value: f32) -> Self {
            Self([value; 4])
        }

        /// # Safety
        /// `at` points at four readable numbers.
        #[inline(always)]
        pub(crate) unsafe fn load(at: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { at.cast::<[f32; 4]>().read_unaligned() })
        }

        /// Loads the number at `at` into all four lanes.
        ///
        /// # Safety
        /// `at` points at a readable number.
        #[inline(always)]
        pub(crate) unsafe fn load_splat(at: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self::splat(unsafe { at.read() })
        }

        /// # Safety
        /// `at` points at four writable numbers.
        #[inline(always)]
        pub(crate) unsafe fn store(self, at: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { at.cast::<[f32; 4]>().write_unaligned(self.0) }
        }

        /// Loads eight int8 numbers as two vectors of four float32.
        ///
        /// # Safety
        /// `at` points at eight readable bytes.
        #[inline(always)]
        pub(crate) unsafe fn load_i8(at: *const i8) -> [Self; 2] {
            // SAFETY: the caller's promise.
            let bytes = unsafe { at.cast::<[i8; 8]>().read_unaligned() }.map(f32::from);
            let [a, b, c, d, e, f, g, h] = bytes;
            [Self([a, b, c, d]), Self([e, f, g, h])]
        }

        /// `self · factor + sum`.
        #[inline(always)]
        pub(crate) fn mul_add(self, factor: Self, sum: Self) -> Self {
            self.times(factor).plus(sum)
        }

        #[inline(always)]
        pub(crate) fn times(self, factor: Self) -> Self {
            let (a, b) = (self.0, factor.0);
            Self([a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]])
        }

        #[inline(always)]
        pub(crate) fn plus(self, other: Self) -> Self {
            let (a, b) = (self.0, other.0);
            Self([a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]])
        }

        /// Clamps to `low..=high`, which must not be NaN. A NaN stays NaN or becomes a bound.
        #[inline(always)]
        pub(crate) fn clamp(self, low: Self, high: Self) -> Self {
            let (a, low, high) = (self.0, low.0, high.0);
            let clamped = |lane: usize| a[lane].max(low[lane]).min(high[lane]);
            Self([clamped(0), clamped(1), clamped(2), clamped(3)])
        }
    }
}

pub(crate) use vector::Lanes;
