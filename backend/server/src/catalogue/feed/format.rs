//! Which format a feed has. In: the file's name and text. Out: a [`Format`].

use std::path::Path;

use super::error::Unreadable;
use super::options::Format;
use super::table::{FeedTable, attribute};

/// First bytes of files that hold a feed in a way that is not read, and what to do.
const OTHER_FILES: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "a zip archive or an Excel workbook: unpack it, or save it as \"CSV UTF-8\""),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook: save it as \"CSV UTF-8\""),
    (b"BZh", "compressed by bzip2: unpack it by bunzip2"),
    (b"\x28\xB5\x2F\xFD", "compressed by zstd: unpack it by unzstd"),
    (b"\xFD7zXZ\0", "compressed by xz: unpack it by unxz"),
    (b"%PDF", "a PDF: expected a feed as text"),
];

/// The format by the file's name, or else by its first character; of a CSV by its headings.
pub(super) fn detect(path: &Path, text: &str) -> Result<Format, Unreadable> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
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

/// What a file that is no text is, if its first bytes say so.
pub(super) fn other_file(bytes: &[u8]) -> Option<&'static str> {
    OTHER_FILES.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| *what)
}

fn detect_csv(text: &str) -> Result<Format, Unreadable> {
    let table = FeedTable::new(text, FeedTable::separator_of(text));
    let has = |name: &str| table.headings.iter().any(|heading| attribute(heading) == name);
    if has("handle") || has("url_handle") {
        return Ok(Format::Shopify);
    }
    if super::woocommerce::is_export(&table.headings) {
        return Ok(Format::WooCommerce);
    }
    if has("id") {
        return Ok(Format::GoogleCsv);
    }
    let received: String = table.headings.join(", ").chars().take(80).collect();
    let expected = "the headings id, title, image_link, … (Google's, Meta's), Handle, Title, … (Shopify's) or ID, Type, SKU, Name, … \
                    (WooCommerce's)";
    Err(Unreadable { line: table.heading_line, reason: format!("expected {expected}, got {received:?}") })
}
