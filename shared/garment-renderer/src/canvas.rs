//! The drawing surface. In: paths in centimetres, layer by layer. Out: a shaded picture and its label map.
//!
//! A [`Layer`] is shaded as if it were slightly inflated: its blurred outline is the height field. Folds from [`Layer::fold`] are
//! blurred before they darken or lighten the cloth.

mod layer;

use image::{GrayImage, RgbImage};
pub use layer::Layer;
use layer::reuse;
use stl_types::Class;
use tiny_skia::{Color, Pixmap, Transform};

use crate::colour::Rgb;
use crate::pixmap::{blank, blur, colour};

/// How a finished layer is shaded and labelled.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    /// The class its pixels get in the label map.
    pub class: Class,
    /// Radius of the rounded rim in centimetres.
    pub round_cm: f32,
    /// Strength of light and shade, 0 to 1.
    pub depth: f32,
    /// Strength of its shadow on the layers below, 0 to 1.
    pub shadow: f32,
}

impl Finish {
    /// Cloth of a class.
    #[must_use]
    pub const fn cloth(class: Class) -> Self {
        Self { class, round_cm: 3.4, depth: 0.55, shadow: 0.34 }
    }

    /// Skin, hair and small things.
    #[must_use]
    pub const fn firm(class: Class) -> Self {
        Self { class, round_cm: 2.0, depth: 0.42, shadow: 0.25 }
    }
}

/// A picture while it is drawn, with its label map.
pub struct Canvas {
    pixels: Pixmap,
    labels: Vec<u8>,
    view: Transform,
    scale: f32,
    light: (f32, f32),
    shadow_on_background: f32,
    /// Pixmaps of merged layers, reused because allocating new ones is slow.
    spare: Vec<Pixmap>,
}

impl Canvas {
    /// A canvas filled with one colour. `view` maps centimetres to pixels, by a uniform scale and a shift.
    #[must_use]
    pub fn new(width: u32, height: u32, fill: Rgb, view: Transform) -> Self {
        let mut pixels = blank(width, height);
        pixels.fill(colour(fill, 1.0));
        Self::over(pixels, view)
    }

    /// A canvas over a finished background.
    #[must_use]
    pub fn over(pixels: Pixmap, view: Transform) -> Self {
        let labels = vec![0; (pixels.width() * pixels.height()) as usize];
        Self {
            pixels,
            labels,
            view,
            scale: view.sx.hypot(view.ky),
            light: (-0.55, -0.8),
            shadow_on_background: 0.0,
            spare: vec![],
        }
    }

    /// Sets the direction that the light comes from, in the picture's plane. Its length is the light's strength.
    pub fn set_light(&mut self, light: (f32, f32)) {
        self.light = light;
    }

    /// Lets layers cast shadows on the background too, as on a table.
    pub fn set_shadow_on_background(&mut self, strength: f32) {
        self.shadow_on_background = strength;
    }

    /// Pixels per centimetre.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Draws a layer and merges it.
    pub fn layer(&mut self, finish: Finish, draw: impl FnOnce(&mut Layer)) {
        let (width, height) = (self.pixels.width(), self.pixels.height());
        let mut spare = std::mem::take(&mut self.spare);
        let mut layer = Layer {
            albedo: reuse(&mut spare, width, height, Color::TRANSPARENT),
            spare,
            relief: None,
            phantom: None,
            view: self.view,
            scale: self.scale,
            bounds: None,
        };
        draw(&mut layer);
        self.merge(&mut layer, finish);
        let Layer { albedo, relief, phantom, mut spare, .. } = layer;
        spare.extend([Some(albedo), relief, phantom].into_iter().flatten());
        self.spare = spare;
    }

