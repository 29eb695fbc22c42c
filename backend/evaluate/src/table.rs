//! Reports as text. In: a report. Out: aligned lines for a terminal or a README.

use std::fmt::Write as _;

use stl_types::Class;

use crate::bootstrap::Estimate;
use crate::retrieval::RetrievalReport;
use crate::segmentation::{Figures, SegmentationReport};
use crate::summary::{Row, Summary};

/// A table's cells, the heads first.
struct Table(Vec<Vec<String>>);

type Column<T> = (&'static str, fn(&T) -> Option<Estimate>, Unit);

#[derive(Clone, Copy)]
enum Unit {
    /// 0..=1, three decimals.
    Share,
    /// Anything else, one decimal.
    Number,
}

const RANKS: [Column<Summary>; 8] = [
    ("top-1", |is| is.top_1, Unit::Share),
    ("top-5", |is| is.top_5, Unit::Share),
    ("top-10", |is| is.top_10, Unit::Share),
    ("top-20", |is| is.top_20, Unit::Share),
    ("top-50", |is| is.top_50, Unit::Share),
    ("top-1 %", |is| is.top_1_percent, Unit::Share),
    ("mean rank", |is| is.mean_rank, Unit::Number),
    ("median", |is| is.median_rank, Unit::Number),
];

const LIKENESS: [Column<Summary>; 5] = [
    ("found", |is| is.found, Unit::Share),
    ("cat. P@10", |is| is.category_precision_10, Unit::Share),
    ("ΔE", |is| is.delta_e, Unit::Number),
    ("ΔE/random", |is| is.delta_e_ratio, Unit::Share),
    ("ΔE ≤ 20", |is| is.same_colour, Unit::Share),
];

const SEGMENTATION: [Column<Figures>; 7] = [
    ("fg. IoU", |is| is.foreground_iou, Unit::Share),
    ("worst tenth", |is| is.foreground_iou_worst_tenth, Unit::Share),
    ("boundary F", |is| is.boundary_f, Unit::Share),
    ("worst tenth", |is| is.boundary_f_worst_tenth, Unit::Share),
    ("class IoU", |is| is.class_iou, Unit::Share),
    ("garment IoU", |is| is.garment_iou, Unit::Share),
    ("ms", |is| is.median_ms, Unit::Number),
];

/// A retrieval report: all methods, then by category and by slice the shares that the set allows.
#[must_use]
pub fn retrieval(report: &RetrievalReport) -> String {
    let articles: usize = report.articles.values().sum();
    let RetrievalReport { name, about, queries, garments, .. } = report;
    let mut text = format!("{name}: {queries} photos, {garments} garments, {articles} articles\n{about}\n\n");
    let is_ranked = report.rows.iter().any(|row| row.all.with_article > 0);
    let columns: Vec<_> = RANKS.into_iter().filter(|_| is_ranked).chain(LIKENESS).collect();
    let mut table = Table::new("method, query", columns.iter().map(|column| column.0.to_owned()));
    for row in &report.rows {
        table.with_intervals(&title(row), &row.all, &columns);
    }
    text.push_str(&table.text());
    let told_apart: &[Column<Summary>] = if is_ranked { &[RANKS[2]] } else { &[LIKENESS[1], LIKENESS[3]] };
    for (name, figure, unit) in told_apart {
        for (heading, of) in parts(report) {
            let _ = writeln!(text, "\n{name} by {heading}");
            text.push_str(&by_part(report, &of, *figure, *unit).text());
        }
    }
    text
}

/// Finds one part's figures in a row.
type Part<'a> = (String, Box<dyn Fn(&Row) -> Option<Summary> + 'a>);

/// Category and slices, each with its values.
fn parts(report: &RetrievalReport) -> Vec<(String, Vec<Part<'_>>)> {
    let Some(first) = report.rows.iter().max_by_key(|row| row.all.garments) else { return Vec::new() };
    let categories = first.by_category.keys().map(|&category| -> Part<'_> {
        (category.to_string(), Box::new(move |row| row.by_category.get(&category).copied()))
    });
    let mut parts = vec![("category".to_owned(), categories.collect())];
    for (name, values) in &first.by_slice {
        let values = values.keys().map(|value| -> Part<'_> {
            (value.clone(), Box::new(move |row| row.by_slice.get(name)?.get(value).copied()))
        });
        parts.push((name.clone(), values.collect()));
    }
    parts
}

