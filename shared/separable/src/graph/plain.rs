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
    let [of_a, of_b] = [strides(a.1, out), strides(b.1, out)];
    let across = out.last().copied().unwrap_or(1).max(1);
    let last = out.len().saturating_sub(1);
    let [step_a, step_b] = [&of_a, &of_b].map(|steps| steps.get(last).copied().unwrap_or(0));
    for (row, into) in into.chunks_exact_mut(across).enumerate() {
        let (mut rest, mut from) = (row, [0, 0]);
        for axis in (0..last).rev() {
            let index = rest % out[axis];
            rest /= out[axis];
            from[0] += index * of_a[axis];
            from[1] += index * of_b[axis];
        }
        let (a, b) = (&a.0[from[0]..], &b.0[from[1]..]);
        // One number stands for the row or each number has its own: the choice before the loop, as above.
        match (step_a, step_b) {
            (0, 0) => into.fill(binary(function, a[0], b[0])),
            (0, _) => each(function, into, |_| a[0], |at| b[at]),
            (_, 0) => each(function, into, |at| a[at], |_| b[0]),
            _ => each(function, into, |at| a[at], |at| b[at]),
        }
    }
}

/// A function of the numbers that `a` and `b` give for each place.
#[inline(always)]
fn each(function: Binary, into: &mut [f32], a: impl Fn(usize) -> f32, b: impl Fn(usize) -> f32) {
    let places = into.iter_mut().enumerate();
    match function {
        Binary::Add => places.for_each(|(at, out)| *out = a(at) + b(at)),
        Binary::Subtract => places.for_each(|(at, out)| *out = a(at) - b(at)),
        Binary::Multiply => places.for_each(|(at, out)| *out = a(at) * b(at)),
        Binary::Divide => places.for_each(|(at, out)| *out = a(at) / b(at)),
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
    into.fill(if reduction == Reduction::Least { f32::INFINITY } else { 0.0 });
    let (first, last) = (axes.iter().min().copied().unwrap_or(0), axes.iter().max().copied().unwrap_or(0));
    if (first..=last).all(|axis| axes.contains(&axis)) && !axes.is_empty() {
        // (…, reduced, inner)
        let inner = shape[last + 1..].iter().product::<usize>();
        let reduced = shape[first..=last].iter().product::<usize>();
        for (from, into) in from.chunks_exact(reduced * inner).zip(into.chunks_exact_mut(inner)) {
            reduce_first(reduction, from, into);
        }
    } else {
        let kept: Vec<usize> =
            shape.iter().enumerate().map(|(axis, &side)| if axes.contains(&axis) { 1 } else { side }).collect();
        let steps = strides(&kept, shape);
        for (at, &value) in from.iter().enumerate() {
            let (mut rest, mut to) = (at, 0);
            for (axis, &side) in shape.iter().enumerate().rev() {
                to += rest % side * steps[axis];
                rest /= side;
            }
            into[to] = joined(reduction, into[to], value);
        }
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

/// Adds the first axis of `(reduced, inner)` to `(inner)`.
fn reduce_first(reduction: Reduction, from: &[f32], into: &mut [f32]) {
    if let [into] = into {
        // Several sums at once, so that none waits for the one before.
        let mut parts = [*into; LANES];
        let lines = from.chunks_exact(LANES);
        let rest = lines.remainder();
        for line in lines {
            for (part, &value) in parts.iter_mut().zip(line) {
                *part = joined(reduction, *part, value);
            }
        }
        for (part, &value) in parts.iter_mut().zip(rest) {
            *part = joined(reduction, *part, value);
        }
        *into = if reduction == Reduction::Least {
            parts.into_iter().fold(f32::INFINITY, f32::min)
        } else {
            parts.into_iter().sum()
        };
        return;
    }
    for line in from.chunks_exact(into.len()) {
        for (into, &value) in into.iter_mut().zip(line) {
            *into = joined(reduction, *into, value);
        }
    }
}

/// What a reduction has after one more number, but for the division or the root at its end.
#[inline(always)]
fn joined(reduction: Reduction, before: f32, value: f32) -> f32 {
    match reduction {
        Reduction::Least => before.min(value),
        Reduction::Norm => before + value * value,
        Reduction::Mean | Reduction::Sum => before + value,
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

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [3, 5, 11];

    fn numbers() -> Vec<f32> {
        (0..3 * 5 * 11).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect()
    }

    /// The index on each axis.
    fn index(at: usize) -> [usize; 3] {
        [at / 55, at / 11 % 5, at % 11]
    }

    #[test]
    fn reductions_over_any_axes_are_those_of_the_definition() {
        let numbers = numbers();
        for axes in [&[0][..], &[1], &[2], &[0, 1], &[1, 2], &[0, 2], &[0, 1, 2]] {
            let kept: Vec<usize> = (0..3).map(|axis| if axes.contains(&axis) { 1 } else { SHAPE[axis] }).collect();
            for reduction in [Reduction::Mean, Reduction::Least, Reduction::Sum, Reduction::Norm] {
                let mut received = vec![7.0; kept.iter().product()];
                reduce(reduction, &numbers, &SHAPE, axes, &mut received);
                for (place, received) in received.iter().enumerate() {
                    let is_of_place = |&(at, _): &(usize, &f32)| {
                        let own = (0..3).fold(0, |place, axis| place * kept[axis] + index(at)[axis] % kept[axis]);
                        own == place
                    };
                    let line: Vec<f32> =
                        numbers.iter().enumerate().filter(is_of_place).map(|(_, &number)| number).collect();
                    let sum: f32 = line.iter().sum();
                    let expected = match reduction {
                        Reduction::Mean => sum / line.len() as f32,
                        Reduction::Least => line.iter().copied().fold(f32::INFINITY, f32::min),
                        Reduction::Sum => sum,
                        Reduction::Norm => line.iter().map(|number| number * number).sum::<f32>().sqrt(),
                    };
                    assert!((received - expected).abs() < 1e-4, "{reduction:?} {axes:?}: {received}, {expected}");
                }
            }
        }
    }

    #[test]
    fn one_number_stands_for_an_axis_on_either_side() {
        let numbers = numbers();
        for shape in [&[3, 5, 11][..], &[1, 5, 11], &[3, 1, 11], &[3, 5, 1], &[1, 1, 1], &[5, 1], &[11], &[]] {
            let other: Vec<f32> = (0..shape.iter().product()).map(|at: usize| at as f32 / 9.0 + 0.5).collect();
            let steps = strides(shape, &SHAPE);
            for function in [Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Divide] {
                for is_first in [true, false] {
                    let mut received = vec![0.0; numbers.len()];
                    let [a, b] = [(&numbers[..], &SHAPE[..]), (&other[..], shape)];
                    combine(function, if is_first { [a, b] } else { [b, a] }, &SHAPE, &mut received);
                    for (at, received) in received.into_iter().enumerate() {
                        let own = other[(0..3).map(|axis| index(at)[axis] * steps[axis]).sum::<usize>()];
                        let [a, b] = if is_first { [numbers[at], own] } else { [own, numbers[at]] };
                        assert_eq!(received, binary(function, a, b), "{function:?} {shape:?}");
                    }
                }
            }
        }
    }
}
