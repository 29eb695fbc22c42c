//! Operators over plain numbers of one picture. Plain loops; matrix products use the kernels.

use super::op::{Binary, Op, Operand, Reduction, Unary, ValueId};
use crate::kernels::Extent;
use crate::map::{Block, LANES, View};
use crate::simd::{Gather, Level, Panels, gather};
use crate::weights::Clamp;

/// Maps `(batch, channels, area)` as blocks. Channels up to the next multiple of eight are zero.
pub(super) fn to_map(plain: &[f32], [channels, area]: [usize; 2], into: &mut [Block]) {
    let blocks = channels.div_ceil(LANES);
    for (plain, into) in plain.chunks_exact(channels * area).zip(into.chunks_exact_mut(blocks * area)) {
        for (block, into) in into.chunks_exact_mut(area).enumerate() {
            into.fill(Block::default());
            let planes = plain[block * LANES * area..].chunks_exact(area).take(LANES);
            for (lane, plane) in planes.enumerate() {
                for (out, &value) in into.iter_mut().zip(plane) {
                    out.0[lane] = value;
                }
            }
        }
    }
}

/// Blocks as `(batch, channels, area)`.
pub(super) fn to_plain(map: &[Block], [channels, area]: [usize; 2], into: &mut [f32]) {
    let blocks = channels.div_ceil(LANES);
    for (map, into) in map.chunks_exact(blocks * area).zip(into.chunks_exact_mut(channels * area)) {
        for (channel, plane) in into.chunks_exact_mut(area).enumerate() {
            for (out, block) in plane.iter_mut().zip(&map[channel / LANES * area..]) {
                *out = block.0[channel % LANES];
            }
        }
    }
}

/// A function of one number.
pub(super) fn unary(function: Unary, value: f32) -> f32 {
    match function {
        Unary::Clamp(Clamp { low, high }) => value.max(low).min(high),
        Unary::SquareRoot => value.sqrt(),
        Unary::Exponential => value.exp(),
        Unary::Sigmoid => 1.0 / (1.0 + (-value).exp()),
        Unary::Reciprocal => 1.0 / value,
    }
}

fn binary(function: Binary, a: f32, b: f32) -> f32 {
    match function {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
    }
}

/// Runs an operator for one picture. `read` and `shape` give a value's numbers and dimensions, without the leading one.
pub(super) fn run<'a>(
    level: Level,
    op: &'a Op,
    out_shape: &[usize],
    read: &dyn Fn(ValueId) -> &'a [f32],
    shape: &dyn Fn(ValueId) -> &'a [usize],
    into: &mut [f32],
) {
    match op {
        Op::Unary { from, function } => {
            for (out, &value) in into.iter_mut().zip(read(*from)) {
                *out = unary(*function, value);
            }
        }
        Op::Binary { function, operands } => {
            let sides = operands.each_ref().map(|operand| match operand {
                Operand::Value(value) => (read(*value), shape(*value)),
                Operand::Constant(shape, numbers) => (&numbers[..], &shape[..]),
            });
            combine(*function, sides, out_shape, into);
        }
        Op::Softmax { from, axis } => {
            let (length, inner) = (out_shape[*axis], out_shape[axis + 1..].iter().product::<usize>());
            into.copy_from_slice(read(*from));
            for outer in into.chunks_exact_mut(length * inner) {
                for at in 0..inner {
                    softmax(outer, at, inner);
                }
            }
        }
        Op::Transpose { from, order } => transpose(read(*from), shape(*from), order, into),
        Op::Product([a, b]) => {
            let [(a, a_shape), (b, b_shape)] = [a, b].map(|operand| match operand {
                Operand::Value(value) => (read(*value), shape(*value)),
                Operand::Constant(shape, numbers) => (&numbers[..], &shape[..]),
            });
            let inner = a_shape.last().copied().unwrap_or(1);
            let columns = b_shape.last().copied().unwrap_or(1);
            product(level, a, b, [a.len() / inner.max(1), inner, columns], into);
        }
        Op::Reduce { from, reduction, axes } => reduce(*reduction, read(*from), shape(*from), axes, into),
        Op::Concatenate { from, axis } => {
            let outer: usize = out_shape[..*axis].iter().product();
            let across: usize = out_shape[*axis..].iter().product();
            let mut before = 0;
            for &value in from {
                let own: usize = shape(value)[*axis..].iter().product();
                for at in 0..outer {
                    into[at * across + before..][..own].copy_from_slice(&read(value)[at * own..][..own]);
                }
                before += own;
            }
        }
        Op::Slice { from, axis, first, length } => {
            let shape = shape(*from);
            let inner: usize = shape[axis + 1..].iter().product();
            let (from, across) = (read(*from), shape[*axis] * inner);
            for (at, into) in into.chunks_exact_mut(length * inner).enumerate() {
                into.copy_from_slice(&from[at * across + first * inner..][..length * inner]);
            }
        }
        // The other operators compute maps.
        _ => {}
    }
}

