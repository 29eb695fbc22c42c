//! A report of the whole way as text.

use crate::text::table::{Column, TextTable, Unit};
use crate::way::{ArticleCategories, WayFigures, WayReport};

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

/// A report of the whole way: all garments, then those of each category.
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
    text
}
