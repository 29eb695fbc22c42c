//! What a run does, step by step. In: a rewritten graph. Out: [`Step`]s with packed weights, of which separable layers are one.

use super::op::{Convolution, Form, Node, Op, Program, Value, ValueId};
use crate::map::{Block, LANES};
use crate::simd::{Level, Panels, Taps};

/// A step of a run.
#[derive(Debug)]
pub(super) enum Step {
    /// Expansion, depthwise convolution and projection.
    Layer(Box<Layer>),
    /// A 1×1 convolution.
    Pointwise { from: ValueId, added: Option<ValueId>, panels: Panels },
    /// A convolution of the picture.
    Picture(PictureConvolution),
    /// The means of squares of the picture, as a map.
    PicturePool((usize, usize)),
    /// Everything else.
    Other(Op),
}

/// A convolution of the picture, all channels to all.
#[derive(Debug)]
pub(super) struct PictureConvolution {
    pub(super) panels: Panels,
    pub(super) side: usize,
    pub(super) stride: usize,
    pub(super) pad: [usize; 2],
    /// Rows and columns of its output.
    pub(super) size: [usize; 2],
}

/// What a layer's depthwise convolution reads.
#[derive(Debug)]
pub(super) enum LayerInput {
    /// A product of a map.
    Expanded(ValueId, Panels),
    /// A convolution of the picture.
    Picture(PictureConvolution),
    /// The channels of some maps, each as it is or at twice its size.
    Parts(Vec<(ValueId, bool)>),
}

/// A separable layer.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) input: LayerInput,
    pub(super) taps: Taps,
    /// Rows above and columns left of the map that count as zero.
    pub(super) pad: [usize; 2],
    pub(super) project: Panels,
    pub(super) added: Option<ValueId>,
    /// Rows and columns that the depthwise convolution reads.
    pub(super) input_size: [usize; 2],
    /// Rows and columns of the output.
    pub(super) size: [usize; 2],
}

/// A step and the value that it computes.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) step: Step,
    pub(super) out: ValueId,
}

impl Planned {
    /// The values that it reads.
    pub(super) fn reads(&self) -> Vec<ValueId> {
        match &self.step {
            Step::Layer(layer) => {
                let input = match &layer.input {
                    LayerInput::Expanded(from, _) => vec![*from],
                    LayerInput::Picture(_) => vec![0],
                    LayerInput::Parts(parts) => parts.iter().map(|(from, _)| *from).collect(),
                };
                input.into_iter().chain(layer.added).collect()
            }
            Step::Pointwise { from, added, .. } => [*from].into_iter().chain(*added).collect(),
            Step::Picture(_) | Step::PicturePool(_) => vec![0],
            Step::Other(op) => op.reads(),
        }
    }

    /// What it does, in a few words.
    pub(super) fn name(&self) -> String {
        match &self.step {
            Step::Layer(layer) => {
                let Taps { blocks, side, stride, .. } = layer.taps;
                let from = match &layer.input {
                    LayerInput::Expanded(_, panels) => format!("{}", panels.inputs),
                    LayerInput::Picture(_) => "picture".to_owned(),
                    LayerInput::Parts(_) => "parts".to_owned(),
                };
                let added = if layer.added.is_some() { "+" } else { "" };
                format!(
                    "layer {from}→{}→{}{added} {side}×{side}/{stride}",
                    blocks * LANES,
                    layer.project.outputs * LANES
                )
            }
            Step::Pointwise { panels, .. } => format!("pointwise {}→{}", panels.inputs, panels.outputs * LANES),
            Step::Picture(convolution) => format!("picture {}×{0}/{}", convolution.side, convolution.stride),
            Step::PicturePool(side) => format!("picture pool {side:?}"),
            Step::Other(op) => format!("{op:?}").chars().take_while(|c| c.is_alphanumeric()).collect(),
        }
    }

    /// Multiply-adds for a picture.
    pub(super) fn macs(&self, values: &[Value]) -> usize {
        let picture =
            |convolution: &PictureConvolution| convolution.panels.macs() * convolution.size.iter().product::<usize>();
        match &self.step {
            Step::Layer(layer) => {
                let (area, area_in) =
                    (layer.size.iter().product::<usize>(), layer.input_size.iter().product::<usize>());
                let expand = match &layer.input {
                    LayerInput::Expanded(_, panels) => panels.macs() * area_in,
                    LayerInput::Picture(convolution) => picture(convolution),
                    LayerInput::Parts(_) => 0,
                };
                let Taps { blocks, side, .. } = layer.taps;
                expand + blocks * LANES * side * side * area + layer.project.macs() * area
            }
            Step::Pointwise { panels, .. } => panels.macs() * values[self.out].shape[1..].iter().product::<usize>(),
            Step::Picture(convolution) => picture(convolution),
            Step::Other(Op::Product([_, b])) => {
                let inner = match b {
                    super::op::Operand::Value(value) => values[*value].shape[0],
                    super::op::Operand::Constant(shape, _) => shape.first().copied().unwrap_or(1),
                };
                values[self.out].len() * inner
            }
            Step::PicturePool(_) | Step::Other(_) => 0,
        }
    }
}

