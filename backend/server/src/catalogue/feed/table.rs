//! Separated text. In: text with a line of headings. Out: [`Record`]s with the lines on which they begin.
//!
//! Quoting follows RFC 4180, but forgivingly. Shops write tab-separated feeds by hand as well as with spreadsheets, so quotes inside a
//! text are common: `15" Jeans`, `"slim" Jeans`. A strict reader (the crate `csv`) takes such a quote for the beginning of a quoted
//! field and swallows the rows up to the next quote without an error. Here a field is quoted only if a quote begins it and
//! another one ends it, so that one stray quote spoils at most its own row.

use std::borrow::Cow;

use super::data_picture::MAX_TEXT_BYTES;
use super::error::Unreadable;
use crate::catalogue::address::looks_like_data;
use crate::catalogue::invisible::{shown, with_plain_spaces};

/// Bytes of a quoted field, but for a picture that stands in it itself. A quote that is not closed within them is part of the text.
const MAX_QUOTED_BYTES: usize = 1 << 20;

/// A line, or several where a quoted field holds a line break.
pub(super) struct Record<'a> {
    /// From 1.
    pub(super) line: usize,
    pub(super) fields: Vec<Cow<'a, str>>,
}

/// A table that is being read.
pub(super) struct FeedTable<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
    /// The line of the headings.
    pub(super) heading_line: usize,
    pub(super) headings: Vec<Cow<'a, str>>,
}

impl<'a> FeedTable<'a> {
    /// Reads the headings: the first line that is neither empty, nor a comment, which Meta's feeds begin with `#`, nor Excel's
    /// `sep=;`.
    pub(super) fn new(text: &'a str, separator: char) -> Self {
        let (skipped, rest) = text.split_at(header_at(text));
        let line = skipped.matches('\n').count() + 1;
        let mut table = Self { rest, line, separator, heading_line: line, headings: Vec::new() };
        let headings = table.next().map(|record| record.fields).unwrap_or_default();
        table.headings = headings.into_iter().map(|heading| cleaned(heading, with_plain_spaces)).collect();
        table
    }

    /// The separator that the file names in its first line, as Excel does (`sep=;`); else the one that occurs most often in the
    /// headings, or a comma.
    pub(super) fn separator_of(text: &str) -> char {
        if let Some(named) = named_separator(text.lines().next().unwrap_or_default()) {
            return named;
        }
        let header = &text[header_at(text)..];
        let header = header.lines().next().unwrap_or_default();
        let count = |separator: &char| header.matches(*separator).count();
        [';', '\t', ','].into_iter().max_by_key(count).unwrap_or(',')
    }

    /// All records.
    ///
    /// # Errors
    /// When the last record breaks off in the middle: a feed that was not transferred whole must not pass for one of fewer
    /// products. It does if neither a line break follows it nor a separator stands where most records have one, or in an open quote.
    pub(super) fn records(mut self) -> Result<Vec<Record<'a>>, Unreadable> {
        let (columns, ends_with_line) = (self.headings.len(), self.rest.ends_with(['\n', '\r']));
        let records: Vec<Record<'a>> = self.by_ref().collect();
        let Some((last, others)) = records.split_last().filter(|_| !ends_with_line) else { return Ok(records) };
        let full = others.iter().filter(|record| record.fields.len() >= columns).count();
        let is_short = last.fields.len() < columns && full > 0 && full * 2 >= others.len();
        let is_open = last.fields.iter().any(|field| field.starts_with('"') && field.matches('"').count() == 1);
        if is_short || is_open {
            let reason = format!(
                "expected {columns} columns and a line break, got the end of the file in column {}: the feed is cut off. Fetch it \
                 again, nothing was changed",
                last.fields.len()
            );
            return Err(Unreadable { line: last.line, reason });
        }
        Ok(records)
    }

    fn record(&mut self) -> Record<'a> {
        let mut record = Record { line: self.line, fields: Vec::new() };
        loop {
            let field = self.field();
            record.fields.push(cleaned(field, shown));
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix(['\n', '\r'])) {
                self.rest = rest;
                self.line += 1;
            }
            return record;
        }
    }

    fn field(&mut self) -> Cow<'a, str> {
        if let Some((field, rest)) = self.quoted() {
            self.line += field.matches('\n').count();
            self.rest = rest;
            return field;
        }
        let end = self.rest.find([self.separator, '\n', '\r']).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        Cow::Borrowed(field)
    }

    /// A quoted field and what follows it; none if the first quote is part of the text.
    fn quoted(&self) -> Option<(Cow<'a, str>, &'a str)> {
        let inner = self.rest.strip_prefix('"')?;
        let limit_bytes = if looks_like_data(inner) { MAX_TEXT_BYTES } else { MAX_QUOTED_BYTES };
        let mut at = 0;
        let mut is_doubled = false;
        loop {
            let end = at + inner[at..].find('"')?;
            let (field, rest) = (&inner[..end], &inner[end + 1..]);
            if end > limit_bytes {
                return None;
            }
            if rest.starts_with('"') {
                is_doubled = true;
                at = end + 2;
            } else if rest.is_empty() || rest.starts_with([self.separator, '\n', '\r']) {
                // No field holds both a tab and a line break: here a title begins with a quote that is never closed.
                if self.separator == '\t' && field.contains('\t') && field.contains('\n') {
                    return None;
                }
                let field = if is_doubled { Cow::Owned(field.replace("\"\"", "\"")) } else { Cow::Borrowed(field) };
                return Some((field, rest));
            } else {
                return None;
            }
        }
    }
}

