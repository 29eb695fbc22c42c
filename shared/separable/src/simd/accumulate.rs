//! [`Vector::accumulate`](super::vector::Vector::accumulate) for x86-64, written out: a compiler that moves loads forward runs out of
//! registers and keeps sums in memory.

/// The instructions for one input of a tile: its weights are loaded once, its values one after the other, each into all numbers of a
/// register. `$bytes` are those of a vector. A pixel is the distance of its values in bytes and the registers of its sums.
macro_rules! input {
    ($x:tt [$wa:tt] $bytes:tt $lane:tt $([$at:tt $a:ident])+) => {
        concat!(
            "vmovups ", $wa, ", [{weights} + ", $bytes, "*", $lane, "]\n",
            $(
                "vbroadcastss ", $x, ", dword ptr [{source} + 4*", $lane, " + ", $at, "]\n",
                "vfmadd231ps {", stringify!($a), "}, ", $x, ", ", $wa, "\n",
            )+
        )
    };
    ($x:tt [$wa:tt $wb:tt] $bytes:tt $lane:tt $([$at:tt $a:ident $b:ident])+) => {
        concat!(
            "vmovups ", $wa, ", [{weights} + 2*", $bytes, "*", $lane, "]\n",
            "vmovups ", $wb, ", [{weights} + 2*", $bytes, "*", $lane, " + ", $bytes, "]\n",
            $(
                "vbroadcastss ", $x, ", dword ptr [{source} + 4*", $lane, " + ", $at, "]\n",
                "vfmadd231ps {", stringify!($a), "}, ", $x, ", ", $wa, "\n",
                "vfmadd231ps {", stringify!($b), "}, ", $x, ", ", $wb, "\n",
            )+
        )
    };
    ($x:tt [$wa:tt $wb:tt $wc:tt] $bytes:tt $lane:tt $([$at:tt $a:ident $b:ident $c:ident])+) => {
        concat!(
            "vmovups ", $wa, ", [{weights} + 3*", $bytes, "*", $lane, "]\n",
            "vmovups ", $wb, ", [{weights} + 3*", $bytes, "*", $lane, " + ", $bytes, "]\n",
            "vmovups ", $wc, ", [{weights} + 3*", $bytes, "*", $lane, " + 2*", $bytes, "]\n",
            $(
                "vbroadcastss ", $x, ", dword ptr [{source} + 4*", $lane, " + ", $at, "]\n",
                "vfmadd231ps {", stringify!($a), "}, ", $x, ", ", $wa, "\n",
                "vfmadd231ps {", stringify!($b), "}, ", $x, ", ", $wb, "\n",
                "vfmadd231ps {", stringify!($c), "}, ", $x, ", ", $wc, "\n",
            )+
        )
    };
}

/// A function for a tile of some vectors and pixels: `$x` is a register for a value, `$weight` are those for the weights of an input.
macro_rules! accumulate {
    (
        $name:ident, $vector:ident $class:ident $bytes:tt $features:tt, [$x:tt $($weight:tt)+], $vectors:tt, $pixels:tt,
        $([$at:tt $($sum:ident)+])+
    ) => {
        /// # Safety
        /// As [`Vector::accumulate`]; `inputs` is not zero.
        #[inline]
        #[target_feature(enable = $features)]
        unsafe fn $name(
            sums: &mut [[$vector; $vectors]; $pixels],
            weights: *const f32,
            source: *const f32,
            plane: usize,
            inputs: usize,
            ahead: *const f32,
        ) {
            let [$([$($sum),+]),+] = sums;
            // SAFETY: it reads what the caller promises, and writes the sums.
            unsafe {
                core::arch::asm!(
                    "2:",
                    // Into the second-level cache. Addresses that are fetched ahead need not exist.
                    "prefetcht1 [{ahead}]",
                    "prefetcht1 [{ahead} + 64]",
                    "prefetcht1 [{ahead} + 128]",
                    "prefetcht1 [{ahead} + 192]",
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 0 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 1 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 2 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 3 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 4 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 5 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 6 $([$at $($sum)+])+),
                    $crate::simd::accumulate::input!($x [$($weight)+] $bytes 7 $([$at $($sum)+])+),
                    concat!("add {weights}, 8*", $bytes, "*", $vectors),
                    "add {source}, {plane}",
                    "add {ahead}, 256",
                    "dec {inputs}",
                    "jnz 2b",
                    weights = inout(reg) weights => _,
                    source = inout(reg) source => _,
                    inputs = inout(reg) inputs => _,
                    ahead = inout(reg) ahead => _,
                    plane = in(reg) plane * size_of::<f32>(),
                    $($($sum = inout($class) $sum.0,)+)+
                    out($x) _,
                    $(out($weight) _,)+
                    options(nostack, readonly),
                );
            }
        }
    };
}

/// [`Vector::accumulate`](super::vector::Vector::accumulate) by the functions of these tiles, any other tile by the compiler.
macro_rules! accumulate_by {
    ($(($vectors:literal, $pixels:literal) => $name:ident,)+) => {
        #[inline(always)]
        unsafe fn accumulate<const VECTORS: usize, const PIXELS: usize>(
            sums: &mut [[Self; VECTORS]; PIXELS],
            weights: *const f32,
            source: *const f32,
            plane: usize,
            inputs: usize,
            ahead: *const f32,
        ) {
            // SAFETY: the caller's promise; each cast is to the type that it is already.
            unsafe {
                let all = core::ptr::from_mut(sums);
                match (VECTORS, PIXELS) {
                    $(($vectors, $pixels) => $name(&mut *all.cast(), weights, source, plane, inputs, ahead),)+
                    _ => accumulate_by_compiler(sums, weights, source, plane, inputs),
                }
            }
        }
    };
}

pub(super) use {accumulate, accumulate_by, input};
