//! Steps, and the numbers that they compute.

use super::place::{Source, StorageId};
use super::work::Work;

/// A step of a run.
#[derive(Clone, Debug)]
pub(in crate::networks::gpu) struct Step {
    pub(in crate::networks::gpu) work: Work,
    /// The bindings `a` and `b` of its shader.
    pub(in crate::networks::gpu) reads: [Option<Source>; 2],
    pub(in crate::networks::gpu) writes: StorageId,
    /// The shader's `Sizes`, in words of 32 bits.
    pub(in crate::networks::gpu) sizes: Vec<u32>,
}

/// How the numbers of a step are arranged, float32 in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::networks::gpu) enum Form {
    /// A map `(H, W, C)` with whole quads of channels.
    Map,
    /// Any numbers without gaps.
    Plain,
}

/// Numbers that a step computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::networks::gpu) struct Storage {
    pub(in crate::networks::gpu) form: Form,
    /// For each picture.
    pub(in crate::networks::gpu) numbers: usize,
}
