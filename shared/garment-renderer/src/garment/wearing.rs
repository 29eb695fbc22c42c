//! A garment and the body that wears it: what every part of a garment is drawn from.

use stl_types::Class;

use crate::body::Skeleton;
use crate::design::{Cut, Design, Neck};
use crate::rng::Rng;

/// A garment on a body, real or invisible.
#[derive(Clone, Copy, Debug)]
pub struct Wearing<'a> {
    /// The body.
    pub skeleton: &'a Skeleton,
    /// Cut and cloth.
    pub design: &'a Design,
    /// Its class in label maps.
    pub class: Class,
    /// How far the front is open: 0 closed, 1 wide.
    pub open: f32,
    /// Height of the waist that it is tucked into.
    pub tucked: Option<f32>,
    /// Whether it lies flat for a product picture instead of being worn.
    pub flat: bool,
    /// Seeds the positions of folds.
    pub folds: u64,
}

impl<'a> Wearing<'a> {
    /// A garment laid flat.
    #[must_use]
    pub fn flat(skeleton: &'a Skeleton, design: &'a Design, class: Class) -> Self {
        Self { skeleton, design, class, open: 0.0, tucked: None, flat: true, folds: design.fabric.seed }
    }

    pub(super) fn rng(&self, part: &str) -> Rng {
        Rng::new(self.folds, part, u64::from(self.flat))
    }

    /// Whether the front consists of two panels with a gap between them.
    pub(super) fn panels(&self) -> bool {
        matches!(self.design.cut, Cut::Upper(upper) if upper.neck == Neck::Lapels || self.open > 0.0)
    }
}