/// Plans the steps of a graph for a level.
pub(super) fn plan(graph: &Program, level: Level) -> Result<Vec<Planned>, String> {
    let Program { values, nodes, .. } = graph;
    let readers = graph.readers();
    let computes = |value: ValueId| nodes.iter().find(|node| node.out == value).map(|node| &node.op);
    let convolution = |value: ValueId| match computes(value) {
        Some(Op::Convolution(convolution)) => Some(&**convolution),
        _ => None,
    };
    let size = |value: ValueId| [values[value].shape[1], values[value].shape[2]];
    let mut steps = Vec::with_capacity(nodes.len());
    let mut is_part = vec![false; values.len()];
    // From the end, so that a layer's last convolution is seen before its others.
    for Node { op, out, .. } in nodes.iter().rev() {
        if is_part[*out] {
            continue;
        }
        let step = match op {
            Op::Convolution(last) if last.is_depthwise => {
                return Err("expected a 1×1 convolution after each depthwise one".to_owned());
            }
            Op::Convolution(last) if last.is_pointwise() => {
                let middle = convolution(last.from).filter(|middle| middle.is_depthwise && readers[last.from] == 1);
                match middle {
                    Some(middle) => {
                        is_part[last.from] = true;
                        // A projection of the layer before is no expansion of this one.
                        let is_projection = |first: &Convolution| {
                            convolution(first.from).is_some_and(|before| before.is_depthwise)
                                && readers[first.from] == 1
                        };
                        let first = convolution(middle.from).filter(|first| {
                            !first.is_depthwise
                                && first.added.is_none()
                                && readers[middle.from] == 1
                                && !is_projection(first)
                        });
                        let input = match first {
                            Some(first) => {
                                is_part[middle.from] = true;
                                if first.is_pointwise() {
                                    LayerInput::Expanded(first.from, pointwise(first, level))
                                } else {
                                    LayerInput::Picture(of_picture(first, size(middle.from), level))
                                }
                            }
                            None => {
                                let mut parts = vec![(middle.from, false)];
                                if let Some(Op::Channels(maps)) = computes(middle.from)
                                    && readers[middle.from] == 1
                                {
                                    is_part[middle.from] = true;
                                    parts = maps
                                        .iter()
                                        .map(|&map| match computes(map) {
                                            Some(&Op::Double(small)) if readers[map] == 1 => {
                                                is_part[map] = true;
                                                (small, true)
                                            }
                                            _ => (map, false),
                                        })
                                        .collect();
                                }
                                LayerInput::Parts(parts)
                            }
                        };
                        Step::Layer(Box::new(Layer {
                            input,
                            taps: taps(middle),
                            pad: middle.pad,
                            project: pointwise(last, level),
                            added: last.added,
                            input_size: size(middle.from),
                            size: size(last.from),
                        }))
                    }
                    None => Step::Pointwise { from: last.from, added: last.added, panels: pointwise(last, level) },
                }
            }
            Op::Convolution(first) => Step::Picture(of_picture(first, size(*out), level)),
            Op::Pool { from, side } => match computes(*from) {
                Some(Op::ToMap(0)) => {
                    is_part[*from] = readers[*from] == 1;
                    Step::PicturePool(*side)
                }
                _ => Step::Other(op.clone()),
            },
            other => Step::Other(other.clone()),
        };
        steps.push(Planned { step, out: *out });
    }
    steps.reverse();
    let are_maps = |value: &Value| matches!(value.form, Form::Map(_));
    let is_map = |step: &Planned| match &step.step {
        Step::Layer(layer) => layer.added.iter().all(|&added| are_maps(&values[added])),
        Step::Pointwise { from, added, .. } => [Some(*from), *added].iter().flatten().all(|&at| are_maps(&values[at])),
        Step::Picture(_) | Step::PicturePool(_) | Step::Other(_) => true,
    };
    if steps.iter().all(is_map) { Ok(steps) } else { Err("expected maps as a convolution's inputs".to_owned()) }
}

fn pointwise(convolution: &Convolution, level: Level) -> Panels {
    let Convolution { outputs, inputs, weights, bias, clamp, .. } = convolution;
    let padded = inputs.next_multiple_of(LANES);
    let weight = |output: usize, input: usize| weights[output * inputs + input];
    Panels::new(level, (*outputs, *inputs, padded), weight, |output| bias[output], *clamp)
}

fn of_picture(convolution: &Convolution, size: [usize; 2], level: Level) -> PictureConvolution {
    let Convolution { outputs, inputs, side, stride, pad, weights, bias, clamp, .. } = convolution;
    let numbers = inputs * side * side;
    let weight = |output: usize, number: usize| weights[output * numbers + number];
    let panels = Panels::new(level, (*outputs, numbers, numbers), weight, |output| bias[output], *clamp);
    PictureConvolution { panels, side: *side, stride: *stride, pad: *pad, size }
}

fn taps(convolution: &Convolution) -> Taps {
    let Convolution { outputs, side, stride, weights, bias, clamp, .. } = convolution;
    let (blocks, taps) = (outputs.div_ceil(LANES), side * side);
    let block = |block: usize, number: &dyn Fn(usize) -> f32| {
        Block(std::array::from_fn(|lane| {
            let channel = block * LANES + lane;
            if channel < *outputs { number(channel) } else { 0.0 }
        }))
    };
    Taps {
        blocks,
        side: *side,
        stride: *stride,
        weights: (0..blocks * taps)
            .map(|at| block(at / taps, &|channel| weights[channel * taps + at % taps]))
            .collect(),
        bias: (0..blocks).map(|at| block(at, &|channel| bias[channel])).collect(),
        clamp: *clamp,
    }
}
