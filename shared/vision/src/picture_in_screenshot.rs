//! The one large picture in a screenshot of a phone: of a feed, a shop or a viewer. In: [`Pixels`]. Out: its [`Rect`], if there surely is one.
//!
//! Above and below the picture are bars of one colour with a status line, a title, an avatar, a caption and buttons. The picture is as wide as
//! the screen; its upper and lower edges are straight and sharp. A photo with a sky, or of a garment on white, has no such edges across its whole
//! width on both sides: in doubt there is no picture. Pixels are sampled: of 1200 × 1600 pixels about 30,000 are read.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use stl_types::{Rect, Size};

use crate::input::Pixels;

/// Height over width of phones' screens: from 16:9 to 22:9, with some tolerance.
const SHAPES: RangeInclusive<f64> = 1.72..=2.52;

/// Columns of the smallest screenshot: below this a line of text is no line any more.
const LEAST_WIDTH: u32 = 96;

/// Rows that are sampled at most.
const ROWS: u32 = 640;

/// Columns that are sampled. The first and the last are 1 % of the width from the sides, where bars have neither text nor avatars.
const COLUMNS: usize = 48;

/// Largest difference in a channel from the bars' colour: the noise of a compressed picture.
const TOLERANCE: u8 = 12;

/// Least share of all pixels around the picture that have the bars' colour: a page full of text has half of it once it is scaled down.
const LEAST_PAPER: f64 = 0.35;

/// Least share of all bars together, and of the bars on either side, in the screenshot's height.
const LEAST_BARS: f64 = 0.15;
const LEAST_BAR: f64 = 0.03;

/// Least share of the picture in the screenshot's height.
const LEAST_PICTURE: f64 = 0.3;

/// Least share of bars in the rows around the picture; the rest are buttons, lines and other pictures.
const LEAST_AROUND: f64 = 0.6;

/// Rows within the picture that may look like a bar one after the other, as a share of the height.
const GAP: f64 = 0.01;

/// Least share of the columns in which an edge is found between two rows above it and two rows below.
const LEAST_EDGE: f64 = 0.6;

/// The network must see the picture at least this much larger than in the screenshot.
const ENLARGEMENT: f64 = 1.15;

/// The large picture of a screenshot, which a network with this `input` would see clearly larger alone; `None` if the photo is no screenshot.
pub(crate) fn picture_in_screenshot(photo: Pixels<'_>, input: Size) -> Option<Rect> {
    let Size { width, height } = photo.size();
    if width < LEAST_WIDTH || !SHAPES.contains(&(f64::from(height) / f64::from(width))) {
        return None;
    }
    let screen = Screen::of(photo)?;
    let rows: Vec<Row> = (0..screen.sampled()).map(|at| screen.row(screen.place(at))).collect();
    let found = longest_run(&rows, (GAP * rows.len() as f64) as usize);
    if !is_between_bars(&rows, &found) {
        return None;
    }
    let step = screen.step;
    let around = |at: usize| screen.place(at).saturating_sub(step + 2)..=screen.place(at) + 2;
    let (top, bottom) = (screen.edge(around(found.start), true)?, screen.edge(around(found.end), false)?);
    let part = Rect { left: 0, top, width, height: bottom.checked_sub(top)? };
    let is_large = f64::from(part.height) >= LEAST_PICTURE * f64::from(height);
    let scale = |height: u32| {
        f64::min(f64::from(input.width) / f64::from(width), f64::from(input.height) / f64::from(height.max(1)))
    };
    let pays = scale(part.height) >= ENLARGEMENT * scale(height);
    (is_large && pays).then_some(part)
}

/// What a sampled row is.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Of the bars' colour at both sides, as a garment on white is and a picture of a feed is not.
    is_bar: bool,
    /// The share of its pixels that have the bars' colour.
    paper: f64,
}

/// Sampled pixels of a screenshot, and the colour of its bars.
struct Screen<'a> {
    photo: Pixels<'a>,
    /// Rows from one that is sampled to the next.
    step: u32,
    columns: [u32; COLUMNS],
    bars: [u8; 3],
}

