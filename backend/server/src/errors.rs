//! Errors as text. In: an error. Out: a line for logs and reports, in plain words.

/// An error and its sources in one line. What an error says of its source already is not said again.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |line, source| match source.to_string() {
        source if line.ends_with(&source) => line,
        source => format!("{line}: {source}"),
    })
}

/// What serde says of a value, in the words of those who write it: what was expected, and what was received.
pub(crate) fn plain(reason: &str) -> String {
    let parts = |begin: &str| reason.strip_prefix(begin)?.split_once(", expected ");
    if let Some((received, Some(most))) = parts("invalid value: ").map(|(received, kind)| (received, largest(kind)))
        && !received.contains('-')
    {
        return format!("expected a whole number from 0 to {most}, got {}", received_value(received));
    }
    if let Some((received, expected)) = parts("invalid type: ").or_else(|| parts("invalid value: ")) {
        return format!("expected {}, got {}", expected_kind(expected), received_value(received));
    }
    if let Some((received, expected)) = parts("unknown variant ") {
        return format!("expected {}, got {}", expected.replace('`', ""), received.replace('`', "\""));
    }
    match reason.strip_prefix("missing field ") {
        Some(name) => format!("{} is missing", name.trim_matches('`')),
        None => reason.to_owned(),
    }
}

/// The largest number of a kind that a number may be too large for.
fn largest(kind: &str) -> Option<u64> {
    match kind {
        "u8" => Some(u8::MAX.into()),
        "u16" => Some(u16::MAX.into()),
        "u32" => Some(u32::MAX.into()),
        _ => None,
    }
}

fn expected_kind(kind: &str) -> &str {
    match kind {
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        // The last is what serde_json says of one of several words.
        "a string" | "a borrowed string" | "string or map" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        kind if kind.starts_with("struct ") => "a table",
        kind => kind,
    }
}

fn received_value(value: &str) -> &str {
    match value {
        "sequence" => "a list",
        "map" => "a table",
        "null" | "unit value" => "nothing",
        value => ["string ", "integer ", "floating point ", "boolean "]
            .into_iter()
            .find_map(|kind| value.strip_prefix(kind))
            .map_or(value, |value| value.trim_matches('`')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("no storage: {source}")]
        struct Outer {
            source: Inner,
        }
        #[derive(Debug, thiserror::Error)]
        #[error("no client")]
        struct Inner(#[source] std::io::Error);
        let error = Outer { source: Inner(std::io::Error::other("no certificates")) };
        assert_eq!(with_sources(&error), "no storage: no client: no certificates");
    }

    #[test]
    fn what_serde_says_becomes_what_was_expected_and_received() {
        for (serde, words) in [
            ("invalid type: string \"much\", expected f64", "expected a number, got \"much\""),
            ("invalid type: integer `3`, expected a string", "expected a text, got 3"),
            ("invalid value: integer `-1`, expected u32", "expected a whole number from 0 on, got -1"),
            ("invalid value: integer `300`, expected u8", "expected a whole number from 0 to 255, got 300"),
            ("invalid type: floating point `1.5`, expected u8", "expected a whole number from 0 on, got 1.5"),
            ("invalid type: integer `3`, expected string or map", "expected a text, got 3"),
            ("invalid type: map, expected a boolean", "expected true or false, got a table"),
            ("invalid type: sequence, expected struct ShopRule", "expected a table, got a list"),
            ("unknown variant `hats`, expected one of `shirts`, `tops`", "expected one of shirts, tops, got \"hats\""),
            ("missing field `name`", "name is missing"),
            ("unknown field `a`, expected `b`", "unknown field `a`, expected `b`"),
        ] {
            assert_eq!(plain(serde), words);
        }
    }
}
