//! The patches that a network's first convolution reads. In: a picture `(3, 2H, 2W)`. Out: blocks `(4, rows, W, 8)`.

use std::ops::Range;

use crate::map::{Block, LANES};

/// Numbers of a 3×3 patch of three channels.
const PATCH: usize = 27;

/// Blocks that hold a patch: 27 numbers and 5 zeros.
pub(crate) const PATCH_BLOCKS: usize = PATCH.div_ceil(LANES);

/// Writes the patches under `rows` of outputs: `(3, 2H, 2W) → (4, rows, W, 8)`. The first 27 numbers of a patch are
/// channel · 9 + row · 3 + column; the other five are zero.
pub(crate) fn extract_patches(
    planar: &[f32],
    (height, width): (usize, usize),
    rows: Range<usize>,
    into: &mut Vec<Block>,
) {
    let (columns, count) = (width / 2, rows.len());
    into.clear();
    into.resize(PATCH_BLOCKS * count * columns, Block::default());
    for number in 0..PATCH {
        let (channel, down, right) = (number / 9, number % 9 / 3, number % 3);
        let plane = &planar[channel * height * width..][..height * width];
        for (at, y) in rows.clone().enumerate() {
            // Row −1 is outside and stays zero.
            let Some(y) = (2 * y + down).checked_sub(1).filter(|&y| y < height) else { continue };
            let line = &plane[y * width..][..width];
            let into = &mut into[(number / LANES * count + at) * columns..][..columns];
            let lane = number % LANES;
            // Column −1 is outside and stays zero.
            let (outside, first) = if right == 0 { (1, 1) } else { (0, right - 1) };
            for (block, value) in into[outside..].iter_mut().zip(line[first..].iter().step_by(2)) {
                block.0[lane] = *value;
            }
        }
    }
}
