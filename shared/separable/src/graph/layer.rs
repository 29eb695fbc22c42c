//! A separable layer, strip by strip or several pictures at once. In: the maps that it reads. Out: its output map.
//!
//! What the depthwise convolution reads and writes stays in the processor's caches: either some rows of one picture, or, where whole
//! maps are small, several pictures, so that the weights are read once for all of them.

use std::time::Instant;

use super::memory::{Times, grown};
use super::op::Value;
use super::step::{Layer, LayerInput, PictureConvolution};
use crate::kernels::Extent;
use crate::map::{Block, View};
use crate::simd::{Gather, Level, Product, Taps, depthwise, double_row, gather, multiply};

/// Upper bound of a strip's buffers, in bytes: half of a second-level cache of 512 kB.
const STRIP_BYTES: usize = 256 << 10;

/// The same where whole maps are computed at once, group by group: the inputs of few blocks, and all outputs.
const WHOLE_BYTES: usize = 384 << 10;

/// Rows of a picture that a layer computes at once.
struct Strip {
    first: usize,
    count: usize,
}

/// What a layer reads, and where it works.
pub(super) struct Work<'a> {
    pub(super) level: Level,
    pub(super) batch: usize,
    /// A map by its number.
    pub(super) map: &'a dyn Fn(usize) -> &'a [Block],
    pub(super) values: &'a [Value],
    /// Padded pictures, see [`padded`].
    pub(super) picture: &'a [f32],
    pub(super) wide: &'a mut Vec<Block>,
    pub(super) narrow: &'a mut Vec<Block>,
    pub(super) offsets: &'a mut Vec<usize>,
    pub(super) times: &'a mut Option<Times>,
}

impl Layer {
    /// Runs the layer for all pictures of a batch.
    pub(super) fn run(&self, work: &mut Work<'_>, out: &mut [Block]) {
        let [_, width] = self.input_size;
        let [out_height, out_width] = self.size;
        let Taps { blocks, side, stride, .. } = self.taps;
        // A row and a plane of the depthwise convolution's input, with zeros around it.
        let row = ((out_width - 1) * stride + side).max(self.pad[1] + width);
        let plane_of = |rows: usize| ((rows - 1) * stride + side) * row;
        let bytes = |rows: usize, wide_blocks: usize| {
            (plane_of(rows) * wide_blocks + rows * out_width * blocks) * size_of::<Block>()
        };
        let groups = self.groups();
        let widest = groups.iter().map(|&(_, count)| count).max().unwrap_or(1);
        // Whole maps need no rows of the strip before, so that one group's input is held at a time.
        let is_whole = bytes(out_height, widest) <= WHOLE_BYTES;
        let strip_rows = if is_whole {
            out_height
        } else {
            (1..=out_height).rev().find(|&rows| bytes(rows, blocks) <= STRIP_BYTES).unwrap_or(1)
        };
        let together = if is_whole { (WHOLE_BYTES / bytes(out_height, widest)).clamp(1, work.batch.max(1)) } else { 1 };
        let plane = plane_of(strip_rows);
        let wide_blocks = if is_whole { widest } else { blocks };
        let strip_area = strip_rows * out_width;
        let kept = side.saturating_sub(stride);
        if let LayerInput::Picture(convolution) = &self.input {
            convolution.offsets(work.values, work.offsets);
        }
        let mut wide = std::mem::take(work.wide);
        let mut narrow = std::mem::take(work.narrow);
        {
            let wide = grown(&mut wide, wide_blocks * plane);
            let narrow = grown(&mut narrow, blocks * together * strip_area);
            // Columns left and right of the map, which nothing else writes.
            for row in wide.chunks_exact_mut(row) {
                row[..self.pad[1]].fill(Block::default());
                row[self.pad[1] + width..].fill(Block::default());
            }
            let mut picture = 0;
            while picture < work.batch {
                let pictures = together.min(work.batch - picture);
                for top in (0..out_height).step_by(strip_rows) {
                    let strip = Strip { first: top, count: strip_rows.min(out_height - top) };
                    for &(first, count) in &groups {
                        for at in 0..pictures {
                            let buffers = if is_whole { 0 } else { first };
                            let wide = &mut wide[buffers * plane..][..count * plane];
                            if top > 0 {
                                for plane in wide.chunks_exact_mut(plane) {
                                    plane.copy_within(strip_rows * stride * row..(strip_rows * stride + kept) * row, 0);
                                }
                            }
                            self.fill(work, (picture + at, &strip, kept), (first, count), wide, [plane, row]);
                            let clock = work.times.is_some().then(Instant::now);
                            let rows = Extent { count: strip.count, width: out_width };
                            for block in 0..count {
                                let from = View { start: block * plane, plane, row };
                                let start = ((first + block) * together + at) * strip_area;
                                let to = View { start, plane: 0, row: out_width };
                                depthwise(work.level, &self.taps, first + block, (wide, from), (narrow, to), rows);
                            }
                            if let (Some(times), Some(clock)) = (work.times.as_mut(), clock) {
                                times.depthwise_s += clock.elapsed().as_secs_f64();
                                times.depthwise_macs += (count * 8 * side * side * rows.count * rows.width) as f64;
                            }
                        }
                    }
                    self.project(work, (picture, pictures, together), &strip, narrow, out);
                }
                picture += pictures;
            }
        }
        (*work.wide, *work.narrow) = (wide, narrow);
    }

