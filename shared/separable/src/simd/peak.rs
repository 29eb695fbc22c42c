//! The processor's limit of multiply-adds, to measure loops against.

use std::time::Instant;

use super::Level;

/// Rounds of twelve multiply-adds: a millisecond on most processors.
const ROUNDS: usize = 1 << 18;

/// Multiply-adds a second of one thread, from registers alone.
#[must_use]
pub fn peak_macs_per_s() -> f64 {
    let begin = Instant::now();
    // SAFETY: `Level` has only what the processor has.
    let numbers = unsafe {
        match Level::best() {
            Level::Plain => super::plain::chains(ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => super::avx2::chains(ROUNDS),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => super::avx512::chains(ROUNDS),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => super::neon::chains(ROUNDS),
        }
    };
    numbers as f64 / begin.elapsed().as_secs_f64()
}