impl<'a> Iterator for FeedTable<'a> {
    type Item = Record<'a>;

    /// The next record that is not empty.
    fn next(&mut self) -> Option<Record<'a>> {
        while !self.rest.is_empty() {
            let record = self.record();
            if record.fields.iter().any(|field| !field.trim().is_empty()) {
                return Some(record);
            }
        }
        None
    }
}

/// A field without what nobody sees: exports are looked through by their texts before they become rows.
fn cleaned<'a>(field: Cow<'a, str>, clean: fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    match field {
        Cow::Borrowed(text) => clean(text),
        Cow::Owned(text) => Cow::Owned(clean(&text).into_owned()),
    }
}

/// Offset of the headings.
fn header_at(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        // A spreadsheet puts quotes around a comment that holds its separator.
        let is_comment = line.trim_start_matches('"').starts_with('#');
        let is_separator = at == 0 && named_separator(line).is_some();
        if !line.trim().is_empty() && !is_comment && !is_separator {
            break;
        }
        at += line.len();
    }
    at
}

/// The separator of a line such as `sep=;`.
fn named_separator(line: &str) -> Option<char> {
    let line = line.trim_matches(['"', '\r', '\n', ' ']);
    let named = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..))?;
    let mut letters = named.chars();
    letters.next().filter(|letter| matches!(letter, ',' | ';' | '\t' | '|') && letters.next().is_none())
}

/// `Image link`, `g:image_link` and Meta's `image[0].url` are `image_link`, its `image[1].url` and so on `additional_image_link`.
pub(super) fn attribute(heading: &str) -> String {
    let heading = heading.trim().to_lowercase();
    if matches!(heading.as_str(), "image[0].url" | "image[0]") {
        return "image_link".to_owned();
    }
    if let Some((number, "" | ".url")) = heading.strip_prefix("image[").and_then(|rest| rest.split_once(']'))
        && number.parse::<u8>().is_ok()
    {
        return "additional_image_link".to_owned();
    }
    heading.strip_prefix("g:").unwrap_or(&heading).replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
        let records = FeedTable::new(text, separator);
        records.map(|record| (record.line, record.fields.into_iter().map(Cow::into_owned).collect())).collect()
    }

    #[test]
    fn quotes_around_a_field_go_and_others_stay() {
        let text = "a\tb\n\"x \"\"y\"\"\"\t15\" Jeans\n\"two\nlines\"\t\"slim\" Jeans\n\"open\tz\n\"w\"\tv";
        let expected = [
            (2, ["x \"y\"", "15\" Jeans"]),
            (3, ["two\nlines", "\"slim\" Jeans"]),
            (5, ["\"open", "z"]),
            (6, ["w", "v"]),
        ];
        let expected = expected.map(|(line, fields)| (line, fields.map(str::to_owned).to_vec()));
        assert_eq!(records(text, '\t'), expected);
    }

    #[test]
    fn lines_are_counted_with_both_line_ends_comments_and_empty_lines() {
        for end in ["\n", "\r\n"] {
            let text = ["# a comment", "", "a;b", "1;\"x", "y\"", "", ";", "2;z", ""].join(end);
            let table = FeedTable::new(&text, ';');
            assert_eq!((table.heading_line, table.headings.concat()), (3, "ab".to_owned()));
            let lines: Vec<_> = table.map(|record| record.line).collect();
            assert_eq!(lines, [4, 8], "{end:?}");
        }
    }

    #[test]
    fn the_separator_is_the_one_that_the_headings_have_most_of() {
        for (text, expected) in
            [("a,b;c,d", ','), ("# x;y;z\na;b", ';'), ("a\tb", '\t'), ("a", ','), ("Handle;Title, long;Vendor", ';')]
        {
            assert_eq!(FeedTable::separator_of(text), expected, "{text}");
        }
    }

    #[test]
    fn excels_first_line_names_the_separator_and_is_no_heading() {
        for text in ["sep=;\r\na,b;c\r\n1;2\r\n", "SEP=;\na,b;c\n1;2", "\"sep=;\"\na,b;c\n1;2\n"] {
            let separator = FeedTable::separator_of(text);
            let table = FeedTable::new(text, separator);
            assert_eq!((separator, table.heading_line), (';', 2));
            assert_eq!(table.headings, ["a,b", "c"]);
        }
        assert_eq!(FeedTable::separator_of("sep,;"), ',');
    }

    #[test]
    fn comments_in_quotes_are_no_headings() {
        let text = "\"# Required | an id, e.g. the SKU\",# Required\nid,title\n1,x\n";
        let table = FeedTable::new(text, FeedTable::separator_of(text));
        assert_eq!((table.heading_line, table.headings.concat()), (2, "idtitle".to_owned()));
    }

    #[test]
    fn a_table_that_breaks_off_is_told_from_one_that_ends() {
        let whole = "a,b,c\n1,2,3\n4,5,6";
        for text in [whole, "a,b,c\n1,2\n4,5", "a,b,c\n1,2", "a,b,c\n1,2,3\n4,5\n", "a,b\n1,\"x\"\n2,\"y\""] {
            assert!(FeedTable::new(text, ',').records().is_ok(), "{text}");
        }
        for text in ["a,b,c\n1,2,3\n4,5", "a,b,c\n1,2,3\n4", "a,b\n1,\"x\"\n2,\"y", "a,b,c\n1,2,3\n4,5,\"6, an"] {
            let cut = FeedTable::new(text, ',').records().err().expect("cut off");
            assert!(cut.line == 3 && cut.reason.contains("cut off"), "{text}: {cut:?}");
        }
    }
}
