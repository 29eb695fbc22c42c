//! Where values are while a graph runs. In: the steps' order. Out: a buffer for each value, shared by values of different times.

use super::op::{Form, Op, Value, ValueId};
use super::step::{Planned, Step};
use crate::map::{Block, LANES};

/// A value's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The picture, which the caller holds.
    Picture,
    Map(usize),
    Plain(usize),
    /// No step computes it.
    Nowhere,
}

/// The buffers of all values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) slots: Vec<Slot>,
    pub(super) maps: usize,
    pub(super) plains: usize,
}

/// Blocks of a map, or numbers of a plain value, for one picture.
pub(super) fn size(value: &Value) -> usize {
    match value.form {
        Form::Map([channels, height, width]) => channels.div_ceil(LANES) * height * width,
        Form::Plain => value.len(),
    }
}

/// Bytes of the buffers for a picture.
pub(super) fn bytes(layout: &Layout, values: &[Value]) -> usize {
    let (mut maps, mut plains) = (vec![0; layout.maps], vec![0; layout.plains]);
    for (slot, value) in layout.slots.iter().zip(values) {
        match *slot {
            Slot::Map(slot) => maps[slot] = size(value).max(maps[slot]),
            Slot::Plain(slot) => plains[slot] = size(value).max(plains[slot]),
            Slot::Picture | Slot::Nowhere => {}
        }
    }
    maps.iter().sum::<usize>() * size_of::<Block>() + plains.iter().sum::<usize>() * size_of::<f32>()
}

/// Chooses a buffer for each value. What was freed last is used first, as it is most likely in a cache.
pub(super) fn layout(steps: &[Planned], values: &[Value], output: ValueId) -> Layout {
    // The value whose numbers a reshaped value shares.
    let mut owner: Vec<ValueId> = (0..values.len()).collect();
    for step in steps {
        if let Step::Other(Op::Reshape(from)) = step.step {
            owner[step.out] = owner[from];
        }
    }
    let mut last_read = vec![0; values.len()];
    for (at, step) in steps.iter().enumerate() {
        for value in step.reads().into_iter().chain([step.out]) {
            last_read[owner[value]] = at;
        }
    }
    last_read[owner[output]] = steps.len();
    let mut slots = vec![Slot::Nowhere; values.len()];
    slots[0] = Slot::Picture;
    let (mut maps, mut plains, mut free) = (0, 0, (Vec::new(), Vec::new()));
    for (at, step) in steps.iter().enumerate() {
        slots[step.out] = match values[step.out].form {
            _ if owner[step.out] != step.out => slots[owner[step.out]],
            Form::Map(_) => Slot::Map(free.0.pop().unwrap_or_else(|| {
                maps += 1;
                maps - 1
            })),
            Form::Plain => Slot::Plain(free.1.pop().unwrap_or_else(|| {
                plains += 1;
                plains - 1
            })),
        };
        let mut read: Vec<ValueId> = step.reads().into_iter().chain([step.out]).map(|value| owner[value]).collect();
        read.sort_unstable();
        read.dedup();
        for value in read.into_iter().filter(|&value| last_read[value] == at) {
            match slots[value] {
                Slot::Map(slot) => free.0.push(slot),
                Slot::Plain(slot) => free.1.push(slot),
                Slot::Picture | Slot::Nowhere => {}
            }
        }
    }
    Layout { slots, maps, plains }
}

/// The memory of a run. Keep it between runs: only the first run of a batch size allocates.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(super) maps: Vec<Vec<Block>>,
    pub(super) plains: Vec<Vec<f32>>,
    /// Padded rows of a depthwise convolution's input.
    pub(super) wide: Vec<Block>,
    /// Rows of its output.
    pub(super) narrow: Vec<Block>,
    /// Padded pictures.
    pub(super) picture: Vec<f32>,
    /// Where the inputs of a product are.
    pub(super) offsets: Vec<usize>,
    pub(super) times: Option<Times>,
    /// The times of each step in the run in which it was fastest.
    pub(super) steps: Vec<Times>,
}

/// How long a step takes.
#[derive(Clone, Debug, PartialEq)]
pub struct StepTime {
    /// What it computes, and the shape of that.
    pub name: String,
    /// Of the run in which it was fastest.
    pub times: Times,
    /// Multiply-adds for a picture.
    pub macs: usize,
}

/// How long the parts of runs took, and their multiply-adds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Seconds of 1×1 convolutions.
    pub pointwise_s: f64,
    /// Multiply-adds of 1×1 convolutions.
    pub pointwise_macs: f64,
    /// Seconds of depthwise convolutions.
    pub depthwise_s: f64,
    /// Multiply-adds of depthwise convolutions.
    pub depthwise_macs: f64,
    /// Seconds of everything.
    pub whole_s: f64,
}

impl Workspace {
    /// A workspace whose runs are timed; reading the clock costs a run about a hundredth.
    #[must_use]
    pub fn timed() -> Self {
        Self { times: Some(Times::default()), ..Self::default() }
    }

    /// Notes how long a step took, of which the parts are in the times since `before`.
    pub(super) fn add_step(&mut self, step: usize, before: Times, whole_s: f64) {
        let Some(after) = self.times else { return };
        let unknown = Times { whole_s: f64::INFINITY, ..Times::default() };
        self.steps.resize(self.steps.len().max(step + 1), unknown);
        if whole_s < self.steps[step].whole_s {
            self.steps[step] = Times {
                pointwise_s: after.pointwise_s - before.pointwise_s,
                pointwise_macs: after.pointwise_macs - before.pointwise_macs,
                depthwise_s: after.depthwise_s - before.depthwise_s,
                depthwise_macs: after.depthwise_macs - before.depthwise_macs,
                whole_s,
            };
        }
    }

    /// The times of all runs so far.
    #[must_use]
    pub const fn times(&self) -> Option<Times> {
        self.times
    }

    /// Bytes that the buffers occupy.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let blocks = self.maps.iter().chain([&self.wide, &self.narrow]).map(Vec::capacity).sum::<usize>();
        let numbers = self.plains.iter().chain([&self.picture]).map(Vec::capacity).sum::<usize>();
        blocks * size_of::<Block>() + numbers * size_of::<f32>() + self.offsets.capacity() * size_of::<usize>()
    }
}

/// Makes a buffer at least `length` long; what it holds is of no meaning.
pub(super) fn grown<T: Clone + Default>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::default());
    }
    &mut buffer[..length]
}
