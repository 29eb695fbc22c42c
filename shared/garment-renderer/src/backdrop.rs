//! The surface of a background. In: paths in pixels. Out: a picture with sky and pavement.

use tiny_skia::{
    BlendMode, FillRule, GradientStop, LinearGradient, Paint, Path, Pixmap, Point, SpreadMode, Stroke, Transform,
};

use crate::colour::Rgb;
use crate::geometry::{curve, ellipse, pt, rect};
use crate::pixmap::{blur, colour, paint};
use crate::rng::Rng;

/// A background while it is painted. All coordinates are pixels.
pub(crate) struct Backdrop {
    pub(crate) pixels: Pixmap,
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// Row where the ground begins.
    pub(crate) horizon: f32,
}

impl Backdrop {
    pub(crate) fn fill(&mut self, path: &Path, rgb: Rgb, alpha: f32) {
        let paint = paint(rgb, alpha, BlendMode::SourceOver);
        self.pixels.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    pub(crate) fn line(&mut self, path: &Path, width: f32, rgb: Rgb, alpha: f32) {
        let stroke = Stroke { width, ..Stroke::default() };
        let paint = paint(rgb, alpha, BlendMode::SourceOver);
        self.pixels.stroke_path(path, &paint, &stroke, Transform::identity(), None);
    }

    /// Fills a path with a gradient from `top` at `y0` to `low` at `y1`.
    pub(crate) fn gradient(&mut self, path: &Path, (y0, top): (f32, Rgb), (y1, low): (f32, Rgb)) {
        let stops = vec![GradientStop::new(0.0, colour(top, 1.0)), GradientStop::new(1.0, colour(low, 1.0))];
        let (from, to) = (Point::from_xy(0.0, y0), Point::from_xy(0.0, y1));
        if let Some(shader) = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity()) {
            let paint = Paint { shader, ..Paint::default() };
            self.pixels.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// Blurs everything drawn so far, like a lens out of focus.
    pub(crate) fn defocus(&mut self, radius: usize) {
        let (w, h) = (self.pixels.width() as usize, self.pixels.height() as usize);
        for channel in 0..3 {
            let plane = self.pixels.data().iter().skip(channel).step_by(4).map(|&v| f32::from(v)).collect();
            let soft = blur(plane, w, h, radius);
            for (pixel, value) in self.pixels.data_mut().chunks_exact_mut(4).zip(soft) {
                pixel[channel] = value.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
}

/// Paints a sky.
pub(crate) fn sky(backdrop: &mut Backdrop, rng: &mut Rng) {
    let (top, low) = rng.pick(&[
        (Rgb(112, 168, 222), Rgb(214, 230, 242)),
        (Rgb(150, 176, 204), Rgb(226, 228, 230)),
        (Rgb(172, 178, 186), Rgb(216, 218, 220)),
        (Rgb(108, 124, 170), Rgb(248, 206, 172)),
        (Rgb(88, 140, 200), Rgb(240, 232, 214)),
    ]);
    let (w, h) = (backdrop.width, backdrop.horizon);
    backdrop.gradient(&rect(0.0, 0.0, w, h + 2.0), (0.0, top), (h, low));
    for _ in 0..rng.index(4) {
        let (x, y) = (rng.range(0.0, w), rng.range(0.02, 0.3) * h);
        for k in 0..5 {
            let r = rng.range(14.0, 34.0);
            backdrop.fill(
                &ellipse(pt(x + k as f32 * 20.0 - 40.0, y + rng.range(-6.0, 6.0)), r * 1.5, r * 0.55),
                Rgb(255, 255, 255),
                0.4,
            );
        }
    }
}

/// Paints paving in perspective.
pub(crate) fn pavement(backdrop: &mut Backdrop, rng: &mut Rng, rgb: Rgb) {
    let (w, h, y0) = (backdrop.width, backdrop.height, backdrop.horizon);
    backdrop.gradient(&rect(0.0, y0, w, h), (y0, rgb.darker(0.12)), (h, rgb.lighter(0.06)));
    let vanish = pt(w * rng.range(0.2, 0.8), y0 - h * 0.25);
    for k in -9..=9 {
        let foot = pt(w / 2.0 + k as f32 * w * 0.16, h);
        let share = (y0 - vanish.y) / (h - vanish.y);
        backdrop.line(&curve(&[vanish.lerp(foot, share), foot]), 1.0, rgb.darker(0.35), 0.4);
    }
    let mut step = 5.0;
    let mut y = y0 + 4.0;
    while y < h {
        backdrop.line(&curve(&[pt(0.0, y), pt(w, y)]), 1.0, rgb.darker(0.35), 0.4);
        y += step;
        step *= 1.45;
    }
}
