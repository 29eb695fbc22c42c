//! A report of the whole way as text.

use std::fmt::Write as _;

use crate::text::table::{Column, TextTable, Unit};
use crate::way::{ArticleCategories, NumbersFigures, WayFigures, WayReport};

const COLUMNS: [Column<WayFigures>; 8] = [
    ("found", |figures| figures.found, Unit::Share),
    ("in row", |figures| figures.in_row, Unit::Share),
    ("top-1", |figures| figures.row.top_1, Unit::Share),
    ("top-10", |figures| figures.row.top_10, Unit::Share),
    ("top-50", |figures| figures.row.top_50, Unit::Share),
    ("free top-1", |figures| figures.category_free.top_1, Unit::Share),
    ("free top-10", |figures| figures.category_free.top_10, Unit::Share),
    ("free top-50", |figures| figures.category_free.top_50, Unit::Share),
];

const BY_NUMBERS: [Column<NumbersFigures>; 8] = [
    ("same of 50", |figures| figures.common, Unit::Share),
    ("other rows", |figures| figures.other_common, Unit::Share),
    ("top-1", |figures| figures.row.top_1, Unit::Share),
    ("top-10", |figures| figures.row.top_10, Unit::Share),
    ("top-50", |figures| figures.row.top_50, Unit::Share),
    ("Δ top-1", |figures| figures.row_difference.top_1, Unit::Share),
    ("Δ top-10", |figures| figures.row_difference.top_10, Unit::Share),
    ("Δ top-50", |figures| figures.row_difference.top_50, Unit::Share),
];

/// A report of the whole way: all garments, then those of each category, then all by numbers.
#[must_use]
pub fn way(report: &WayReport) -> String {
    let articles: usize = report.articles.values().sum();
    let WayReport { name, about, photos, all, .. } = report;
    let categories = match report.article_categories {
        ArticleCategories::Given => "given",
        ArticleCategories::Predicted => "predicted",
    };
    let rows = Unit::Count.value(report.rows_per_photo);
    let mut text = format!(
        "{name}: {photos} photos, {} garments, {articles} articles of {categories} categories\n{about}\n{rows} rows a photo\n\n",
        all.garments
    );
    let mut table = TextTable::new("worn", COLUMNS.iter().map(|column| column.0.to_owned()));
    table.line_with_intervals("all", all, &COLUMNS);
    for (category, figures) in &report.by_category {
        table.line_with_intervals(&format!("{category} ({})", figures.garments), figures, &COLUMNS);
    }
    text.push_str(&table.text());
    if let Some(by_numbers) = &report.by_numbers {
        let NumbersFigures { garment_rows, other_rows, lowest_common, .. } = by_numbers;
        let lowest = lowest_common.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"));
        let _ = write!(
            text,
            "\n{garment_rows} garments' rows and {other_rows} others by numbers; of the first 50 articles of a garment's row at least {lowest} are the same\n\n"
        );
        let mut table = TextTable::new("by numbers", BY_NUMBERS.iter().map(|column| column.0.to_owned()));
        table.line_with_intervals("all", by_numbers, &BY_NUMBERS);
        text.push_str(&table.text());
    }
    text
}
