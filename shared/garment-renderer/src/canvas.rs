//! The drawing surface. In: paths in centimetres, layer by layer. Out: a shaded picture and its label map.
//!
//! Each [`Layer`] is shaded as if it were slightly inflated: its blurred outline serves as a height field, and folds drawn
//! with [`Layer::fold`] are blurred before they darken or lighten the cloth.

use image::{GrayImage, RgbImage};
use stl_types::Class;
use tiny_skia::{
    BlendMode, Color, FillRule, LineCap, LineJoin, Paint, Path, Pixmap, Shader, Stroke, StrokeDash, Transform,
};

use crate::colour::Rgb;
use crate::fabric::Cloth;

/// How a finished layer is lit and what it counts as.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    /// The class its pixels get in the label map.
    pub class: Class,
    /// Radius of the rounded rim in centimetres.
    pub round_cm: f32,
    /// Strength of light and shade, 0 to 1.
    pub depth: f32,
    /// Strength of the shadow it casts on what lies below, 0 to 1.
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

/// A picture in the making, with its label map.
pub struct Canvas {
    pixels: Pixmap,
    labels: Vec<u8>,
    view: Transform,
    scale: f32,
    light: (f32, f32),
    shadow_on_background: f32,
    /// Pixmaps of merged layers, to be used again: fresh memory is slow.
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

    /// Where the light comes from, as a direction in the picture; its length is its strength.
    pub fn set_light(&mut self, light: (f32, f32)) {
        self.light = light;
    }

    /// Lets layers cast their shadow on the background too, as on a table.
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
            // Folds are softened, then kept within the cloth.
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

/// One thing being drawn, before light falls on it. All paths are given in the coordinates of a frame, `at`.
pub struct Layer {
    albedo: Pixmap,
    relief: Option<Pixmap>,
    phantom: Option<Pixmap>,
    spare: Vec<Pixmap>,
    view: Transform,
    scale: f32,
    bounds: Option<[f32; 4]>,
}

impl Layer {
    /// Pixels per centimetre.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Covers a path with cloth whose print follows `grain`.
    pub fn cloth(&mut self, path: &Path, at: Transform, cloth: &Cloth, grain: Transform) {
        // The shader is expressed in the path's coordinates.
        let local = at.invert().unwrap_or_default().pre_concat(grain);
        self.grow(path, at, 0.0);
        for (tile, first) in [(Some(&cloth.print), true), (cloth.texture.as_ref(), false)] {
            let Some(tile) = tile else { continue };
            if first && cloth.fabric.is_unprinted() {
                self.fill(path, at, cloth.fabric.base);
                continue;
            }
            let paint = Paint {
                shader: tiny_skia::Pattern::new(
                    tile.pixels.as_ref(),
                    tiny_skia::SpreadMode::Repeat,
                    tiny_skia::FilterQuality::Bilinear,
                    1.0,
                    local.pre_scale(tile.cm_per_px, tile.cm_per_px),
                ),
                blend_mode: if first { BlendMode::SourceOver } else { BlendMode::SourceAtop },
                ..Paint::default()
            };
            self.albedo.fill_path(path, &paint, FillRule::Winding, self.view.pre_concat(at), None);
        }
    }

    /// Fills a path with one colour, opaque.
    pub fn fill(&mut self, path: &Path, at: Transform, rgb: Rgb) {
        self.grow(path, at, 0.0);
        self.albedo.fill_path(
            path,
            &paint(rgb, 1.0, BlendMode::SourceOver),
            FillRule::Winding,
            self.view.pre_concat(at),
            None,
        );
    }

    /// Tints what is already drawn inside a path.
    pub fn tint(&mut self, path: &Path, at: Transform, rgb: Rgb, alpha: f32) {
        self.albedo.fill_path(
            path,
            &paint(rgb, alpha, BlendMode::SourceAtop),
            FillRule::Winding,
            self.view.pre_concat(at),
            None,
        );
    }

    /// Removes what is already drawn inside a path.
    pub fn cut(&mut self, path: &Path, at: Transform) {
        let paint = paint(Rgb(0, 0, 0), 1.0, BlendMode::DestinationOut);
        self.albedo.fill_path(path, &paint, FillRule::Winding, self.view.pre_concat(at), None);
    }

    /// A line upon what is already drawn.
    pub fn line(&mut self, path: &Path, at: Transform, width_cm: f32, rgb: Rgb, alpha: f32) {
        self.stroke(path, at, width_cm, paint(rgb, alpha, BlendMode::SourceAtop), None);
    }

    /// A dashed line upon what is already drawn, as of stitching.
    pub fn stitch(&mut self, path: &Path, at: Transform, rgb: Rgb, alpha: f32) {
        let dash = StrokeDash::new(vec![0.8, 0.5], 0.0);
        self.stroke(path, at, 0.22, paint(rgb, alpha, BlendMode::SourceAtop), dash);
    }

