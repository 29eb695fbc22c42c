//! Whether tests can use a graphics processor, and rows for it.

use crate::matching::fixtures::noise_bytes;
use crate::matching::gpu::adapter::adapters;
use crate::matching::gpu::plan::TILE;
use crate::matching::machine::{AlignedRows, LINE_BYTES, Thresholds};
use crate::matching::quantised_rows::QuantisedRows;

/// Whether there is a device, emulated or not. Prints `SKIPPED` if there is none, and fails if one is required.
pub(crate) fn is_available() -> bool {
    let is_there = !adapters().is_empty();
    let is_required = std::env::var_os("STL_GPU_REQUIRED").is_some();
    assert!(is_there || !is_required, "STL_GPU_REQUIRED is set and this machine has no Vulkan, Metal or DX12");
    if !is_there {
        eprintln!(
            "SKIPPED: this machine has no graphics processor, not even an emulated one (Debian: mesa-vulkan-drivers)"
        );
    }
    is_there
}

/// Random rows in groups of these sizes, of two lines each, the first line counting negatively.
pub(super) fn rows(sizes: &[usize]) -> QuantisedRows {
    let stride = 2 * LINE_BYTES;
    let (mut groups, mut end) = (Vec::new(), 0_usize);
    for size in sizes {
        let first = end.next_multiple_of(TILE);
        end = first + size;
        groups.push(first..end);
    }
    let mut rows = AlignedRows::zeroed(end.next_multiple_of(TILE), stride).expect("memory");
    rows.bytes_mut()[..end * stride].copy_from_slice(&noise_bytes(77, end * stride));
    QuantisedRows::new(rows, LINE_BYTES, groups)
}

/// A random query for [`rows`].
pub(super) fn thresholds(seed: u64) -> Thresholds {
    Thresholds::new(noise_bytes(seed, 2 * LINE_BYTES), LINE_BYTES)
}
