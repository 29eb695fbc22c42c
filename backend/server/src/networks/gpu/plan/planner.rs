//! What the modules of operators share: the steps so far, and where values are.

use separable::graph::Program;
use separable::graph::op::{Node, ValueId};

use super::place::{Place, Source, StorageId, map_numbers, map_strides, plain_strides};
use super::step::{Form, Step, Storage};
use super::weights::Weights;

/// How a picture's bytes become numbers: `(byte − mean) / deviation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::networks::gpu) struct Normalisation {
    pub(in crate::networks::gpu) mean: [f32; 3],
    pub(in crate::networks::gpu) deviation: [f32; 3],
}

/// What was planned so far.
pub(super) struct Planner<'a> {
    pub(super) program: &'a Program,
    /// Where each value is; none before its step.
    pub(super) places: Vec<Option<Place>>,
    pub(super) storages: Vec<Storage>,
    pub(super) steps: Vec<Step>,
    pub(super) weights: Weights,
}

impl<'a> Planner<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        Self {
            program,
            places: vec![None; program.values.len()],
            storages: Vec::new(),
            steps: Vec::new(),
            weights: Weights::default(),
        }
    }

    pub(super) fn node(&mut self, node: &Node) -> Result<(), String> {
        let place = match self.map_node(node)? {
            Some(place) => place,
            None => self.plain_node(node)?,
        };
        self.places[node.out] = Some(place);
        Ok(())
    }

    pub(super) fn shape(&self, value: ValueId) -> &[usize] {
        &self.program.values[value].shape
    }

    /// Channels, rows and columns.
    pub(super) fn map_shape(&self, value: ValueId) -> Result<[usize; 3], String> {
        let shape = self.shape(value);
        shape.try_into().map_err(|_| format!("expected channels, rows and columns, got {shape:?}"))
    }

    pub(super) fn place(&self, value: ValueId) -> Result<Place, String> {
        self.places[value].clone().ok_or_else(|| "expected a value that was computed before".to_owned())
    }

    pub(super) fn new_map(&mut self, shape: [usize; 3]) -> (StorageId, Place) {
        self.storages.push(Storage { form: Form::Map, numbers: map_numbers(shape) });
        let storage = self.storages.len() - 1;
        (storage, Place { source: Source::Storage(storage), first: 0, strides: map_strides(shape) })
    }

    /// New numbers, row-major.
    pub(super) fn new_plain(&mut self, shape: &[usize]) -> (StorageId, Place) {
        self.storages.push(Storage { form: Form::Plain, numbers: shape.iter().product() });
        let storage = self.storages.len() - 1;
        (storage, Place { source: Source::Storage(storage), first: 0, strides: plain_strides(shape) })
    }

    /// Numbers of a source between two pictures.
    pub(super) fn picture_numbers(&self, source: Source) -> u32 {
        match source {
            Source::Storage(storage) => self.storages[storage].numbers as u32,
            Source::Constants => 0,
        }
    }
}