    /// A line that adds to the layer, such as a strap or a strand.
    pub fn strand(&mut self, path: &Path, at: Transform, width_cm: f32, rgb: Rgb) {
        self.grow(path, at, width_cm);
        self.stroke(path, at, width_cm, paint(rgb, 1.0, BlendMode::SourceOver), None);
    }

    /// A soft fold along a path: dark where `strength` is positive, bright where it is negative.
    pub fn fold(&mut self, path: &Path, at: Transform, width_cm: f32, strength: f32) {
        let (width, height) = (self.albedo.width(), self.albedo.height());
        let relief = self.relief.get_or_insert_with(|| reuse(&mut self.spare, width, height, Color::BLACK));
        let rgb = if strength > 0.0 { Rgb(255, 0, 0) } else { Rgb(0, 0, 255) };
        let paint = paint(rgb, strength.abs().min(1.0), BlendMode::Plus);
        let stroke =
            Stroke { width: width_cm, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        relief.stroke_path(path, &paint, &stroke, self.view.pre_concat(at), None);
    }

    /// Lets the shading believe that the layer goes on here, so that a seam gets no rim.
    pub fn phantom(&mut self, path: &Path, at: Transform) {
        let (width, height) = (self.albedo.width(), self.albedo.height());
        let phantom = self.phantom.get_or_insert_with(|| reuse(&mut self.spare, width, height, Color::TRANSPARENT));
        phantom.fill_path(
            path,
            &paint(Rgb(0, 0, 0), 1.0, BlendMode::SourceOver),
            FillRule::Winding,
            self.view.pre_concat(at),
            None,
        );
    }

    fn stroke(&mut self, path: &Path, at: Transform, width_cm: f32, paint: Paint<'static>, dash: Option<StrokeDash>) {
        let stroke =
            Stroke { width: width_cm, line_cap: LineCap::Round, line_join: LineJoin::Round, dash, ..Stroke::default() };
        self.albedo.stroke_path(path, &paint, &stroke, self.view.pre_concat(at), None);
    }

    fn grow(&mut self, path: &Path, at: Transform, width_cm: f32) {
        let Some(moved) = path.clone().transform(self.view.pre_concat(at)) else { return };
        let (box_, pad) = (moved.bounds(), width_cm * self.scale);
        let new = [box_.left() - pad, box_.top() - pad, box_.right() + pad, box_.bottom() + pad];
        self.bounds =
            Some(self.bounds.map_or(new, |b| [b[0].min(new[0]), b[1].min(new[1]), b[2].max(new[2]), b[3].max(new[3])]));
    }
}

/// A pixmap of one colour, from the spare ones if there are any.
fn reuse(spare: &mut Vec<Pixmap>, width: u32, height: u32, fill: Color) -> Pixmap {
    let mut pixmap = spare.pop().unwrap_or_else(|| blank(width, height));
    pixmap.fill(fill);
    pixmap
}

/// A transparent pixmap.
pub(crate) fn blank(width: u32, height: u32) -> Pixmap {
    Pixmap::new(width.max(1), height.max(1)).expect("pictures of a few hundred pixels fit in memory")
}

/// A plain paint.
pub(crate) fn paint(rgb: Rgb, alpha: f32, blend_mode: BlendMode) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(colour(rgb, alpha)), blend_mode, ..Paint::default() }
}

/// The library's colour.
pub(crate) fn colour(rgb: Rgb, alpha: f32) -> Color {
    Color::from_rgba8(rgb.0, rgb.1, rgb.2, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// Two passes of a box blur with the given radius, in rows and columns; edges repeat.
pub(crate) fn blur(mut plane: Vec<f32>, width: usize, height: usize, radius: usize) -> Vec<f32> {
    if radius == 0 {
        return plane;
    }
    let norm = 1.0 / (2 * radius + 1) as f32;
    let mut out = vec![0.0; plane.len()];
    for _ in 0..2 {
        for y in 0..height {
            let row = &plane[y * width..(y + 1) * width];
            let at = |x: isize| row[x.clamp(0, width as isize - 1) as usize];
            let mut sum: f32 = (-(radius as isize)..=radius as isize).map(at).sum();
            for x in 0..width {
                out[y * width + x] = sum * norm;
                sum += at((x + radius + 1) as isize) - at(x as isize - radius as isize);
            }
        }
        // Columns, a whole row at a time, for the cache's sake.
        let row_at = |y: isize| y.clamp(0, height as isize - 1) as usize * width;
        let mut sums = vec![0.0_f32; width];
        for y in -(radius as isize)..=radius as isize {
            let row = row_at(y);
            sums.iter_mut().zip(&out[row..row + width]).for_each(|(sum, value)| *sum += value);
        }
        for y in 0..height {
            let (enter, leave) = (row_at((y + radius + 1) as isize), row_at(y as isize - radius as isize));
            for x in 0..width {
                plane[y * width + x] = sums[x] * norm;
                sums[x] += out[enter + x] - out[leave + x];
            }
        }
    }
    plane
}