impl<'a> Screen<'a> {
    /// `None` if too few rows have the same colour at both sides.
    fn of(photo: Pixels<'a>) -> Option<Self> {
        let Size { width, height } = photo.size();
        let column = |at: usize| ((2 * at as u64 + 1) * u64::from(width) / (2 * COLUMNS as u64)) as u32;
        let columns = std::array::from_fn(column);
        let mut screen = Self { photo, step: height.div_ceil(ROWS), columns, bars: [0; 3] };
        // Colours that differ by less than 8 count together.
        let mut sides: BTreeMap<[u8; 3], (u32, [u32; 3])> = BTreeMap::new();
        for at in 0..screen.sampled() {
            let [left, right] = [0, COLUMNS - 1].map(|column| screen.pixel(screen.place(at), column));
            if is_near(left, right) {
                let (count, sum) = sides.entry(left.map(|value| value / 8)).or_default();
                *count += 1;
                for (sum, value) in sum.iter_mut().zip(left) {
                    *sum += u32::from(value);
                }
            }
        }
        let (count, sum) = sides.into_values().max_by_key(|(count, _)| *count)?;
        screen.bars = sum.map(|sum| (sum / count) as u8);
        (f64::from(count) >= LEAST_BARS * screen.sampled() as f64).then_some(screen)
    }

    fn sampled(&self) -> usize {
        (self.photo.size().height / self.step) as usize
    }

    /// The row of the photo that is sampled as number `at`.
    const fn place(&self, at: usize) -> u32 {
        at as u32 * self.step + self.step / 2
    }

    fn pixel(&self, row: u32, column: usize) -> [u8; 3] {
        let at =
            (row as usize * self.photo.size().width as usize + self.columns[column] as usize) * self.photo.channels();
        let bytes = self.photo.bytes();
        [bytes[at], bytes[at + 1], bytes[at + 2]]
    }

    fn is_bar(&self, row: u32, column: usize) -> bool {
        is_near(self.pixel(row, column), self.bars)
    }

    fn row(&self, row: u32) -> Row {
        let is_bar = self.is_bar(row, 0) && self.is_bar(row, COLUMNS - 1);
        Row { is_bar, paper: self.share(|column| self.is_bar(row, column)) }
    }

    /// The share of the sampled columns of which something holds.
    fn share(&self, holds: impl Fn(usize) -> bool) -> f64 {
        (0..COLUMNS).filter(|&column| holds(column)).count() as f64 / COLUMNS as f64
    }

    /// The first row behind a straight edge between bar and picture; `None` if there is none in the range.
    fn edge(&self, rows: RangeInclusive<u32>, picture_is_below: bool) -> Option<u32> {
        let last = self.photo.size().height.checked_sub(2)?;
        let rows = (*rows.start()).max(2)..=(*rows.end()).min(last);
        let share = |row: u32| {
            self.share(|column| {
                self.is_bar(row - 2, column) == picture_is_below && self.is_bar(row + 1, column) != picture_is_below
            })
        };
        let shares: Vec<(u32, f64)> = rows.map(|row| (row, share(row))).collect();
        let best = shares.iter().map(|(_, share)| *share).max_by(f64::total_cmp)?;
        // A sharp edge is between the two rows above and below of three rows: it is at the middle one.
        let mut sharpest = shares.iter().filter(|(_, share)| *share >= best).map(|(row, _)| *row);
        let (first, last) = (sharpest.next()?, sharpest.next_back());
        (best >= LEAST_EDGE).then(|| first.midpoint(last.unwrap_or(first)))
    }
}

/// Whether no channel of two colours differs by more than [`TOLERANCE`].
fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= TOLERANCE)
}

/// The longest run of rows that are no bars; up to `gap` rows of a bar do not end it.
fn longest_run(rows: &[Row], gap: usize) -> Range<usize> {
    let (mut longest, mut run) = (0..0, 0..0);
    for at in (0..rows.len()).filter(|&at| !rows[at].is_bar) {
        run = if run.is_empty() || at - run.end > gap { at..at + 1 } else { run.start..at + 1 };
        if run.len() > longest.len() {
            longest = run.clone();
        }
    }
    longest
}

/// Whether a run of rows is a picture between bars.
fn is_between_bars(rows: &[Row], found: &Range<usize>) -> bool {
    let all = rows.len() as f64;
    let bars = |rows: &[Row]| rows.iter().filter(|row| row.is_bar).count() as f64;
    let (before, behind) = (&rows[..found.start], &rows[found.end..]);
    let [above, below] = [before, behind].map(bars);
    let paper: f64 = before.iter().chain(behind).map(|row| row.paper).sum();
    let around = all - found.len() as f64;
    above >= LEAST_BAR * all
        && below >= LEAST_BAR * all
        && above + below >= LEAST_BARS * all
        && above + below >= LEAST_AROUND * around
        && paper >= LEAST_PAPER * around
        && found.len() as f64 >= LEAST_PICTURE * all
}

#[cfg(test)]
mod tests;
