//! Operators over plain numbers. Reshaping, transposing and slicing are views; everything else is a step.

use separable::graph::op::{Node, Op, Operand as OpOperand, Reduction, ValueId};

use super::elementwise::{AXES, Function, Operand};
use super::place::{Place, Source, StorageId, are_equal, plain_strides, reshaped};
use super::planner::Planner;
use super::step::{Form, Step};
use super::work::Work;

/// Lines of fewer numbers are reduced by one thread each.
const SHORT_LINE: usize = 32;

impl Planner<'_> {
    /// Plans an operator over plain numbers.
    pub(super) fn plain_node(&mut self, node: &Node) -> Result<Place, String> {
        let out_shape = self.shape(node.out).to_vec();
        if out_shape.len() > AXES {
            return Err(format!("expected at most {AXES} axes, got {out_shape:?}"));
        }
        match &node.op {
            Op::ToPlain(from) => self.place(*from),
            Op::Reshape(from) => {
                let Operand { place, shape } = self.value(*from)?;
                match reshaped(&place.strides, &shape, &out_shape) {
                    Some(strides) => Ok(Place { strides, ..place }),
                    None => {
                        let (_, place) = self.copied(Operand { place, shape });
                        Ok(Place { strides: plain_strides(&out_shape), ..place })
                    }
                }
            }
            Op::Transpose { from, order } => {
                let place = self.place(*from)?;
                Ok(Place { strides: order.iter().map(|&axis| place.strides[axis]).collect(), ..place })
            }
            Op::Slice { from, axis, first, .. } => {
                let place = self.place(*from)?;
                Ok(Place { first: place.first + first * place.strides[*axis], ..place })
            }
            Op::Unary { from, function } => {
                let operand = self.value(*from)?;
                Ok(self.computed(Function::unary(*function), &out_shape, &[operand], node.out))
            }
            Op::Binary { function, operands } => {
                let [a, b] = operands;
                let operands = [self.operand(a)?, self.operand(b)?];
                Ok(self.computed(Function::binary(*function), &out_shape, &operands, node.out))
            }
            Op::Concatenate { from, axis } => {
                let (storage, whole) = self.new_plain(&out_shape);
                let mut before = 0;
                for &part in from {
                    let operand = self.value(part)?;
                    let shape = operand.shape.clone();
                    let out = Place { first: before * whole.strides[*axis], ..whole.clone() };
                    self.elementwise(Function::COPY, &shape, &[operand], storage, &out);
                    before += shape[*axis];
                }
                Ok(whole)
            }
            Op::Reduce { from, reduction, axes } => self.reduce(*from, *reduction, axes, &out_shape),
            Op::Softmax { from, axis } => self.softmax(*from, *axis),
            Op::Product([a, b]) => self.product(a, b, &out_shape),
            _ => Err("an operator over maps".to_owned()),
        }
    }

    /// A value's numbers, row-major and without gaps: where they are, or a copy.
    pub(super) fn contiguous(&mut self, value: ValueId) -> Result<StorageId, String> {
        let operand = self.value(value)?;
        if let Source::Storage(storage) = operand.place.source {
            let holds = self.storages[storage];
            let is_whole = holds.form == Form::Plain && operand.place.first == 0;
            let strides = plain_strides(&operand.shape);
            let is_row_major = are_equal(&operand.place.strides, &strides, &operand.shape);
            if is_whole && is_row_major && holds.numbers == operand.shape.iter().product::<usize>() {
                return Ok(storage);
            }
        }
        Ok(self.copied(operand).0)
    }

    fn value(&self, value: ValueId) -> Result<Operand, String> {
        Ok(Operand { place: self.place(value)?, shape: self.shape(value).to_vec() })
    }

    fn operand(&mut self, operand: &OpOperand) -> Result<Operand, String> {
        match operand {
            OpOperand::Value(value) => self.value(*value),
            OpOperand::Constant(shape, numbers) => {
                let first = self.weights.constant(numbers);
                let place = Place { source: Source::Constants, first, strides: plain_strides(shape) };
                Ok(Operand { place, shape: shape.clone() })
            }
        }
    }

    /// A new value of a function: a map if it is one on the processor, else plain numbers in the order of the first operand's.
    fn computed(&mut self, function: Function, shape: &[usize], operands: &[Operand], out: ValueId) -> Place {
        let is_map = matches!(self.program.values[out].form, separable::graph::op::Form::Map(_));
        let (storage, place) = match (is_map, shape) {
            (true, &[channels, height, width]) => self.new_map([channels, height, width]),
            _ => {
                let (storage, place) = self.new_plain(shape);
                let like = operands.first().filter(|operand| operand.shape == shape);
                (storage, Place { strides: like.map_or(place.strides.clone(), in_order_of), ..place })
            }
        };
        self.elementwise(function, shape, operands, storage, &place);
        place
    }

    fn reduce(
        &mut self,
        from: ValueId,
        reduction: Reduction,
        axes: &[usize],
        out_shape: &[usize],
    ) -> Result<Place, String> {
        let operand = self.value(from)?;
        let function = match reduction {
            Reduction::Mean => 0,
            Reduction::Least => 1,
            Reduction::Sum => 2,
            Reduction::Norm => 3,
        };
        let (writes, out) = self.new_plain(out_shape);
        let Lines { sizes, lines, length } = self.lines(&operand, axes, &out, writes, function)?;
        let work = Work::Reduce { lines, is_by_group: length >= SHORT_LINE };
        self.steps.push(Step { work, reads: [Some(operand.place.source), None], writes, sizes });
        Ok(out)
    }

    fn softmax(&mut self, from: ValueId, axis: usize) -> Result<Place, String> {
        let operand = self.value(from)?;
        let (writes, out) = self.new_plain(&operand.shape.clone());
        let Lines { sizes, lines, .. } = self.lines(&operand, &[axis], &out, writes, 0)?;
        self.steps.push(Step {
            work: Work::Softmax { lines },
            reads: [Some(operand.place.source), None],
            writes,
            sizes,
        });
        Ok(out)
    }

    /// The sizes of a step over lines along some axes.
    fn lines(
        &self,
        operand: &Operand,
        axes: &[usize],
        out: &Place,
        writes: StorageId,
        function: u32,
    ) -> Result<Lines, String> {
        let Operand { place, shape } = operand;
        if shape.len() > AXES {
            return Err(format!("expected at most {AXES} axes, got {shape:?}"));
        }
        let four = |keeps_lines: bool, numbers: &[usize], fill: u32| {
            let mut four = [fill; AXES];
            for (axis, &number) in numbers.iter().enumerate() {
                if axes.contains(&axis) == keeps_lines {
                    four[AXES - shape.len() + axis] = number as u32;
                }
            }
            four
        };
        let [kept, line] = [false, true].map(|is_line| four(is_line, shape, 1));
        let [kept_strides, line_strides] = [false, true].map(|is_line| four(is_line, &place.strides, 0));
        let [out_kept, out_line] = [false, true].map(|is_line| four(is_line, &out.strides, 0));
        let mut sizes = [kept, kept_strides, line, line_strides, out_kept, out_line].concat();
        let count = |sides: [u32; AXES]| sides.iter().map(|&side| side as usize).product::<usize>();
        let (lines, length) = (count(kept), count(line));
        sizes.extend([self.picture_numbers(place.source), place.first as u32, self.storages[writes].numbers as u32]);
        sizes.extend([lines as u32, length as u32, function]);
        Ok(Lines { sizes, lines, length })
    }

    fn product(&mut self, a: &OpOperand, b: &OpOperand, out_shape: &[usize]) -> Result<Place, String> {
        let [a, b] = [self.operand(a)?, self.operand(b)?];
        let (Some(&inner), &[b_inner, columns]) = (a.shape.last(), &b.shape[..]) else {
            return Err(format!("expected a product with a matrix, got {:?}", b.shape));
        };
        if inner != b_inner {
            return Err(format!("expected matrices that fit each other, got {:?} and {:?}", a.shape, b.shape));
        }
        let rows = a.shape.iter().product::<usize>() / inner.max(1);
        let (a_place, a_strides) = match reshaped(&a.place.strides, &a.shape, &[rows, inner]) {
            Some(strides) => (a.place, strides),
            None => (self.copied(a).1, vec![inner, 1]),
        };
        let (writes, out) = self.new_plain(out_shape);
        let b_strides = &b.place.strides;
        let mut sizes = [rows, inner, columns, a_strides[0], a_strides[1], b_strides[0], b_strides[1]]
            .map(|size| size as u32)
            .to_vec();
        for place in [&a_place, &b.place] {
            sizes.extend([self.picture_numbers(place.source), place.first as u32]);
        }
        let work = Work::Product { threads: rows * columns };
        self.steps.push(Step { work, reads: [Some(a_place.source), Some(b.place.source)], writes, sizes });
        Ok(out)
    }
}

/// A step's sizes, its lines and their length.
struct Lines {
    sizes: Vec<u32>,
    lines: usize,
    length: usize,
}

/// Distances without gaps, in the order of an operand's: neighbouring threads read neighbouring numbers as well.
fn in_order_of(operand: &Operand) -> Vec<usize> {
    let mut order: Vec<usize> = (0..operand.shape.len()).collect();
    order.sort_by_key(|&axis| (operand.place.strides[axis], std::cmp::Reverse(axis)));
    let mut strides = vec![0; order.len()];
    let mut next = 1;
    for axis in order {
        strides[axis] = next;
        next *= operand.shape[axis];
    }
    strides
}
