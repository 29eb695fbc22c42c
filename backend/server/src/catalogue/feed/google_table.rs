//! Google Merchant's product feed as separated text: tabs, as Google has it, or commas or semicolons, as Meta's catalogues and
//! spreadsheets have it. In: text with a line of headings. Out: rows.

use super::error::Unreadable;
use super::fault::{FaultyRow, RowFault};
use super::headings::Headings;
use super::raw::{RawFeed, RawFeedResult, RawRow};
use super::table::{FeedTable, attribute};

pub(super) fn rows(text: &str, separator: char) -> RawFeedResult {
    let table = FeedTable::new(text, separator);
    let (line, columns) = (table.heading_line, table.headings.len());
    let names: Vec<String> = table.headings.iter().map(|heading| attribute(heading)).collect();
    if columns < 2 || !names.iter().any(|name| name == "id") {
        let received: String = table.headings.join(&separator.to_string()).chars().take(80).collect();
        let (how, else_how) = match separator {
            '\t' => ("tab-separated", "; with commas or semicolons it is the format google-csv"),
            _ => ("separated", ""),
        };
        let expected = format!("a first line with the {how} names id, title, link, image_link, price, …");
        return Err(Unreadable { line, reason: format!("expected {expected}, got {received:?}{else_how}") });
    }
    let rows = table.records()?.into_iter().map(|record| {
        let received = record.fields.iter().rposition(|field| !field.trim().is_empty()).map_or(0, |last| last + 1);
        if received > columns {
            let fault = RowFault::TooManyColumns { expected: columns, received };
            return Err(FaultyRow { line: record.line, fault });
        }
        let mut row = RawRow::at(record.line);
        names.iter().zip(&record.fields).for_each(|(name, text)| row.add(name, text));
        Ok(row)
    });
    let rows = rows.collect();
    Ok(RawFeed { rows, headings: Some(Headings { line, names }), ..RawFeed::default() })
}
