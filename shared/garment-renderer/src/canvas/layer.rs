//! One layer of a drawing. In: paths with cloth, lines and folds. Out: colours and relief that the canvas shades.

use tiny_skia::{BlendMode, Color, FillRule, LineCap, LineJoin, Paint, Path, Pixmap, Stroke, StrokeDash, Transform};

use crate::colour::Rgb;
use crate::fabric::Cloth;
use crate::pixmap::{blank, paint};

/// One layer while it is drawn, before shading. All paths are in the coordinates of a frame, `at`.
pub struct Layer {
    /// The colours of the cloth.
    pub(super) albedo: Pixmap,
    /// Folds: dark ones in the red channel, bright ones in the blue channel.
    pub(super) relief: Option<Pixmap>,
    /// Where the shading treats the layer as continuing.
    pub(super) phantom: Option<Pixmap>,
    pub(super) spare: Vec<Pixmap>,
    pub(super) view: Transform,
    pub(super) scale: f32,
    /// Left, top, right and bottom of everything drawn, in pixels.
    pub(super) bounds: Option<[f32; 4]>,
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

    /// Draws a line over what is already drawn.
    pub fn line(&mut self, path: &Path, at: Transform, width_cm: f32, rgb: Rgb, alpha: f32) {
        self.stroke(path, at, width_cm, paint(rgb, alpha, BlendMode::SourceAtop), None);
    }

    /// Draws a dashed line, as stitching, over what is already drawn.
    pub fn stitch(&mut self, path: &Path, at: Transform, rgb: Rgb, alpha: f32) {
        let dash = StrokeDash::new(vec![0.8, 0.5], 0.0);
        self.stroke(path, at, 0.22, paint(rgb, alpha, BlendMode::SourceAtop), dash);
    }

    /// Draws a line that extends the layer, such as a strap or a strand of hair.
    pub fn strand(&mut self, path: &Path, at: Transform, width_cm: f32, rgb: Rgb) {
        self.grow(path, at, width_cm);
        self.stroke(path, at, width_cm, paint(rgb, 1.0, BlendMode::SourceOver), None);
    }

    /// Draws a soft fold along a path: dark if `strength` is positive, bright if it is negative.
    pub fn fold(&mut self, path: &Path, at: Transform, width_cm: f32, strength: f32) {
        let (width, height) = (self.albedo.width(), self.albedo.height());
        let relief = self.relief.get_or_insert_with(|| reuse(&mut self.spare, width, height, Color::BLACK));
        let rgb = if strength > 0.0 { Rgb(255, 0, 0) } else { Rgb(0, 0, 255) };
        let paint = paint(rgb, strength.abs().min(1.0), BlendMode::Plus);
        let stroke =
            Stroke { width: width_cm, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        relief.stroke_path(path, &paint, &stroke, self.view.pre_concat(at), None);
    }

    /// Lets the shading treat the layer as continuing here, so that a seam gets no rim.
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

/// A pixmap of one colour. Takes a spare one if there is any.
pub(super) fn reuse(spare: &mut Vec<Pixmap>, width: u32, height: u32, fill: Color) -> Pixmap {
    let mut pixmap = spare.pop().unwrap_or_else(|| blank(width, height));
    pixmap.fill(fill);
    pixmap
}
