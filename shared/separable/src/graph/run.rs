//! Runs the steps of a graph for a batch of pictures.

use std::time::Instant;

use super::layer::Work;
use super::memory::{Slot, Workspace, grown, size};
use super::op::{Form, Op, ValueId};
use super::plain;
use super::step::Step;
use super::{Graph, InputError};
use crate::kernels::Extent;
use crate::map::{Block, LANES, View};
use crate::simd::{Gather, Product, average_pool, average_pool_picture, double, gather, multiply};

/// Upper bound of the maps of pictures that run together. Beyond it, they no longer stay in a core's share of the last-level cache, and
/// reading them costs more than reading the weights again.
const BATCH_BYTES: usize = 12 << 20;

impl Graph {
    /// Runs the network on a batch: `(batch, 3, H, W) → (batch, …)`, both row-major. One picture's output does not depend on the others.
    ///
    /// # Errors
    /// When the input is not a whole number of pictures.
    pub fn run(&self, pictures: &[f32], workspace: &mut Workspace) -> Result<Vec<f32>, InputError> {
        let one: usize = self.input().iter().product();
        if pictures.is_empty() || !pictures.len().is_multiple_of(one) {
            return Err(InputError { expected: one, received: pictures.len() });
        }
        let clock = workspace.times.is_some().then(Instant::now);
        workspace.maps.resize_with(self.layout.maps.max(workspace.maps.len()), Vec::new);
        workspace.plains.resize_with(self.layout.plains.max(workspace.plains.len()), Vec::new);
        let mut outputs = Vec::with_capacity(pictures.len() / one * size(&self.values[self.output]));
        // As few parts as possible, of one size: a last picture alone would read all weights again.
        let count = pictures.len() / one;
        let parts = count.div_ceil((BATCH_BYTES / self.bytes.max(1)).max(1));
        for pictures in pictures.chunks(one * count.div_ceil(parts)) {
            self.run_together(pictures, pictures.len() / one, workspace, &mut outputs);
        }
        if let (Some(times), Some(clock)) = (workspace.times.as_mut(), clock) {
            times.whole_s += clock.elapsed().as_secs_f64();
        }
        Ok(outputs)
    }

    /// Runs all steps for some pictures, step by step.
    fn run_together(&self, pictures: &[f32], batch: usize, workspace: &mut Workspace, outputs: &mut Vec<f32>) {
        for at in 0..self.steps.len() {
            let clock = workspace.times.map(|before| (before, Instant::now()));
            self.step(at, pictures, batch, workspace);
            if let Some((before, begin)) = clock {
                workspace.add_step(at, before, begin.elapsed().as_secs_f64());
            }
        }
        outputs.extend_from_slice(match self.layout.slots[self.output] {
            Slot::Plain(slot) => &workspace.plains[slot][..size(&self.values[self.output]) * batch],
            // A graph that computes nothing returns its picture.
            _ => pictures,
        });
    }

    fn step(&self, at: usize, pictures: &[f32], batch: usize, workspace: &mut Workspace) {
        let planned = &self.steps[at];
        let out = planned.out;
        if matches!(planned.step, Step::Other(Op::Reshape(_))) {
            // Its numbers are where they were.
            return;
        }
        match self.layout.slots[out] {
            Slot::Map(slot) => {
                let mut buffer = std::mem::take(&mut workspace.maps[slot]);
                let into = grown(&mut buffer, size(&self.values[out]) * batch);
                self.map_step(at, pictures, batch, workspace, into);
                workspace.maps[slot] = buffer;
            }
            Slot::Plain(slot) => {
                let mut buffer = std::mem::take(&mut workspace.plains[slot]);
                let into = grown(&mut buffer, size(&self.values[out]) * batch);
                if let Step::Other(op) = &planned.step {
                    self.plain_step(op, out, pictures, batch, workspace, into);
                }
                workspace.plains[slot] = buffer;
            }
            Slot::Picture | Slot::Nowhere => {}
        }
    }

