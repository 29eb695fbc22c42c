//! The table of `evaluate catalogue` and `adapt`. In: a [`Table`]. Out: aligned text.

use std::fmt::Write as _;

use stl_server::adapt::evaluation::{Found, Row, Table};
use stl_server::adapt::pairs::View;
use stl_server::adapt::ranks::{Figures, Share};
use stl_server::adapt::shown::{MAX_ARTICLES_OF_PICTURE, MAX_PICTURES};
use stl_server::counted::counted;

/// What was found, a sentence a line.
pub(super) fn found(found: &Found) -> String {
    let worn: usize = found.worn.values().sum();
    let Found { articles, pictures, with_wearer, encoded, of_too_many, beyond_limit, unreadable, .. } = found;
    let mut text = format!(
        "{}, {with_wearer} with a wearer, of {worn} of {}; {encoded} encoded now\n",
        counted(*pictures, "further picture"),
        counted(*articles, "product")
    );
    for (count, reason) in [
        (of_too_many, format!("more than {MAX_ARTICLES_OF_PICTURE} products show them")),
        (beyond_limit, format!("at most {MAX_PICTURES} are looked at")),
        (unreadable, "their stored copy is missing or damaged".to_owned()),
    ] {
        if *count > 0 {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{} left out: {reason}", counted(*count, "picture"));
        }
    }
    text
}

/// The table: a line of each way for each row.
pub(super) fn text(table: &Table) -> String {
    let mut lines = vec![
        ["query", "category", "pairs", "ranked", "way", "top-1", "top-10", "95 %", "top-50", "median"]
            .map(str::to_owned),
    ];
    for Row { view, category, pairs, ranked, figures } in &table.rows {
        for (number, (way, figures)) in table.ways.iter().zip(figures).enumerate() {
            let of_row = |text: String| if number == 0 { text } else { String::new() };
            let view = match view {
                View::Person => "whole person",
                View::Garment => "garment",
            };
            let category = category.map_or("all", |category| category.as_str());
            let Figures { top_1, top_10, top_50, median_rank } = figures;
            lines.push([
                of_row(view.to_owned()),
                of_row(category.to_owned()),
                of_row(pairs.to_string()),
                of_row(ranked.to_string()),
                (*way).to_owned(),
                share(top_1.value),
                share(top_10.value),
                interval(*top_10),
                share(top_50.value),
                median_rank.to_string(),
            ]);
        }
    }
    aligned(&lines)
}

/// As papers print shares: .512 and 1.000.
pub(super) fn share(value: f64) -> String {
    let text = format!("{value:.3}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

fn interval(share_of: Share) -> String {
    format!("{}–{}", share(share_of.low), share(share_of.high))
}

/// Columns of text to the left, columns of figures to the right.
fn aligned<const COLUMNS: usize>(lines: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let is_text = |column: usize| matches!(lines[0][column].as_str(), "query" | "category" | "way");
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            if is_text(column) { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use stl_types::Category;

    use super::*;

    #[test]
    fn a_row_has_a_line_for_each_way() {
        let figures = |ranks: [usize; 4]| Figures::of(ranks.to_vec()).expect("ranks");
        let rows = vec![Row {
            view: View::Garment,
            category: Some(Category::Tops),
            pairs: 4,
            ranked: 120,
            figures: vec![figures([1, 1, 3, 60]), figures([2, 11, 12, 100])],
        }];
        let table = Table { ways: vec!["match", "cosine"], rows };
        let expected = "\
query    category  pairs  ranked  way     top-1  top-10       95 %  top-50  median
garment  tops          4     120  match    .500    .750  .301–.954    .750       1
                                  cosine   .000    .250  .046–.699    .750      11
";
        assert_eq!(text(&table), expected);
    }
}
