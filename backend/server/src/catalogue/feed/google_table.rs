//! Google Merchant's product feed as separated text: tabs, as Google has it, or commas or semicolons, as Meta's catalogues and
//! spreadsheets have it. In: text with a line of headings. Out: rows.

use super::row::RawRow;
use super::table::{Table, attribute};
use super::{Headings, RawFeed, RawFeedResult};

pub(super) fn rows(text: &str, separator: char) -> RawFeedResult {
    let table = Table::new(text, separator);
    let (line, columns) = (table.heading_line, table.headings.len());
    let names: Vec<String> = table.headings.iter().map(|heading| attribute(heading)).collect();
    if columns < 2 || !names.iter().any(|name| name == "id") {
        let received: String = table.headings.join(&separator.to_string()).chars().take(80).collect();
        let (how, else_how) = match separator {
            '\t' => ("tab-separated", "; with commas or semicolons it is the format google-csv"),
            _ => ("separated", ""),
        };
        let expected = format!("a first line with the {how} names id, title, link, image_link, price, …");
        return Err((line, format!("expected {expected}, got {received:?}{else_how}")));
    }
    let rows = table.map(|record| {
        let received = record.fields.iter().rposition(|field| !field.trim().is_empty()).map_or(0, |last| last + 1);
        if received > columns {
            return Err((record.line, ("line", format!("expected at most {columns} columns, got {received}"))));
        }
        let mut row = RawRow::at(record.line);
        names.iter().zip(&record.fields).for_each(|(name, text)| row.add(name, text));
        Ok(row)
    });
    let rows = rows.collect();
    Ok(RawFeed { rows, headings: Some(Headings { line, names }), ..RawFeed::default() })
}
