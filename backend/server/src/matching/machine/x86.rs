//! The kernel for x86-64 with AVX2. In: rows, thresholds. Out: scores.
//!
//! A block of a row costs a load, `psubusb` (saturating subtraction), `psadbw` (sums eight bytes at a time into 64-bit lanes)
//! and an addition. Four rows share the load of a threshold block. This takes a third of the time that memory takes, so
//! AVX-512 gains nothing. Software prefetching makes it slower (`docs/performance.md`).

use std::arch::x86_64::*;

use super::thresholds::Thresholds;

/// Rows that are scored together.
const ROWS: usize = 4;

/// # Safety
/// The machine must have AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn avx2(rows: &[u8], thresholds: &Thresholds, scores: &mut [i32]) {
    let (bytes, negative) = (thresholds.bytes(), thresholds.negative_bytes());
    let stride = bytes.len();
    let whole = scores.len() - scores.len() % ROWS;
    for (four, scores) in rows.chunks_exact(ROWS * stride).zip(scores.chunks_exact_mut(ROWS)) {
        // SAFETY: `four` holds ROWS rows of `stride` bytes, and so many bytes are read of each.
        let sums = unsafe { avx2_rows::<ROWS>(four.as_ptr(), bytes, negative) };
        // SAFETY: `scores` holds four integers of 32 bits; unaligned stores are allowed.
        unsafe { _mm_storeu_si128(scores.as_mut_ptr().cast(), reduced(sums)) };
    }
    for (row, score) in rows[whole * stride..].chunks_exact(stride).zip(&mut scores[whole..]) {
        // SAFETY: `row` holds `stride` bytes.
        let [sum] = unsafe { avx2_rows::<1>(row.as_ptr(), bytes, negative) };
        let zero = _mm256_setzero_si256();
        *score = _mm_cvtsi128_si32(reduced([sum, zero, zero, zero]));
    }
}

/// Four partial scores of each row in 64-bit lanes, of which the lower halves count.
///
/// # Safety
/// `rows` must point to R rows, each as long as `bytes`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn avx2_rows<const R: usize>(rows: *const u8, bytes: &[u8], negative: usize) -> [__m256i; R] {
    const BLOCK: usize = 32;
    let (stride, zero) = (bytes.len(), _mm256_setzero_si256());
    let mut sums = [zero; R];
    for (number, block) in bytes.chunks_exact(BLOCK).enumerate() {
        let at = number * BLOCK;
        if at == negative && at > 0 {
            sums = sums.map(|sum| _mm256_sub_epi64(zero, sum));
        }
        // SAFETY: a block is 32 bytes long; unaligned loads are allowed.
        let threshold = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        for (row, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `at + 32` is at most `stride`, and the caller passes R rows.
            let address = unsafe { rows.add(row * stride + at) };
            // SAFETY: 32 bytes of the row follow; unaligned loads are allowed.
            let values = unsafe { _mm256_loadu_si256(address.cast()) };
            *sum = _mm256_add_epi64(*sum, _mm256_sad_epu8(_mm256_subs_epu8(values, threshold), zero));
        }
    }
    if negative == stride { sums.map(|sum| _mm256_sub_epi64(zero, sum)) } else { sums }
}

/// The sums over the lanes of four vectors, 32 bits each: scores fit, since a row has at most 2²³ bytes.
#[target_feature(enable = "avx2")]
#[inline]
fn reduced([a, b, c, d]: [__m256i; 4]) -> __m128i {
    // Two vectors' lower halves side by side in each lane.
    let ab = _mm256_blend_epi32::<0b1010_1010>(a, _mm256_slli_epi64::<32>(b));
    let cd = _mm256_blend_epi32::<0b1010_1010>(c, _mm256_slli_epi64::<32>(d));
    // Lanes 0 + 2 and 1 + 3: those of a and b below, of c and d above.
    let halves = _mm256_add_epi32(_mm256_permute2x128_si256::<0x20>(ab, cd), _mm256_permute2x128_si256::<0x31>(ab, cd));
    let all = _mm256_add_epi32(halves, _mm256_shuffle_epi32::<0b01_00_11_10>(halves));
    _mm_unpacklo_epi64(_mm256_castsi256_si128(all), _mm256_extracti128_si256::<1>(all))
}
