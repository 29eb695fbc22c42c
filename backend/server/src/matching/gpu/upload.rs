//! Copies rows to the device, tile by tile. In: rows. Out: the same bytes in the order in which the shader reads them.

use crate::matching::gpu::adapter::GpuDevice;
use crate::matching::gpu::plan::{SIXTEEN, TILE};

/// Bytes that are sent to the device at a time; the driver holds a second copy of them.
const PIECE_BYTES: usize = 32 << 20;

/// Fills `buffer` with whole tiles of rows. In a tile, the first sixteen bytes of every row come before the next sixteen, so
/// that neighbouring threads read neighbouring bytes.
pub(super) fn upload_rows(gpu: &GpuDevice, buffer: &wgpu::Buffer, rows: &[u8], stride: usize) {
    let tile_bytes = TILE * stride;
    let piece_bytes = (PIECE_BYTES / tile_bytes).max(1) * tile_bytes;
    let mut piece = Vec::new();
    for (number, tiles) in rows.chunks(piece_bytes).enumerate() {
        piece.clear();
        piece.resize(tiles.len(), 0);
        for (tile, transposed) in tiles.chunks_exact(tile_bytes).zip(piece.chunks_exact_mut(tile_bytes)) {
            transpose(tile, transposed, stride);
        }
        gpu.queue.write_buffer(buffer, (number * piece_bytes) as u64, &piece);
        // Frees the driver's copy before the next piece.
        gpu.queue.submit([]);
        let _ = gpu.device.poll(wgpu::PollType::wait_indefinitely());
    }
}

/// `(TILE, stride / 16, 16) → (stride / 16, TILE, 16)`.
fn transpose(tile: &[u8], transposed: &mut [u8], stride: usize) {
    for (row, bytes) in tile.chunks_exact(stride).enumerate() {
        for (column, sixteen) in bytes.chunks_exact(SIXTEEN).enumerate() {
            transposed[(column * TILE + row) * SIXTEEN..][..SIXTEEN].copy_from_slice(sixteen);
        }
    }
}
