//! JSON Lines. In: text. Out: rows.

use serde_json::Value;

use super::fault::{FaultyRow, RowFault};
use super::headings::{CATEGORY_PREDICTED, KNOWN};
use super::raw::{RawRow, RawRows};

/// Reads an object a line; empty lines are skipped. Numbers are read as texts, since some feeds write ids as numbers.
pub(super) fn rows(text: &str) -> RawRows {
    let lines = text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty());
    lines.map(|(index, text)| row(index + 1, text).map_err(|fault| FaultyRow { line: index + 1, fault })).collect()
}

fn row(line: usize, text: &str) -> Result<RawRow, RowFault> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| RowFault::NotAnObject { received: error.to_string() })?;
    let Value::Object(fields) = value else {
        return Err(RowFault::NotAnObject { received: kind(&value).to_owned() });
    };
    let mut row = RawRow::at(line);
    for (name, value) in &fields {
        match value {
            Value::Null => {}
            Value::String(text) => row.add(name, text),
            Value::Number(number) => row.add(name, &number.to_string()),
            Value::Bool(is_so) if name == CATEGORY_PREDICTED => row.add(name, &is_so.to_string()),
            // A shop's own fields may be anything.
            other => {
                if let Some(field) = KNOWN.into_iter().find(|known| known == name) {
                    return Err(RowFault::NotAText { field, received: kind(other) });
                }
            }
        }
    }
    Ok(row)
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
