//! A table of text. In: titles and figures. Out: aligned lines.

use std::fmt::Write as _;

use crate::bootstrap::Estimate;

/// A table's cells; the first line holds the headings.
pub(super) struct TextTable(Vec<Vec<String>>);

/// A heading, the figure below it and its unit.
pub(super) type Column<T> = (&'static str, fn(&T) -> Option<Estimate>, Unit);

/// How a figure is written.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// 0..=1, three decimals.
    Share,
    /// A small mean number, two decimals.
    Count,
    /// Anything else, one decimal.
    Number,
}

impl Unit {
    /// As papers print shares: .512 and 1.000.
    fn number(self, value: f64, share_decimals: usize) -> String {
        match self {
            Self::Share => {
                let text = format!("{value:.share_decimals$}");
                text.strip_prefix('0').map_or_else(|| text.clone(), str::to_owned)
            }
            Self::Count => format!("{value:.2}"),
            Self::Number => format!("{value:.1}"),
        }
    }

    pub(super) fn value(self, estimate: Option<Estimate>) -> String {
        estimate.map_or_else(|| "-".to_owned(), |estimate| self.number(estimate.value, 3))
    }

    pub(super) fn interval(self, estimate: Option<Estimate>) -> String {
        let end = |value| self.number(value, 2);
        estimate.map_or_else(String::new, |Estimate { low, high, .. }| format!("{}–{}", end(low), end(high)))
    }
}

impl TextTable {
    pub(super) fn new(first: &str, headings: impl Iterator<Item = String>) -> Self {
        Self(vec![[first.to_owned()].into_iter().chain(headings).collect()])
    }

    pub(super) fn line(&mut self, title: &str, cells: impl Iterator<Item = String>) {
        self.0.push([title.to_owned()].into_iter().chain(cells).collect());
    }

    /// A line of values and a line of their intervals.
    pub(super) fn line_with_intervals<T>(&mut self, title: &str, figures: &T, columns: &[Column<T>]) {
        self.line(title, columns.iter().map(|(_, figure, unit)| unit.value(figure(figures))));
        self.line("", columns.iter().map(|(_, figure, unit)| unit.interval(figure(figures))));
    }

    /// The lines. The first column is aligned to the left, the others to the right.
    pub(super) fn text(&self) -> String {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| self.0.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for line in &self.0 {
            let mut row = format!("{:<1$}", line[0], widths[0]);
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                // Writing into a String cannot fail.
                let _ = write!(row, "  {cell:>width$}");
            }
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_their_heads() {
        let mut table = TextTable::new("method", ["top-1", "ΔE"].into_iter().map(str::to_owned));
        let figures = (0.5123, 22.04);
        let columns: [Column<(f64, f64)>; 2] = [
            ("top-1", |figures| Some(Estimate { value: figures.0, low: 0.0461, high: 1.0 }), Unit::Share),
            ("ΔE", |figures| Some(Estimate { value: figures.1, low: 9.96, high: 30.0 }), Unit::Number),
        ];
        table.line_with_intervals("match, garment", &figures, &columns);
        table.line("random", [Unit::Share.value(None), Unit::Number.value(None)].into_iter());
        let expected = "\
method             top-1         ΔE
match, garment      .512       22.0
                .05–1.00  10.0–30.0
random                 -          -
";
        assert_eq!(table.text(), expected);
    }
}
