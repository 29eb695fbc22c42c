//! The exponential function, for many numbers at a time. In: float32. Out: float32.
//!
//! `std`'s is a call for each number in WebAssembly. This has neither calls nor branches, so the compiler computes four at a time.

/// e to the power of `x`, within 2·10⁻⁷ of itself; outside of -87 to 88, e to the power of these.
///
/// By the method of Moshier's Cephes library (`expf`): x = n·ln 2 + r, and a polynomial of r in -½ ln 2 to ½ ln 2.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    /// ln 2 as a sum: the first number has few bits, so that its products with n are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    /// From r⁷ to r²: minimax, by Moshier.
    const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    /// Adding it to a number rounds that to an integer: 1.5 · 2²³.
    const ROUNDS: f32 = 12_582_912.0;
    /// Bits of float32's fraction, and the exponent that stands for 2⁰.
    const FRACTION: u32 = 23;
    const BIAS: i32 = 127;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUNDS;
    let n = rounded - ROUNDS;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let sum = POLYNOMIAL.iter().fold(0.0, |sum, coefficient| sum * r + coefficient);
    // n as an integer is what `rounded` has in its lowest bits, more than `ROUNDS`.
    let power = (rounded.to_bits() as i32).wrapping_sub(ROUNDS.to_bits() as i32).wrapping_add(BIAS);
    (sum * r * r + r + 1.0) * f32::from_bits((power as u32) << FRACTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference from float64, as a share of the number.
    const TOLERANCE: f64 = 2e-7;

    #[test]
    fn it_is_the_exponential_function_everywhere() {
        for step in -870_000..=880_000 {
            let x = step as f32 / 10_000.0;
            let expected = f64::from(x).exp();
            let difference = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(difference < TOLERANCE, "e to the power of {x}: {difference}");
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn large_numbers_neither_overflow_nor_vanish() {
        assert_eq!((exp(f32::MAX), exp(f32::MIN)), (exp(88.0), exp(-87.0)));
        assert!(exp(f32::MAX).is_finite() && exp(f32::MIN) > 0.0);
    }
}
