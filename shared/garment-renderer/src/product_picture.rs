//! Product pictures. In: a [`Product`]. Out: the garment on pure white, and its label map.

use image::{GrayImage, RgbImage};
use stl_types::Class;
use tiny_skia::Transform;

use crate::body::Skeleton;
use crate::canvas::Canvas;
use crate::colour::Rgb;
use crate::design::{Cut, Sleeve, Upper};
use crate::garment::{Wearing, draw_flat};
use crate::product::Product;

/// Width of a product picture in pixels.
pub const WIDTH: u32 = 600;
/// Height of a product picture in pixels.
pub const HEIGHT: u32 = 800;

/// The product picture: [`WIDTH`]×[`HEIGHT`] pixels, the garment centred on pure white.
#[must_use]
pub fn render_product(product: &Product) -> RgbImage {
    render_labelled(product).0
}

/// The product picture with its label map.
#[must_use]
pub fn render_labelled(product: &Product) -> (RgbImage, GrayImage) {
    let white = Rgb(255, 255, 255);
    let skeleton = Skeleton::flat(match product.design.cut {
        Cut::Upper(Upper { sleeve: Sleeve::Long | Sleeve::ThreeQuarter, .. }) => 17.0,
        _ => 24.0,
    });
    let wearing = Wearing::flat(&skeleton, &product.design, Class::from_category(product.category));
    // A small trial drawing measures the garment.
    let mut trial = Canvas::new(200, 220, white, Transform::from_translate(100.0, 40.0));
    draw_flat(&mut trial, &wearing);
    let [left, top, right, bottom] = trial.labelled_bounds().unwrap_or([0, 0, 199, 219]).map(|v| v as f32);
    let (width, height) = (right - left + 1.0, bottom - top + 1.0);
    let scale = (WIDTH as f32 * 0.86 / width).min(HEIGHT as f32 * 0.88 / height);
    let (cx, cy) = ((left + right + 1.0) / 2.0 - 100.0, (top + bottom + 1.0) / 2.0 - 40.0);
    let view = Transform::from_translate(WIDTH as f32 / 2.0 - cx * scale, HEIGHT as f32 / 2.0 - cy * scale)
        .pre_scale(scale, scale);
    let mut canvas = Canvas::new(WIDTH, HEIGHT, white, view);
    canvas.set_shadow_on_background(0.55);
    draw_flat(&mut canvas, &wearing);
    canvas.into_images()
}
