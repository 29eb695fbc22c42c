//! Draws garments. In: a [`Wearing`]: a design and the skeleton that wears it. Out: layers on a [`Canvas`], back to front.
//!
//! The parts are separate so that a person can be drawn between them: [`draw_back`] goes behind neck and body, [`draw_body`] on
//! torso and legs, [`draw_sleeve`] over an arm. A product picture uses [`draw_flat`].

mod bodice;
mod collar;
mod details;
mod neck;
mod skirt;
mod sleeve;
mod trousers;
mod wearing;

pub use wearing::Wearing;

use crate::canvas::Canvas;
use crate::design::Cut;

/// Draws the whole garment, laid flat.
pub fn draw_flat(canvas: &mut Canvas, wearing: &Wearing) {
    draw_back(canvas, wearing);
    for side in 0..2 {
        draw_sleeve(canvas, wearing, side);
    }
    draw_body(canvas, wearing);
}

/// Draws what is visible behind the neck, and the inside of an open front.
pub fn draw_back(canvas: &mut Canvas, wearing: &Wearing) {
    if let Cut::Upper(upper) | Cut::Dress(upper, _) = wearing.design.cut {
        bodice::back(canvas, wearing, &upper);
        collar::back(canvas, wearing, &upper);
    }
}

/// Draws the garment on torso and legs, with collar and details.
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

/// Draws the sleeve of one side; 0 is the viewer's left.
pub fn draw_sleeve(canvas: &mut Canvas, wearing: &Wearing, side: usize) {
    if let Cut::Upper(upper) | Cut::Dress(upper, _) = wearing.design.cut {
        sleeve::draw(canvas, wearing, &upper, side);
    }
}
