//! Garments draw themselves. In: a [`Design`] and a [`Skeleton`]. Out: layers on a [`Canvas`], back to front.
//!
//! The parts are separate so that a person can be drawn between them: [`draw_back`] lies behind neck and body,
//! [`draw_body`] on the torso and legs, [`draw_sleeve`] over an arm. A product picture is [`draw_flat`].

mod bodice;
mod collar;
mod details;
mod skirt;
mod sleeve;
mod trousers;

use stl_types::Class;

use crate::body::Skeleton;
use crate::canvas::Canvas;
use crate::product::{Cut, Design, Neck};
use crate::rng::Rng;

/// A garment on a body, real or invisible.
#[derive(Clone, Copy, Debug)]
pub struct Wearing<'a> {
    /// The body.
    pub skeleton: &'a Skeleton,
    /// Cut and cloth.
    pub design: &'a Design,
    /// What it counts as in label maps.
    pub class: Class,
    /// How far an opening front stands open: 0 closed, 1 wide.
    pub open: f32,
    /// Tucked into something whose waist is at this height.
    pub tucked: Option<f32>,
    /// Lying flat for a product picture, rather than worn.
    pub flat: bool,
    /// Decides where folds fall.
    pub folds: u64,
}

impl<'a> Wearing<'a> {
    /// A garment laid flat.
    #[must_use]
    pub fn flat(skeleton: &'a Skeleton, design: &'a Design, class: Class) -> Self {
        Self { skeleton, design, class, open: 0.0, tucked: None, flat: true, folds: design.fabric.seed }
    }

    fn rng(&self, part: &str) -> Rng {
        Rng::new(self.folds, part, u64::from(self.flat))
    }

    /// Whether the front consists of two panels that show what is worn below.
    fn panels(&self) -> bool {
        matches!(self.design.cut, Cut::Upper(upper) if upper.neck == Neck::Lapels || self.open > 0.0)
    }
}

/// The whole garment as a product picture shows it.
pub fn draw_flat(canvas: &mut Canvas, wearing: &Wearing) {
    draw_back(canvas, wearing);
    for side in 0..2 {
        draw_sleeve(canvas, wearing, side);
    }
    draw_body(canvas, wearing);
}

/// What is seen behind the neck, and the inside of an open front.
pub fn draw_back(canvas: &mut Canvas, wearing: &Wearing) {
    if let Cut::Upper(upper) | Cut::Dress(upper, _) = wearing.design.cut {
        bodice::back(canvas, wearing, &upper);
        collar::back(canvas, wearing, &upper);
    }
}

/// Torso and legs of the garment, with collar and details.
pub fn draw_body(canvas: &mut Canvas, wearing: &Wearing) {
    match wearing.design.cut {
        Cut::Upper(upper) => {
            bodice::front(canvas, wearing, &upper, None);
            collar::front(canvas, wearing, &upper);
        }
        Cut::Dress(upper, skirt) => {
            bodice::front(canvas, wearing, &upper, Some(&skirt));
            collar::front(canvas, wearing, &upper);
        }
        Cut::Skirt(skirt) => skirt::draw(canvas, wearing, &skirt),
        Cut::Trousers(trousers) => trousers::draw(canvas, wearing, &trousers),
    }
}

/// The sleeve of one side, 0 the viewer's left.
pub fn draw_sleeve(canvas: &mut Canvas, wearing: &Wearing, side: usize) {
    if let Cut::Upper(upper) | Cut::Dress(upper, _) = wearing.design.cut {
        sleeve::draw(canvas, wearing, &upper, side);
    }
}
