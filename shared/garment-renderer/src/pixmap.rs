//! Helpers for pixmaps and planes. In: sizes, colours, planes of numbers. Out: what `tiny_skia` draws with, blurred planes.

use tiny_skia::{BlendMode, Color, Paint, Pixmap, Shader};

use crate::colour::Rgb;

/// A transparent pixmap.
pub(crate) fn blank(width: u32, height: u32) -> Pixmap {
    Pixmap::new(width.max(1), height.max(1)).expect("pictures of a few hundred pixels fit in memory")
}

/// A paint of one colour.
pub(crate) fn paint(rgb: Rgb, alpha: f32, blend_mode: BlendMode) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(colour(rgb, alpha)), blend_mode, ..Paint::default() }
}

/// A colour of `tiny_skia`.
pub(crate) fn colour(rgb: Rgb, alpha: f32) -> Color {
    Color::from_rgba8(rgb.0, rgb.1, rgb.2, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
}

/// Blurs a plane `(height, width)` with two passes of a box filter of the given radius. Edge pixels repeat outside.
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
        // Columns: one whole row at a time, because rows are contiguous in memory.
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
