//! A thing on a plain background. In: colours. Out: all that differs from the border.

use stl_types::{Size, components};

use super::lab::distance2;
use super::shapes::{border, closed, filled, flooded, opened};

/// The border's colours differ from a gradient by at most this much for 95 % of its pixels: a studio's wall, a sheet of paper.
/// Nine of ten packshots have 5.5 or less, of nine in ten photos of garments at home 7 and more.
const PLAIN: f32 = 5.5;

/// What differs from the background by this multiple of the border's own spread belongs to the thing, but at least by [`LEAST`].
const SPREADS: f32 = 2.5;

/// Two colours that the eye just tells apart, and the noise of a compressed picture.
const LEAST: f32 = 3.0;

/// Parts below this share of the largest are dust.
const PART_SHARE: f64 = 0.05;

/// Seams and stripes in the background's colour are closed up to this share of the long side.
const SEAM_SHARE: u32 = 40;

/// A thing on a plain background.
pub(super) struct Plain {
    /// Its pixels.
    pub(super) kept: Vec<bool>,
    /// The distance of each pixel from the background's colour.
    pub(super) distances: Vec<f32>,
    /// Its mean at the border.
    pub(super) border_distance: f32,
}

/// How the border's colours fit a background that is one colour or an even gradient.
pub(super) struct Border {
    /// The border's pixels.
    pixels: Vec<usize>,
    /// The distance of each pixel of the picture from the background's colour.
    distances: Vec<f32>,
    /// Those of the border's pixels, in ascending order.
    spread: Vec<f32>,
}

impl Border {
    /// `size` has at least one pixel.
    pub(super) fn of(size: Size, colours: &[[f32; 3]]) -> Self {
        let short = size.width.min(size.height);
        let pixels = border(size, (short / 40).max(1));
        let background = Gradient::fit(size, colours, &pixels);
        let distance = |(at, &colour): (usize, &[f32; 3])| distance2(colour, background.at(size, at)).sqrt();
        let distances: Vec<f32> = colours.iter().enumerate().map(distance).collect();
        let mut spread: Vec<f32> = pixels.iter().map(|&at| distances[at]).collect();
        spread.sort_by(f32::total_cmp);
        Self { pixels, distances, spread }
    }

    /// Whether the background is plain.
    pub(super) fn is_plain(&self) -> bool {
        self.quantile(0.95) <= PLAIN
    }

    fn quantile(&self, share: f64) -> f32 {
        self.spread[((self.spread.len() - 1) as f64 * share) as usize]
    }
}

/// The thing; `None` if the background is not plain.
pub(super) fn thing(size: Size, colours: &[[f32; 3]]) -> Option<Plain> {
    let border = Border::of(size, colours);
    if !border.is_plain() {
        return None;
    }
    let tolerance = (SPREADS * border.quantile(0.75)).max(LEAST);
    let Border { pixels, distances, spread } = border;
    let background = flooded(size, &pixels, |at| distances[at] <= tolerance);
    let thing: Vec<bool> = background.into_iter().map(|background| !background).collect();
    let radius = (size.width.max(size.height) / SEAM_SHARE).max(1);
    let thing = filled(size, &closed(size, &opened(size, &thing, 1), radius));
    let parts = components(size, thing.clone());
    let largest = parts.iter().map(Vec::len).max()?;
    let mut kept = vec![false; thing.len()];
    for part in parts.into_iter().filter(|part| part.len() as f64 >= PART_SHARE * largest as f64) {
        for at in part {
            kept[at] = true;
        }
    }
    let border_distance = spread.iter().sum::<f32>() / spread.len() as f32;
    Some(Plain { kept, distances, border_distance })
}

/// A colour that changes evenly across the picture: `a + b·x + c·y` for each channel, x and y in `−½..½`.
struct Gradient([[f32; 3]; 3]);

impl Gradient {
    /// Fits the border by least squares, three times, each time without the fifth that fitted worst: a sleeve may touch the border.
    fn fit(size: Size, colours: &[[f32; 3]], border: &[usize]) -> Self {
        let mut used = border.to_vec();
        let mut fitted = Self([[0.0; 3]; 3]);
        for _ in 0..3 {
            fitted = Self::of(size, colours, &used);
            let distance = |at: usize| distance2(colours[at], fitted.at(size, at));
            let mut sorted = border.to_vec();
            sorted.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
            sorted.truncate((sorted.len() * 4).div_ceil(5));
            used = sorted;
        }
        fitted
    }

    /// Least squares by the normal equations.
    fn of(size: Size, colours: &[[f32; 3]], used: &[usize]) -> Self {
        let mut normal = [[0.0_f64; 6]; 3];
        for &at in used {
            let row = place(size, at);
            for i in 0..3 {
                for j in 0..3 {
                    normal[i][j] += f64::from(row[i]) * f64::from(row[j]);
                    normal[i][3 + j] += f64::from(row[i]) * f64::from(colours[at][j]);
                }
            }
        }
        for i in 0..3 {
            // A line of pixels has no second direction.
            normal[i][i] += 1e-6;
            let pivot = normal[i][i];
            for value in &mut normal[i] {
                *value /= pivot;
            }
            let row = normal[i];
            for (other, line) in normal.iter_mut().enumerate() {
                if other != i {
                    let factor = line[i];
                    for (value, of) in line.iter_mut().zip(row) {
                        *value -= factor * of;
                    }
                }
            }
        }
        Self(normal.map(|row| [row[3] as f32, row[4] as f32, row[5] as f32]))
    }

    fn at(&self, size: Size, at: usize) -> [f32; 3] {
        let row = place(size, at);
        std::array::from_fn(|channel| (0..3).map(|term| row[term] * self.0[term][channel]).sum())
    }
}

/// 1, x and y of a pixel.
fn place(size: Size, at: usize) -> [f32; 3] {
    let (x, y) = (at as u32 % size.width, at as u32 / size.width);
    [1.0, x as f32 / size.width as f32 - 0.5, y as f32 / size.height as f32 - 0.5]
}
