//! JSON Lines. In: text. Out: rows.

use serde_json::{Map, Value};

use super::error::Unreadable;
use super::fault::{FaultyRow, RowFault};
use super::headings::{CATEGORY_PREDICTED, FURTHER_PICTURES, KNOWN, REQUIRED};
use super::raw::{RawRow, RawRows};
use crate::catalogue::variant::Variant;

/// The field that lists an article's sizes.
const VARIANTS: &str = "variants";

/// Reads an object a line; empty lines are skipped. Numbers are read as texts, since some feeds write ids as numbers.
///
/// # Errors
/// When the last line breaks off in the middle: a feed that was not transferred whole must not pass for one of fewer products.
pub(super) fn rows(text: &str) -> Result<RawRows, Unreadable> {
    // Of files that were put together, each begins with a byte order mark.
    let lines = text.lines().map(|text| text.trim_start_matches('\u{FEFF}')).enumerate();
    let lines = lines.filter(|(_, text)| !text.trim().is_empty());
    let mut rows = RawRows::new();
    let mut is_cut = None;
    for (index, text) in lines {
        let line = index + 1;
        match serde_json::from_str(text) {
            Ok(value) => rows.push(row(line, value).map_err(|fault| FaultyRow { line, fault })),
            Err(error) => {
                is_cut = error.is_eof().then_some(line);
                let fault = RowFault::NotAnObject { received: error.to_string() };
                rows.push(Err(FaultyRow { line, fault }));
            }
        }
    }
    let last_line = text.lines().count();
    match is_cut {
        Some(line) if line == last_line && !text.ends_with('\n') => {
            let reason = "expected the end of a JSON object, got the end of the file: the feed is cut off. Fetch it again, \
                          nothing was changed";
            Err(Unreadable { line, reason: reason.to_owned() })
        }
        _ => Ok(rows),
    }
}

fn row(line: usize, value: Value) -> Result<RawRow, RowFault> {
    let Value::Object(fields) = value else {
        return Err(RowFault::NotAnObject { received: kind(&value).to_owned() });
    };
    let mut row = RawRow::at(line);
    for (name, value) in &fields {
        match value {
            Value::Null => {}
            Value::Array(variants) if name == VARIANTS => {
                // One more than an article may have, so that it is noticed.
                for variant in variants.iter().take(Variant::MOST + 1) {
                    match variant {
                        Value::Object(fields) => row.variants.push(self::variant(line, fields)),
                        other => row.dropped.push(RowFault::NotAVariant { received: kind(other) }),
                    }
                }
            }
            other if name == VARIANTS => row.dropped.push(RowFault::NotVariants { received: kind(other) }),
            Value::String(text) => row.add(name, text),
            Value::Number(number) => row.add(name, &number.to_string()),
            Value::Bool(is_so) if name == CATEGORY_PREDICTED => row.add(name, &is_so.to_string()),
            Value::Array(pictures) if matches!(name.as_str(), "image_link" | "image") => {
                let mut addresses = addresses(pictures);
                row.add("image_link", addresses.next().unwrap_or_default());
                addresses.for_each(|address| row.add(FURTHER_PICTURES[0], address));
            }
            Value::Array(pictures) if FURTHER_PICTURES.contains(&name.as_str()) => {
                addresses(pictures).for_each(|address| row.add(name, address));
            }
            // A shop's own fields may be anything.
            other => {
                if let Some(field) = KNOWN.into_iter().find(|known| known == name) {
                    let fault = RowFault::NotAText { field, received: kind(other) };
                    if REQUIRED.contains(&field) {
                        return Err(fault);
                    }
                    row.dropped.push(fault);
                }
            }
        }
    }
    Ok(row)
}

/// A variant's texts and numbers. Anything else is missing where it is checked.
fn variant(line: usize, fields: &Map<String, Value>) -> RawRow {
    let mut row = RawRow::at(line);
    for (name, value) in fields {
        match value {
            Value::String(text) => row.add(name, text),
            Value::Number(number) => row.add(name, &number.to_string()),
            _ => {}
        }
    }
    row
}

/// The pictures of a list, whose entries are texts, or objects with a `url` as Meta's are.
fn addresses(pictures: &[Value]) -> impl Iterator<Item = &str> {
    pictures.iter().map(|picture| picture.as_str().or_else(|| picture.get("url")?.as_str()).unwrap_or_default())
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
