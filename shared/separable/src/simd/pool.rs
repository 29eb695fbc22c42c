//! Means of squares of pixels, and maps at twice their size. Plain loops over blocks.

use crate::kernels::upsample_row;
use crate::map::{Block, LANES};

/// The means of the `side`×`side` pixels of a map `(blocks, height, width)`, which both sides divide.
pub(crate) fn average_pool(source: &[Block], [_, height, width]: [usize; 3], side: (usize, usize), into: &mut [Block]) {
    let (rows, columns) = (height / side.0, width / side.1);
    let share = 1.0 / (side.0 * side.1) as f32;
    for (plane, into) in source.chunks_exact(height * width).zip(into.chunks_exact_mut(rows * columns)) {
        for (at, out) in into.iter_mut().enumerate() {
            let (y, x) = (at / columns * side.0, at % columns * side.1);
            let mut sum = [0.0; LANES];
            for row in plane.chunks_exact(width).skip(y).take(side.0) {
                for block in &row[x..x + side.1] {
                    for (sum, value) in sum.iter_mut().zip(block.0) {
                        *sum += value;
                    }
                }
            }
            *out = Block(sum.map(|sum| sum * share));
        }
    }
}

/// The same of a picture `(3, height, width)`, as a map of one block.
pub(crate) fn average_pool_picture(
    picture: &[f32],
    [height, width]: [usize; 2],
    side: (usize, usize),
    into: &mut [Block],
) {
    let (columns, share) = (width / side.1, 1.0 / (side.0 * side.1) as f32);
    let area = height * width;
    // The sums of some rows, which are vectors, for each channel.
    let mut sums = vec![0.0; 3 * width];
    for (y, into) in into.chunks_exact_mut(columns).enumerate() {
        for (sums, plane) in sums.chunks_exact_mut(width).zip(picture.chunks_exact(area)) {
            sums.fill(0.0);
            for row in plane.chunks_exact(width).skip(y * side.0).take(side.0) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        }
        let (red, rest) = sums.split_at(width);
        let (green, blue) = rest.split_at(width);
        let channels = red.chunks_exact(side.1).zip(green.chunks_exact(side.1)).zip(blue.chunks_exact(side.1));
        for (block, ((red, green), blue)) in into.iter_mut().zip(channels) {
            let mean = |sums: &[f32]| sums.iter().sum::<f32>() * share;
            *block = Block([mean(red), mean(green), mean(blue), 0.0, 0.0, 0.0, 0.0, 0.0]);
        }
    }
}

/// A map `(blocks, height, width)` at twice its size, bilinearly, with zeros outside.
pub(crate) fn double(source: &[Block], [_, height, width]: [usize; 3], into: &mut [Block]) {
    for (plane, into) in source.chunks_exact(height * width).zip(into.chunks_exact_mut(4 * height * width)) {
        for (y, into) in into.chunks_exact_mut(2 * width).enumerate() {
            double_row(plane, (height, width), y, into);
        }
    }
}

/// Row `y` of a plane at twice its size.
pub(crate) fn double_row(plane: &[Block], (height, width): (usize, usize), y: usize, into: &mut [Block]) {
    let near = y / 2;
    // An even row is above the centre of its nearest row, an odd row below it.
    let far = if y.is_multiple_of(2) { near.checked_sub(1) } else { Some(near + 1) };
    let far = far.filter(|&far| far < height).map(|far| &plane[far * width..][..width]);
    upsample_row(&plane[near * width..][..width], far, into);
}
