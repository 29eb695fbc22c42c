//! Operators over maps: convolutions, pools, bilinear doubling, and maps beside each other.

use separable::graph::op::{Convolution, Node, Op, ValueId};

use super::elementwise::{Function, Operand, bounds};
use super::place::{Place, QUAD, Source, StorageId, are_equal, map_numbers, map_strides};
use super::planner::{Normalisation, Planner};
use super::step::{Form, Step};
use super::work::Work;

/// Neighbours in a row that a thread computes, `PIXELS` in the shaders.
const PIXELS: usize = 4;

impl Planner<'_> {
    /// The picture's bytes become the first value.
    pub(super) fn normalise(&mut self, normalisation: &Normalisation) -> Result<(), String> {
        let [channels, height, width] = self.map_shape(0)?;
        let Normalisation { mean, deviation } = normalisation;
        if channels != 3 {
            return Err(format!("expected three channels, got {channels}"));
        }
        let (writes, place) = self.new_map([channels, height, width]);
        let floats = [mean[0], mean[1], mean[2], 0.0, deviation[0], deviation[1], deviation[2], 1.0];
        let sizes = floats.map(f32::to_bits).into_iter().chain([(height * width) as u32]).collect();
        self.steps.push(Step { work: Work::Normalise { pixels: height * width }, reads: [None; 2], writes, sizes });
        self.places[0] = Some(place);
        Ok(())
    }

    /// Plans an operator over maps; none if it is another operator.
    pub(super) fn map_node(&mut self, node: &Node) -> Result<Option<Place>, String> {
        let place = match &node.op {
            Op::Convolution(convolution) => self.convolution(convolution, node.out)?,
            Op::Pool { from, side } => self.pool(*from, *side, node.out)?,
            Op::Double(from) => self.double(*from, node.out)?,
            Op::Channels(parts) => self.channels(parts, node.out)?,
            Op::ToMap(from) => self.map(*from)?.1,
            _ => return Ok(None),
        };
        Ok(Some(place))
    }

    /// A value as a map: where it is, or a copy.
    fn map(&mut self, value: ValueId) -> Result<(StorageId, Place), String> {
        let (shape, place) = (self.map_shape(value)?, self.place(value)?);
        if let Source::Storage(storage) = place.source {
            let holds = self.storages[storage];
            let is_map = holds.form == Form::Map && holds.numbers == map_numbers(shape) && place.first == 0;
            if is_map && are_equal(&place.strides, &map_strides(shape), &shape) {
                return Ok((storage, place));
            }
        }
        let (storage, out) = self.new_map(shape);
        self.elementwise(Function::COPY, &shape, [Operand { place, shape: shape.to_vec() }].as_slice(), storage, &out);
        Ok((storage, out))
    }

    fn convolution(&mut self, convolution: &Convolution, out: ValueId) -> Result<Place, String> {
        let (from, _) = self.map(convolution.from)?;
        let added = convolution.added.map(|added| self.map(added)).transpose()?.map(|(storage, _)| storage);
        let shape @ [channels, out_height, out_width] = self.map_shape(out)?;
        let [_, height, width] = self.map_shape(convolution.from)?;
        let Convolution { side, stride, pad, clamp, .. } = *convolution;
        let quads = channels.div_ceil(QUAD);
        let strips = out_width.div_ceil(PIXELS);
        let threads = quads * strips * out_height;
        let begins = if convolution.is_depthwise {
            self.weights.depthwise(convolution)
        } else if convolution.is_pointwise() {
            self.weights.pointwise(convolution)
        } else if convolution.inputs == 3 {
            self.weights.of_picture(convolution)
        } else {
            return Err(format!("a {side}×{side} convolution of {} channels", convolution.inputs));
        };
        let are_half = begins.are_half;
        let work = if convolution.is_depthwise {
            Work::Depthwise { side, stride, are_half, threads }
        } else if convolution.is_pointwise() {
            Work::Pointwise { rows: height * width, quads, are_half }
        } else {
            Work::Convolve { side, stride, are_half, threads }
        };
        let [low, high] = bounds(clamp);
        let sizes = if let Work::Pointwise { rows, .. } = work {
            let inner = convolution.inputs.div_ceil(QUAD);
            let [rows, inner, quads] = [rows, inner, quads].map(|size| size as u32);
            vec![rows, inner, quads, begins.weights, begins.numbers, u32::from(added.is_some()), low, high]
        } else if added.is_some() {
            return Err("a sum after a convolution that is not 1×1".to_owned());
        } else {
            let sizes = [height, width, out_height, out_width, pad[0], pad[1], quads, strips];
            sizes.map(|size| size as u32).into_iter().chain([begins.weights, begins.numbers, low, high]).collect()
        };
        let (writes, place) = self.new_map(shape);
        self.steps.push(Step { work, reads: [Some(from), added].map(|read| read.map(Source::Storage)), writes, sizes });
        Ok(place)
    }

    fn pool(&mut self, from: ValueId, (down, across): (usize, usize), out: ValueId) -> Result<Place, String> {
        let (source, _) = self.map(from)?;
        let [_, _, width] = self.map_shape(from)?;
        let shape @ [channels, out_height, out_width] = self.map_shape(out)?;
        let quads = channels.div_ceil(QUAD);
        let sizes = [width, out_height, out_width, quads, down, across].map(|size| size as u32).to_vec();
        let (writes, place) = self.new_map(shape);
        let work = Work::Pool { threads: out_height * out_width * quads };
        self.steps.push(Step { work, reads: [Some(Source::Storage(source)), None], writes, sizes });
        Ok(place)
    }

    fn double(&mut self, from: ValueId, out: ValueId) -> Result<Place, String> {
        let (source, _) = self.map(from)?;
        let [_, height, width] = self.map_shape(from)?;
        let shape @ [channels, out_height, out_width] = self.map_shape(out)?;
        let quads = channels.div_ceil(QUAD);
        let sizes = [height, width, quads].map(|size| size as u32).to_vec();
        let (writes, place) = self.new_map(shape);
        let work = Work::Double { threads: out_height * out_width * quads };
        self.steps.push(Step { work, reads: [Some(Source::Storage(source)), None], writes, sizes });
        Ok(place)
    }

    /// Copies several maps beside each other. All but the last have whole quads of channels.
    fn channels(&mut self, parts: &[ValueId], out: ValueId) -> Result<Place, String> {
        let (storage, whole) = {
            let shape = self.map_shape(out)?;
            self.new_map(shape)
        };
        let mut before = 0;
        for &part in parts {
            let (shape, place) = (self.map_shape(part)?, self.place(part)?);
            let out = Place { first: before, ..whole.clone() };
            let operand = Operand { place, shape: shape.to_vec() };
            self.elementwise(Function::COPY, &shape, &[operand], storage, &out);
            before += shape[0];
        }
        Ok(whole)
    }
}