    /// Blocks that are expanded at once: first and number.
    fn groups(&self) -> Vec<(usize, usize)> {
        match &self.input {
            LayerInput::Expanded(_, panels) => panels.panels.clone(),
            LayerInput::Picture(convolution) => convolution.panels.panels.clone(),
            LayerInput::Parts(_) => {
                (0..self.taps.blocks).step_by(2).map(|first| (first, 2.min(self.taps.blocks - first))).collect()
            }
        }
    }

    /// Computes the rows of a group of blocks that a strip needs beyond the `kept` ones.
    fn fill(
        &self,
        work: &mut Work<'_>,
        (picture, strip, kept): (usize, &Strip, usize),
        (first, count): (usize, usize),
        wide: &mut [Block],
        [plane, row]: [usize; 2],
    ) {
        let [height, width] = self.input_size;
        let Taps { side, stride, .. } = self.taps;
        let start = if strip.first == 0 { 0 } else { kept };
        let needed = (strip.count - 1) * stride + side;
        // Buffer row r is row `above + r − pad` of the map.
        let above = strip.first * stride;
        let top = (above + start).saturating_sub(self.pad[0]).min(height);
        let bottom = (above + needed).saturating_sub(self.pad[0]).min(height).max(top);
        let offset = (top + self.pad[0]).saturating_sub(above).clamp(start, needed);
        for plane in wide.chunks_exact_mut(plane) {
            plane[start * row..offset * row].fill(Block::default());
            plane[(offset + bottom - top) * row..needed * row].fill(Block::default());
        }
        let fresh = Extent { count: bottom - top, width };
        let to = View { start: offset * row + self.pad[1], plane, row };
        let area = height * width;
        match &self.input {
            LayerInput::Expanded(from, panels) => {
                let clock = work.times.is_some().then(Instant::now);
                let source = (work.map)(*from);
                let inputs = panels.inputs / 8;
                let from = View { start: picture * inputs * area + top * width, plane: area, row: width };
                let panel = panels.panels.iter().position(|&(at, _)| at == first).unwrap_or_default();
                let product = Product { panels, panel, source: (source, from), added: None, rows: fresh };
                multiply(work.level, &product, (wide, to));
                if let (Some(times), Some(clock)) = (work.times.as_mut(), clock) {
                    times.pointwise_s += clock.elapsed().as_secs_f64();
                    times.pointwise_macs += (panels.inputs * count * 8 * fresh.count * fresh.width) as f64;
                }
            }
            LayerInput::Picture(convolution) => {
                let [_, padded_height, padded_width] = convolution.padded_shape(work.values);
                let numbers = 3 * padded_height * padded_width;
                let PictureConvolution { panels, stride, .. } = convolution;
                let panel = panels.panels.iter().position(|&(at, _)| at == first).unwrap_or_default();
                let source = &work.picture[picture * numbers + top * stride * padded_width..(picture + 1) * numbers];
                let gathered = Gather {
                    panels,
                    panel,
                    source,
                    offsets: work.offsets,
                    row: stride * padded_width,
                    stride: *stride,
                    rows: fresh,
                };
                gather(work.level, &gathered, (wide, to));
            }
            LayerInput::Parts(parts) => {
                let mut before = 0;
                for &(from, is_doubled) in parts {
                    let map = (work.map)(from);
                    let blocks = work.values[from].shape[0].div_ceil(8);
                    for block in first.max(before)..(first + count).min(before + blocks) {
                        let own = block - before;
                        for at in 0..fresh.count {
                            let start = (block - first) * plane + to.start + at * row;
                            let into = &mut wide[start..start + width];
                            if is_doubled {
                                let (small_height, small_width) = (height / 2, width / 2);
                                let small = small_height * small_width;
                                let source = &map[(picture * blocks + own) * small..][..small];
                                double_row(source, (small_height, small_width), top + at, into);
                            } else {
                                let start = (picture * blocks + own) * area + (top + at) * width;
                                into.copy_from_slice(&map[start..start + width]);
                            }
                        }
                    }
                    before += blocks;
                }
            }
        }
    }

