//! A retrieval report as text.

use std::fmt::Write as _;

use crate::bootstrap::Estimate;
use crate::retrieval::RetrievalReport;
use crate::summary::{ReportRow, Summary};
use crate::text::table::{Column, TextTable, Unit};

const RANKS: [Column<Summary>; 8] = [
    ("top-1", |summary| summary.top_1, Unit::Share),
    ("top-5", |summary| summary.top_5, Unit::Share),
    ("top-10", |summary| summary.top_10, Unit::Share),
    ("top-20", |summary| summary.top_20, Unit::Share),
    ("top-50", |summary| summary.top_50, Unit::Share),
    ("top-1 %", |summary| summary.top_1_percent, Unit::Share),
    ("mean rank", |summary| summary.mean_rank, Unit::Number),
    ("median", |summary| summary.median_rank, Unit::Number),
];

const LIKENESS: [Column<Summary>; 5] = [
    ("found", |summary| summary.found, Unit::Share),
    ("cat. P@10", |summary| summary.category_precision_10, Unit::Share),
    ("ΔE", |summary| summary.delta_e, Unit::Number),
    ("ΔE/random", |summary| summary.delta_e_ratio, Unit::Share),
    ("ΔE ≤ 20", |summary| summary.same_colour, Unit::Share),
];

/// A retrieval report: all methods, then one share by category and by slice.
#[must_use]
pub fn retrieval(report: &RetrievalReport) -> String {
    let articles: usize = report.articles.values().sum();
    let RetrievalReport { name, about, queries, garments, .. } = report;
    let mut text = format!("{name}: {queries} photos, {garments} garments, {articles} articles\n{about}\n\n");
    let is_ranked = report.rows.iter().any(|row| row.all.with_article > 0);
    let columns: Vec<_> = RANKS.into_iter().filter(|_| is_ranked).chain(LIKENESS).collect();
    let mut table = TextTable::new("method, query", columns.iter().map(|column| column.0.to_owned()));
    for row in &report.rows {
        table.line_with_intervals(&title(row), &row.all, &columns);
    }
    text.push_str(&table.text());
    let grouped: &[Column<Summary>] = if is_ranked { &[RANKS[2]] } else { &[LIKENESS[1], LIKENESS[3]] };
    for (name, figure, unit) in grouped {
        for (heading, parts) in groupings(report) {
            let _ = writeln!(text, "\n{name} by {heading}");
            text.push_str(&by_part(report, &parts, *figure, *unit).text());
        }
    }
    text
}

/// The name of a part, and a function that finds the part's figures in a row.
type Part<'a> = (String, Box<dyn Fn(&ReportRow) -> Option<Summary> + 'a>);

/// The ways to group garments, by category and by each slice, with their parts.
fn groupings(report: &RetrievalReport) -> Vec<(String, Vec<Part<'_>>)> {
    let Some(first) = report.rows.iter().max_by_key(|row| row.all.garments) else { return Vec::new() };
    let categories = first.by_category.keys().map(|&category| -> Part<'_> {
        (category.to_string(), Box::new(move |row| row.by_category.get(&category).copied()))
    });
    let mut groupings = vec![("category".to_owned(), categories.collect())];
    for (name, values) in &first.by_slice {
        let values = values.keys().map(|value| -> Part<'_> {
            (value.clone(), Box::new(move |row| row.by_slice.get(name)?.get(value).copied()))
        });
        groupings.push((name.clone(), values.collect()));
    }
    groupings
}

fn by_part(
    report: &RetrievalReport,
    parts: &[Part<'_>],
    figure: fn(&Summary) -> Option<Estimate>,
    unit: Unit,
) -> TextTable {
    let mut table = TextTable::new("method, query", parts.iter().map(|part| part.0.clone()));
    let garments = |part: &Part<'_>| report.rows.iter().filter_map(|row| Some((part.1)(row)?.garments)).max();
    table.line("garments", parts.iter().map(|part| garments(part).unwrap_or(0).to_string()));
    for row in &report.rows {
        let value = |part: &Part<'_>| unit.value((part.1)(row).as_ref().and_then(figure));
        table.line(&title(row), parts.iter().map(value));
    }
    table
}

fn title(row: &ReportRow) -> String {
    row.query.map_or_else(|| row.method.name().to_owned(), |query| format!("{}, {}", row.method.name(), query.name()))
}