    fn merge(&mut self, layer: &mut Layer, finish: Finish) {
        let Some([left, top, right, bottom]) = layer.bounds else { return };
        let (width, height) = (self.pixels.width() as i32, self.pixels.height() as i32);
        let radius = (finish.round_cm * self.scale).max(1.0);
        let margin = (radius * 1.5) as i32 + 2;
        let (x0, y0) = ((left as i32 - margin).clamp(0, width), (top as i32 - margin).clamp(0, height));
        let (x1, y1) = ((right as i32 + margin).clamp(0, width), (bottom as i32 + margin).clamp(0, height));
        let (w, h) = ((x1 - x0) as usize, (y1 - y0) as usize);
        if w < 2 || h < 2 {
            return;
        }
        let read = |pixmap: &Pixmap, channel: usize| -> Vec<f32> {
            let mut plane = Vec::with_capacity(w * h);
            for y in y0..y1 {
                let row = (y * width + x0) as usize * 4;
                plane.extend((0..w).map(|x| f32::from(pixmap.data()[row + x * 4 + channel]) / 255.0));
            }
            plane
        };
        if let Some(relief) = &layer.relief {
            // Blur the folds, then apply them inside the cloth only.
            let soft = (self.scale * 0.55).max(0.6) as usize;
            let dark = blur(read(relief, 0), w, h, soft.max(1));
            let bright = blur(read(relief, 2), w, h, soft.max(1));
            for (i, (dark, bright)) in dark.iter().zip(&bright).enumerate() {
                let at = ((y0 as usize + i / w) * width as usize + x0 as usize + i % w) * 4;
                let pixel = &mut layer.albedo.data_mut()[at..at + 4];
                let alpha = f32::from(pixel[3]);
                for value in &mut pixel[..3] {
                    let lit = f32::from(*value) * (1.0 - dark * 0.8);
                    *value = (lit + (alpha - lit) * bright * 0.45) as u8;
                }
            }
        }
        let alpha = read(&layer.albedo, 3);
        let mut solid = alpha.clone();
        if let Some(phantom) = &layer.phantom {
            for (a, p) in solid.iter_mut().zip(read(phantom, 3)) {
                *a = a.max(p);
            }
        }
        let lift = blur(solid, w, h, (radius * 0.6) as usize);
        let cast =
            if layer.phantom.is_some() { blur(alpha.clone(), w, h, (radius * 0.6) as usize) } else { lift.clone() };
        let drop = ((self.scale * 0.8).round() as i32).max(1);
        for y in 0..h {
            for x in 0..w {
                let i = y * w + x;
                let at = (y0 as usize + y) * width as usize + x0 as usize + x;
                let label = self.labels[at];
                let under = &mut self.pixels.data_mut()[at * 4..at * 4 + 3];
                let a = alpha[i];
                if a < 0.999 {
                    let strength = if label == 0 { self.shadow_on_background } else { 1.0 } * finish.shadow;
                    let source = (y as i32 - drop).max(0) as usize * w + (x as i32 - drop / 2).max(0) as usize;
                    let keep = 1.0 - strength * cast[source];
                    under.iter_mut().for_each(|value| *value = (f32::from(*value) * keep).round() as u8);
                }
                if a <= 0.0 {
                    continue;
                }
                let gx = lift[y * w + (x + 1).min(w - 1)] - lift[y * w + x.saturating_sub(1)];
                let gy = lift[(y + 1).min(h - 1) * w + x] - lift[y.saturating_sub(1) * w + x];
                let facing = -(gx * self.light.0 + gy * self.light.1) * radius * 0.5;
                let shade = 1.0 + finish.depth * (facing * 0.55 - (1.0 - lift[i]) * 0.42);
                let over = &layer.albedo.data()[at * 4..at * 4 + 3];
                for (value, &source) in under.iter_mut().zip(over) {
                    let source = f32::from(source);
                    let lit = if shade <= 1.0 {
                        source * shade
                    } else {
                        source + (255.0 * a - source) * ((shade - 1.0) * 0.55).min(1.0)
                    };
                    *value = (lit + f32::from(*value) * (1.0 - a)).round().clamp(0.0, 255.0) as u8;
                }
                if a >= 0.5 {
                    self.labels[at] = finish.class as u8;
                }
            }
        }
    }

    /// The bounding box of everything labelled, in pixels: left, top, right, bottom.
    #[must_use]
    pub fn labelled_bounds(&self) -> Option<[u32; 4]> {
        let width = self.pixels.width();
        let mut bounds: Option<[u32; 4]> = None;
        for (i, _) in self.labels.iter().enumerate().filter(|(_, label)| **label != 0) {
            let (x, y) = (i as u32 % width, i as u32 / width);
            bounds = Some(bounds.map_or([x, y, x, y], |b| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]));
        }
        bounds
    }

    /// The picture and its label map.
    #[must_use]
    pub fn into_images(self) -> (RgbImage, GrayImage) {
        let (width, height) = (self.pixels.width(), self.pixels.height());
        let image = RgbImage::from_fn(width, height, |x, y| {
            let at = ((y * width + x) * 4) as usize;
            let data = self.pixels.data();
            image::Rgb([data[at], data[at + 1], data[at + 2]])
        });
        let labels = GrayImage::from_fn(width, height, |x, y| image::Luma([self.labels[(y * width + x) as usize]]));
        (image, labels)
    }
}
