//! Functions of each number of one or two values, which are read and written at any places.

use separable::graph::op::{Binary, Clamp, Unary};

use super::place::{Place, QUAD, StorageId, broadcast};
use super::planner::Planner;
use super::step::{Form, Step};
use super::work::Work;

/// Axes that the shaders know.
pub(super) const AXES: usize = 4;

/// A function of the elementwise shader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    code: u32,
    clamp: Clamp,
}

/// Numbers and their shape.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) place: Place,
    pub(super) shape: Vec<usize>,
}

impl Function {
    pub(super) const COPY: Self = Self { code: 0, clamp: Clamp::NONE };

    pub(super) const fn unary(function: Unary) -> Self {
        let code = match function {
            Unary::Clamp(clamp) => return Self { code: 1, clamp },
            Unary::SquareRoot => 2,
            Unary::Exponential => 3,
            Unary::Sigmoid => 4,
            Unary::Reciprocal => 5,
        };
        Self { code, ..Self::COPY }
    }

    pub(super) const fn binary(function: Binary) -> Self {
        let code = match function {
            Binary::Add => 6,
            Binary::Subtract => 7,
            Binary::Multiply => 8,
            Binary::Divide => 9,
        };
        Self { code, ..Self::COPY }
    }
}

impl Planner<'_> {
    /// Adds the step that writes a function of one or two operands to a place.
    pub(super) fn elementwise(
        &mut self,
        function: Function,
        shape: &[usize],
        operands: &[Operand],
        writes: StorageId,
        out: &Place,
    ) {
        let mut sides = shape.to_vec();
        let form = self.storages[writes].form;
        // A map's channels up to a whole quad are zero.
        let mut valid = None;
        if form == Form::Map {
            valid = Some(sides[0]);
            sides[0] = sides[0].next_multiple_of(QUAD);
        }
        // The axis whose numbers are nearest runs fastest, so that neighbouring threads write neighbouring numbers.
        let mut order: Vec<usize> = (0..sides.len()).collect();
        order.sort_by_key(|&axis| std::cmp::Reverse(if sides[axis] == 1 { usize::MAX } else { out.strides[axis] }));
        let ordered = |numbers: &[usize], fill: usize| {
            let mut four = [fill as u32; AXES];
            for (at, &axis) in order.iter().rev().enumerate() {
                four[AXES - 1 - at] = numbers[axis] as u32;
            }
            four
        };
        let shape_words = ordered(&sides, 1);
        let mut sizes: Vec<u32> = [shape_words, ordered(&out.strides, 0)].concat();
        let places: Vec<(Place, Vec<usize>)> = operands
            .iter()
            .map(|operand| (operand.place.clone(), broadcast(&operand.place.strides, &operand.shape, shape)))
            .collect();
        // A function of one number reads it twice.
        let [a, b] = [&places[0], places.get(1).unwrap_or(&places[0])];
        sizes.extend([ordered(&a.1, 0), ordered(&b.1, 0)].as_flattened());
        sizes.extend([self.storages[writes].numbers as u32, out.first as u32]);
        for (place, _) in [a, b] {
            sizes.extend([self.picture_numbers(place.source), place.first as u32]);
        }
        let [low, high] = bounds(function.clamp);
        sizes.extend([valid.map_or(shape_words[AXES - 1], |valid| valid as u32), function.code, low, high]);
        let work = Work::Elementwise { threads: sides.iter().product() };
        let reads = [Some(a.0.source), Some(b.0.source)];
        self.steps.push(Step { work, reads, writes, sizes });
    }

    /// A row-major copy.
    pub(super) fn copied(&mut self, operand: Operand) -> (StorageId, Place) {
        let shape = operand.shape.clone();
        let (storage, place) = self.new_plain(&shape);
        self.elementwise(Function::COPY, &shape, &[operand], storage, &place);
        (storage, place)
    }
}

/// The bits of a clamp's bounds. Shaders need not know infinities.
pub(super) fn bounds(clamp: Clamp) -> [u32; 2] {
    [clamp.low, clamp.high].map(|bound| bound.clamp(f32::MIN, f32::MAX).to_bits())
}
