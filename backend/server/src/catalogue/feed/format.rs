//! Which format a feed has. In: the file's name and text. Out: a [`Format`].

use std::path::Path;

use super::error::Unreadable;
use super::options::Format;
use super::table::{FeedTable, attribute};

/// The format by the file's name, or else by its first character; of a CSV by its headings.
pub(super) fn detect(path: &Path, text: &str) -> Result<Format, Unreadable> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    match ending.as_str() {
        "jsonl" | "ndjson" => Ok(Format::JsonLines),
        "xml" | "rss" | "atom" => Ok(Format::GoogleXml),
        "tsv" | "txt" => Ok(Format::GoogleTable),
        "csv" => detect_csv(text),
        _ => match text.trim_start().chars().next() {
            Some('{') => Ok(Format::JsonLines),
            Some('<') => Ok(Format::GoogleXml),
            _ => {
                let expected = "a file that ends with .jsonl, .xml, .tsv, .txt or .csv, or a --format";
                Err(Unreadable { line: 1, reason: format!("expected {expected}") })
            }
        },
    }
}

fn detect_csv(text: &str) -> Result<Format, Unreadable> {
    let table = FeedTable::new(text, FeedTable::separator_of(text));
    let has = |name: &str| table.headings.iter().any(|heading| attribute(heading) == name);
    if has("handle") || has("url_handle") {
        return Ok(Format::Shopify);
    }
    if has("id") {
        return Ok(Format::GoogleCsv);
    }
    let received: String = table.headings.join(", ").chars().take(80).collect();
    let expected = "the headings id, title, image_link, … (Google's, Meta's) or Handle, Title, … (Shopify's)";
    Err(Unreadable { line: table.heading_line, reason: format!("expected {expected}, got {received:?}") })
}