    fn map_step(&self, at: usize, pictures: &[f32], batch: usize, workspace: &mut Workspace, into: &mut [Block]) {
        let Workspace { maps, plains, wide, narrow, picture, offsets, times, .. } = workspace;
        let map = |value: ValueId| match self.layout.slots[value] {
            Slot::Map(slot) => &maps[slot][..size(&self.values[value]) * batch],
            _ => &[],
        };
        let plain = |value: ValueId| match self.layout.slots[value] {
            Slot::Plain(slot) => &plains[slot][..size(&self.values[value]) * batch],
            _ => pictures,
        };
        let shape = |value: ValueId| match self.values[value].form {
            Form::Map([channels, height, width]) => [channels.div_ceil(LANES), height, width],
            Form::Plain => [0; 3],
        };
        let out = self.steps[at].out;
        match &self.steps[at].step {
            Step::Layer(layer) => {
                if let super::step::LayerInput::Picture(convolution) = &layer.input {
                    convolution.pad(pictures, &self.values, picture);
                }
                let mut work = Work {
                    level: self.level,
                    batch,
                    map: &map,
                    values: &self.values,
                    picture,
                    wide,
                    narrow,
                    offsets,
                    times,
                };
                layer.run(&mut work, into);
            }
            Step::Pointwise { from, added, panels } => {
                let clock = times.is_some().then(Instant::now);
                let [blocks, height, width] = shape(*from);
                let area = height * width;
                let rows = Extent { count: batch, width: area };
                for (panel, &(first, _)) in panels.panels.iter().enumerate() {
                    let to = View { start: first * area, plane: area, row: panels.outputs * area };
                    let from = (map(*from), View { start: 0, plane: area, row: blocks * area });
                    let added = added.map(|added| (map(added), to));
                    multiply(self.level, &Product { panels, panel, source: from, added, rows }, (into, to));
                }
                if let (Some(times), Some(clock)) = (times.as_mut(), clock) {
                    times.pointwise_s += clock.elapsed().as_secs_f64();
                    times.pointwise_macs += (panels.macs() * area * batch) as f64;
                }
            }
            Step::Picture(convolution) => {
                let padded = convolution.pad(pictures, &self.values, picture);
                convolution.offsets(&self.values, offsets);
                let [_, height, width] = convolution.padded_shape(&self.values);
                let [rows, columns] = convolution.size;
                let panels = &convolution.panels;
                for at in 0..batch {
                    for (panel, &(first, _)) in panels.panels.iter().enumerate() {
                        let start = (at * panels.outputs + first) * rows * columns;
                        let work = Gather {
                            panels,
                            panel,
                            source: &padded[at * 3 * height * width..(at + 1) * 3 * height * width],
                            offsets,
                            row: convolution.stride * width,
                            stride: convolution.stride,
                            rows: Extent { count: rows, width: columns },
                        };
                        gather(self.level, &work, (into, View { start, plane: rows * columns, row: columns }));
                    }
                }
            }
            Step::PicturePool(side) => {
                let [height, width] = [1, 2].map(|at| self.values[0].shape[at]);
                let [_, rows, columns] = shape(out);
                for (picture, into) in
                    pictures.chunks_exact(3 * height * width).zip(into.chunks_exact_mut(rows * columns))
                {
                    average_pool_picture(picture, [height, width], *side, into);
                }
            }
            Step::Other(op) => match op {
                Op::Double(from) => {
                    let [_, height, width] = shape(*from);
                    double(map(*from), [0, height, width], into);
                }
                Op::Channels(parts) => {
                    let [blocks, height, width] = shape(out);
                    let area = height * width;
                    for at in 0..batch {
                        let mut before = 0;
                        for &part in parts {
                            let own = shape(part)[0] * area;
                            into[at * blocks * area + before..][..own].copy_from_slice(&map(part)[at * own..][..own]);
                            before += own;
                        }
                    }
                }
                Op::Pool { from, side } => average_pool(map(*from), shape(*from), *side, into),
                Op::ToMap(from) => {
                    let Form::Map([channels, height, width]) = self.values[out].form else { return };
                    plain::to_map(plain(*from), [channels, height * width], into);
                }
                Op::Unary { from, function } => {
                    for (out, block) in into.iter_mut().zip(map(*from)) {
                        *out = Block(block.0.map(|value| plain::unary(*function, value)));
                    }
                }
                // The other operators compute plain values.
                _ => {}
            },
        }
    }

    fn plain_step(
        &self,
        op: &Op,
        out: ValueId,
        pictures: &[f32],
        batch: usize,
        workspace: &Workspace,
        into: &mut [f32],
    ) {
        if let Op::ToPlain(from) = op {
            if let (Slot::Map(slot), Form::Map([channels, height, width])) =
                (self.layout.slots[*from], &self.values[*from].form)
            {
                plain::to_plain(&workspace.maps[slot], [*channels, height * width], into);
            }
            return;
        }
        let one = self.values[out].len();
        for (at, into) in into.chunks_exact_mut(one.max(1)).enumerate().take(batch) {
            let read = |value: ValueId| {
                let length = self.values[value].len();
                let all = match self.layout.slots[value] {
                    Slot::Plain(slot) => &workspace.plains[slot][..],
                    _ => pictures,
                };
                &all[at * length..][..length]
            };
            let shape = |value: ValueId| &self.values[value].shape[..];
            plain::run(self.level, op, &self.values[out].shape, &read, &shape, into);
        }
    }
}