    fn project(
        &self,
        work: &mut Work<'_>,
        (picture, pictures, together): (usize, usize, usize),
        strip: &Strip,
        narrow: &[Block],
        out: &mut [Block],
    ) {
        let clock = work.times.is_some().then(Instant::now);
        let [out_height, out_width] = self.size;
        let area = out_height * out_width;
        // Strips of the last, shorter one have the same distance.
        let strip_area = narrow.len() / (self.taps.blocks * together);
        let whole = self.project.outputs * area;
        let rows = Extent { count: pictures, width: strip.count * out_width };
        let from = View { start: 0, plane: together * strip_area, row: strip_area };
        for (panel, &(first, _)) in self.project.panels.iter().enumerate() {
            let start = picture * whole + first * area + strip.first * out_width;
            let to = View { start, plane: area, row: whole };
            let added = self.added.map(|added| ((work.map)(added), to));
            let product = Product { panels: &self.project, panel, source: (narrow, from), added, rows };
            multiply(work.level, &product, (out, to));
        }
        if let (Some(times), Some(clock)) = (work.times.as_mut(), clock) {
            times.pointwise_s += clock.elapsed().as_secs_f64();
            times.pointwise_macs += (self.project.macs() * rows.count * rows.width) as f64;
        }
    }
}

impl PictureConvolution {
    /// `(3, height, width)` of the padded picture: all that the convolution reads.
    pub(super) fn padded_shape(&self, values: &[Value]) -> [usize; 3] {
        let [height, width] = [1, 2].map(|at| values[0].shape[at]);
        let side = |out: usize, own: usize, pad: usize| ((out - 1) * self.stride + self.side).max(pad + own);
        [3, side(self.size[0], height, self.pad[0]), side(self.size[1], width, self.pad[1])]
    }

    /// Where the numbers under an output are, from the first of them.
    pub(super) fn offsets(&self, values: &[Value], offsets: &mut Vec<usize>) {
        let [_, height, width] = self.padded_shape(values);
        offsets.clear();
        for number in 0..3 * self.side * self.side {
            let (channel, down, right) =
                (number / (self.side * self.side), number / self.side % self.side, number % self.side);
            offsets.push((channel * height + down) * width + right);
        }
    }

    /// Copies pictures `(batch, 3, H, W)` with zeros around them.
    pub(super) fn pad<'b>(&self, pictures: &[f32], values: &[Value], into: &'b mut Vec<f32>) -> &'b [f32] {
        let [_, padded_height, padded_width] = self.padded_shape(values);
        let [height, width] = [1, 2].map(|at| values[0].shape[at]);
        let planes = pictures.len() / (height * width);
        into.clear();
        into.resize(planes * padded_height * padded_width, 0.0);
        for (plane, into) in
            pictures.chunks_exact(height * width).zip(into.chunks_exact_mut(padded_height * padded_width))
        {
            for (row, into) in
                plane.chunks_exact(width).zip(into[self.pad[0] * padded_width..].chunks_mut(padded_width))
            {
                into[self.pad[1]..self.pad[1] + width].copy_from_slice(row);
            }
        }
        into
    }
}
