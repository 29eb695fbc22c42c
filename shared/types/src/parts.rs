//! The connected parts of a picture of two values. In: a value for each pixel. Out: [`Parts`].
//!
//! Runs of equal pixels in a row are joined with those of the row above that they touch (Rosenfeld, Pfaltz, "Sequential Operations in Digital
//! Picture Processing", 1966; by runs as in He, Chao, Suzuki, "A Run-Based Two-Scan Labeling Algorithm", 2008). A picture has far fewer runs than
//! pixels.

use crate::Size;

/// Pixels that are compared at once.
const STEP: usize = 16;

/// All parts of a picture, of both values. Pixels hang together by their sides only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// In row-major order.
    runs: Vec<Run>,
    /// In the order of their first pixels.
    parts: Vec<Part>,
}

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The value of its pixels.
    pub(crate) value: bool,
    /// Number of its pixels.
    pub(crate) area: usize,
    /// Whether one of them is at the picture's edge.
    pub(crate) is_at_edge: bool,
}

/// Equal pixels beside each other in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// Positions of the first pixel and behind the last one, in the row-major picture.
    start: usize,
    end: usize,
    value: bool,
    /// While runs are joined: an earlier run of the same part, or itself. Then: the part.
    of: usize,
}

impl Parts {
    /// The parts of a picture, `(H, W)` row-major.
    ///
    /// # Panics
    /// When there are more or fewer values than `size` has pixels.
    pub(crate) fn of(size: Size, values: &[bool]) -> Self {
        assert_eq!(size.area(), values.len() as u64, "a value for each pixel");
        let width = size.width as usize;
        let mut runs: Vec<Run> = Vec::new();
        let mut above = 0..0;
        for (y, row) in values.chunks_exact(width.max(1)).enumerate() {
            let first = runs.len();
            let mut x = 0;
            while x < width {
                let end = run_end(row, x);
                runs.push(Run { start: y * width + x, end: y * width + end, value: row[x], of: runs.len() });
                x = end;
            }
            join(&mut runs, above, first, width);
            above = first..runs.len();
        }
        Self::numbered(runs, size)
    }

    /// The parts, in the order of their first pixels.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The positions of the pixels of some parts, by the parts' numbers, in row-major order.
    pub(crate) fn pixels(&self, is_chosen: impl Fn(usize) -> bool) -> Vec<usize> {
        self.runs.iter().filter(|run| is_chosen(run.of)).flat_map(|run| run.start..run.end).collect()
    }

    /// Gives each run the number of its part.
    fn numbered(mut runs: Vec<Run>, size: Size) -> Self {
        let (width, last_row) = (size.width as usize, (size.area() as usize).saturating_sub(size.width as usize));
        let mut parts: Vec<Part> = Vec::new();
        for at in 0..runs.len() {
            let Run { start, end, value, of } = runs[at];
            // Earlier runs have the number of their part already.
            let part = if of == at { parts.len() } else { runs[of].of };
            if of == at {
                parts.push(Part { value, area: 0, is_at_edge: false });
            }
            runs[at].of = part;
            let part = &mut parts[part];
            part.area += end - start;
            part.is_at_edge |= start < width || start >= last_row || start % width == 0 || end % width == 0;
        }
        Self { runs, parts }
    }
}

/// Joins the runs of a row, from `first` on, with those of the row above that they touch.
fn join(runs: &mut [Run], above: std::ops::Range<usize>, first: usize, width: usize) {
    let (mut upper, mut lower) = (above.start, first);
    while upper < above.end && lower < runs.len() {
        let (up, down) = (runs[upper], runs[lower]);
        // Both rows are whole, so runs that are compared overlap.
        if up.value == down.value {
            let (a, b) = (root(runs, upper), root(runs, lower));
            runs[a.max(b)].of = a.min(b);
        }
        let (up_end, down_end) = (up.end + width, down.end);
        upper += usize::from(up_end <= down_end);
        lower += usize::from(down_end <= up_end);
    }
    // Directly below their part's first run, so that later runs find it in one step.
    for at in first..runs.len() {
        runs[at].of = root(runs, at);
    }
}

/// The first run of the part of a run.
fn root(runs: &mut [Run], mut at: usize) -> usize {
    while runs[at].of != at {
        runs[at].of = runs[runs[at].of].of;
        at = runs[at].of;
    }
    at
}

/// The position behind the last pixel of a row that is equal to the one at `start` and all between.
fn run_end(row: &[bool], start: usize) -> usize {
    let (value, mut at) = (row[start], start);
    while row.get(at..at + STEP).is_some_and(|step| step == [value; STEP]) {
        at += STEP;
    }
    row[at..].iter().position(|&other| other != value).map_or(row.len(), |more| at + more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::components;

    /// Blots of several sizes: pseudo-random values, of which neighbours are often equal.
    fn blots(size: Size, seed: u32, scale: u32) -> Vec<bool> {
        let at = |x: u32, y: u32| {
            let mixed = (x / scale).wrapping_mul(0x9E37_79B1) ^ (y / scale).wrapping_mul(0x85EB_CA77) ^ seed;
            mixed.wrapping_mul(0xC2B2_AE3D) >> 31 == 0
        };
        (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect()
    }

    #[test]
    fn parts_are_those_that_a_search_from_pixel_to_pixel_finds() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (37, 23), (64, 48), (130, 7)] {
            let size = Size { width, height };
            for (seed, scale) in [(1, 1), (2, 1), (3, 2), (4, 5), (5, 40)] {
                let values = blots(size, seed, scale);
                let found = Parts::of(size, &values);
                for value in [false, true] {
                    let expected = components(size, values.iter().map(|&other| other == value).collect());
                    let numbers: Vec<usize> =
                        (0..found.parts().len()).filter(|&part| found.parts()[part].value == value).collect();
                    assert_eq!(numbers.len(), expected.len(), "{size:?}, seed {seed}");
                    for (number, mut pixels) in numbers.into_iter().zip(expected) {
                        pixels.sort_unstable();
                        let part = found.parts()[number];
                        let is_at_edge = pixels.iter().any(|at| {
                            let (x, y) = (*at as u32 % width, *at as u32 / width);
                            x == 0 || y == 0 || x + 1 == width || y + 1 == height
                        });
                        assert_eq!((part.area, part.is_at_edge), (pixels.len(), is_at_edge));
                        assert_eq!(found.pixels(|chosen| chosen == number), pixels);
                    }
                }
            }
        }
    }

    #[test]
    fn a_spiral_is_one_part_and_so_is_its_gap() {
        let rows = ["#######", "......#", "#####.#", "#...#.#", "#.###.#", "#.....#", "#######"];
        let values: Vec<bool> = rows.concat().bytes().map(|pixel| pixel == b'#').collect();
        let parts = Parts::of(Size { width: 7, height: 7 }, &values);
        let areas: Vec<_> = parts.parts().iter().map(|part| (part.value, part.area)).collect();
        assert_eq!(areas, [(true, 31), (false, 18)]);
    }

    #[test]
    fn nothing_has_no_parts() {
        assert_eq!(Parts::of(Size { width: 0, height: 4 }, &[]).parts(), []);
    }
}
