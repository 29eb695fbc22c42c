//! Google Merchant's product feed as tab-separated text. In: text with a header line. Out: rows.
//!
//! Nothing is quoted, as in Google's own samples: a quote in a title is a letter, and a line is a row.

use super::RawRows;
use super::row::RawRow;

pub(super) fn rows(text: &str) -> RawRows {
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, line)| line);
    let names: Vec<String> = header.split('\t').map(attribute).collect();
    if names.len() < 2 || !names.iter().any(|name| name == "id") {
        let received: String = header.chars().take(80).collect();
        let expected = "a first line with the tab-separated names id, title, link, image_link, price, …";
        return Err((1, format!("expected {expected}, got {received:?}")));
    }
    let rows = lines.filter(|(_, line)| !line.trim().is_empty()).map(|(index, text)| {
        let columns = text.split('\t').count();
        if columns > names.len() {
            return Err((index + 1, ("line", format!("expected at most {} columns, got {columns}", names.len()))));
        }
        let mut row = RawRow::at(index + 1);
        names.iter().zip(text.split('\t')).for_each(|(name, text)| row.add(name, text));
        Ok(row)
    });
    Ok(rows.collect())
}

/// `Image link` and `g:image_link` are `image_link`.
fn attribute(heading: &str) -> String {
    let heading = heading.trim().to_lowercase();
    heading.strip_prefix("g:").unwrap_or(&heading).replace([' ', '-'], "_")
}