fn by_part(
    report: &RetrievalReport,
    parts: &[Part<'_>],
    figure: fn(&Summary) -> Option<Estimate>,
    unit: Unit,
) -> Table {
    let mut table = Table::new("method, query", parts.iter().map(|part| part.0.clone()));
    let most = |part: &Part<'_>| report.rows.iter().filter_map(|row| Some((part.1)(row)?.garments)).max();
    table.line("garments", parts.iter().map(|part| most(part).unwrap_or(0).to_string()));
    for row in &report.rows {
        let value = |part: &Part<'_>| unit.value((part.1)(row).as_ref().and_then(figure));
        table.line(&title(row), parts.iter().map(value));
    }
    table
}

fn title(row: &Row) -> String {
    row.query.map_or_else(|| row.method.name().to_owned(), |query| format!("{}, {}", row.method.name(), query.name()))
}

/// A segmentation report: all photos, then each slice, then each class.
#[must_use]
pub fn segmentation(report: &SegmentationReport) -> String {
    let SegmentationReport { name, about, threads, all, .. } = report;
    let mut text = format!("{name}: {} photos, {threads} at once\n{about}\n\n", all.photos);
    let heads = ["photos"].into_iter().chain(SEGMENTATION.iter().map(|column| column.0));
    let mut table = Table::new("", heads.map(str::to_owned));
    let mut line = |title: &str, figures: &Figures| {
        let value = |(_, figure, unit): &Column<Figures>| unit.value(figure(figures));
        let interval = |(_, figure, unit): &Column<Figures>| unit.interval(figure(figures));
        table.line(title, [figures.photos.to_string()].into_iter().chain(SEGMENTATION.iter().map(value)));
        table.line("", [String::new()].into_iter().chain(SEGMENTATION.iter().map(interval)));
    };
    line("all", all);
    for (name, values) in &report.by_slice {
        for (value, figures) in values {
            line(&format!("{name}: {value}"), figures);
        }
    }
    text.push_str(&table.text());
    let by_class: Vec<(&str, Estimate)> = Class::ALL
        .into_iter()
        .filter_map(|class| Some((class.as_str(), *all.iou_by_class.get(class.as_str())?)))
        .collect();
    if !by_class.is_empty() {
        text.push('\n');
        let mut table = Table::new("IoU by class", by_class.iter().map(|(class, _)| (*class).to_owned()));
        table.line("all", by_class.iter().map(|&(_, iou)| Unit::Share.value(Some(iou))));
        text.push_str(&table.text());
    }
    text
}

impl Unit {
    /// As papers print shares: .512 and 1.000.
    fn number(self, value: f64, share_decimals: usize) -> String {
        match self {
            Self::Share => {
                let text = format!("{value:.share_decimals$}");
                text.strip_prefix('0').map_or_else(|| text.clone(), str::to_owned)
            }
            Self::Number => format!("{value:.1}"),
        }
    }

    fn value(self, estimate: Option<Estimate>) -> String {
        estimate.map_or_else(|| "-".to_owned(), |estimate| self.number(estimate.value, 3))
    }

    fn interval(self, estimate: Option<Estimate>) -> String {
        let end = |value| self.number(value, 2);
        estimate.map_or_else(String::new, |Estimate { low, high, .. }| format!("{}–{}", end(low), end(high)))
    }
}

impl Table {
    fn new(first: &str, heads: impl Iterator<Item = String>) -> Self {
        Self(vec![[first.to_owned()].into_iter().chain(heads).collect()])
    }

    fn line(&mut self, title: &str, cells: impl Iterator<Item = String>) {
        self.0.push([title.to_owned()].into_iter().chain(cells).collect());
    }

    /// A line of values and one of their intervals.
    fn with_intervals<T>(&mut self, title: &str, figures: &T, columns: &[Column<T>]) {
        self.line(title, columns.iter().map(|(_, figure, unit)| unit.value(figure(figures))));
        self.line("", columns.iter().map(|(_, figure, unit)| unit.interval(figure(figures))));
    }

    /// The first column to the left, the others to the right.
    fn text(&self) -> String {
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
        let mut table = Table::new("method", ["top-1", "ΔE"].into_iter().map(str::to_owned));
        let figures = (0.5123, 22.04);
        let columns: [Column<(f64, f64)>; 2] = [
            ("top-1", |is| Some(Estimate { value: is.0, low: 0.0461, high: 1.0 }), Unit::Share),
            ("ΔE", |is| Some(Estimate { value: is.1, low: 9.96, high: 30.0 }), Unit::Number),
        ];
        table.with_intervals("match, garment", &figures, &columns);
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