/// The numbers `at`, `at + inner`, … of `numbers` become their softmax.
fn softmax(numbers: &mut [f32], at: usize, inner: usize) {
    let own = || (at..numbers.len()).step_by(inner);
    let highest = own().map(|at| numbers[at]).fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in numbers.iter_mut().skip(at).step_by(inner) {
        *value = (*value - highest).exp();
        sum += *value;
    }
    for value in numbers.iter_mut().skip(at).step_by(inner) {
        *value /= sum;
    }
}

/// Distances between indices of a shape in a larger one; zero where one number stands for all.
fn strides(shape: &[usize], out: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; out.len()];
    let (mut inner, missing) = (1, out.len() - shape.len());
    for (at, &side) in shape.iter().enumerate().rev() {
        strides[at + missing] = if side == 1 { 0 } else { inner };
        inner *= side;
    }
    strides
}

fn combine(function: Binary, [a, b]: [(&[f32], &[usize]); 2], out: &[usize], into: &mut [f32]) {
    if a.1 == out && b.1 == out {
        let pairs = into.iter_mut().zip(a.0.iter().zip(b.0));
        // The choice before the loop, so that the compiler finds vectors.
        match function {
            Binary::Add => pairs.for_each(|(out, (a, b))| *out = a + b),
            Binary::Subtract => pairs.for_each(|(out, (a, b))| *out = a - b),
            Binary::Multiply => pairs.for_each(|(out, (a, b))| *out = a * b),
            Binary::Divide => pairs.for_each(|(out, (a, b))| *out = a / b),
        }
        return;
    }
    let steps = [strides(a.1, out), strides(b.1, out)];
    for (at, value) in into.iter_mut().enumerate() {
        let (mut rest, mut from) = (at, [0, 0]);
        for (axis, &side) in out.iter().enumerate().rev() {
            let index = rest % side;
            rest /= side;
            from[0] += index * steps[0][axis];
            from[1] += index * steps[1][axis];
        }
        *value = binary(function, a.0[from[0]], b.0[from[1]]);
    }
}

fn transpose(from: &[f32], shape: &[usize], order: &[usize], into: &mut [f32]) {
    let steps = strides_of_all(shape);
    let out: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
    for (at, value) in into.iter_mut().enumerate() {
        let (mut rest, mut source) = (at, 0);
        for (axis, &side) in out.iter().enumerate().rev() {
            source += rest % side * steps[order[axis]];
            rest /= side;
        }
        *value = from[source];
    }
}

fn strides_of_all(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

fn reduce(reduction: Reduction, from: &[f32], shape: &[usize], axes: &[usize], into: &mut [f32]) {
    let kept: Vec<usize> =
        shape.iter().enumerate().map(|(axis, &side)| if axes.contains(&axis) { 1 } else { side }).collect();
    let steps = strides(&kept, shape);
    into.fill(if reduction == Reduction::Least { f32::INFINITY } else { 0.0 });
    for (at, &value) in from.iter().enumerate() {
        let (mut rest, mut to) = (at, 0);
        for (axis, &side) in shape.iter().enumerate().rev() {
            to += rest % side * steps[axis];
            rest /= side;
        }
        into[to] = match reduction {
            Reduction::Least => into[to].min(value),
            Reduction::Norm => into[to] + value * value,
            Reduction::Mean | Reduction::Sum => into[to] + value,
        };
    }
    let count = (from.len() / into.len().max(1)) as f32;
    for value in into {
        match reduction {
            Reduction::Mean => *value /= count,
            Reduction::Norm => *value = value.sqrt(),
            Reduction::Least | Reduction::Sum => {}
        }
    }
}

/// `(rows, inner) · (inner, columns)`, row-major.
fn product(level: Level, a: &[f32], b: &[f32], [rows, inner, columns]: [usize; 3], into: &mut [f32]) {
    let weight = |output: usize, input: usize| b[input * columns + output];
    let panels = Panels::new(level, (columns, inner, inner), weight, |_| 0.0, Clamp::NONE);
    let offsets: Vec<usize> = (0..inner).collect();
    let mut blocks = vec![Block::default(); panels.outputs * rows];
    let extent = Extent { count: 1, width: rows };
    for (panel, &(first, _)) in panels.panels.iter().enumerate() {
        let work = Gather { panels: &panels, panel, source: a, offsets: &offsets, row: 0, stride: inner, rows: extent };
        gather(level, &work, (&mut blocks, View { start: first * rows, plane: rows, row: rows }));
    }
    for (row, into) in into.chunks_exact_mut(columns).enumerate() {
        for (column, out) in into.iter_mut().enumerate() {
            *out = blocks[column / LANES * rows + row].0[column % LANES];
        }
    }
}
