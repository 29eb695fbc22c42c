//! A report of garments as text.

use crate::garments::GarmentsReport;
use crate::text::table::{Column, TextTable, Unit};

const COLUMNS: [Column<GarmentsReport>; 7] = [
    ("rows", |report| report.rows, Unit::Count),
    ("worn", |report| report.worn, Unit::Count),
    ("spurious", |report| report.spurious, Unit::Count),
    ("missed", |report| report.missed, Unit::Count),
    ("layer", |report| report.layer_right, Unit::Share),
    ("category", |report| report.category_right, Unit::Share),
    ("of first two", |report| report.category_in_first_two, Unit::Share),
];

/// A report of garments: the figures of a photo, then which kinds are taken for which.
#[must_use]
pub fn garments(report: &GarmentsReport) -> String {
    let GarmentsReport { name, about, photos, .. } = report;
    let mut text = format!("{name}: {photos} photos\n{about}\n\n");
    let mut table = TextTable::new("a photo", COLUMNS.iter().map(|column| column.0.to_owned()));
    table.line_with_intervals("all", report, &COLUMNS);
    text.push_str(&table.text());
    let said: std::collections::BTreeSet<&String> = report.confusion.values().flat_map(|said| said.keys()).collect();
    let mut table = TextTable::new("worn, named", said.iter().map(|kind| (*kind).clone()));
    for (truth, named) in &report.confusion {
        table.line(truth, said.iter().map(|&kind| named.get(kind).copied().unwrap_or(0).to_string()));
    }
    text.push('\n');
    text.push_str(&table.text());
    text
}
