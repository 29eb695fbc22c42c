//! The shop's own labels of a product. In: the columns of a feed that shall be kept. Out: each row's labels by name.

use std::collections::BTreeMap;

use super::fault::RowFault;
use super::headings::CUSTOM_LABELS;
use super::raw::RawRow;
use super::table::attribute;

/// Characters of a label; Google allows 100.
const MAX_LABEL_CHARS: usize = 200;

/// Columns of a feed that become labels, by their names in small letters, with `_` for spaces: `Season code` is `season_code`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptColumns(Vec<String>);

/// Why columns cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptColumnsError {
    /// A name that no column has.
    #[error("expected the name of a column without \":\", got {0:?}")]
    Name(String),
    /// More than are told apart in a search.
    #[error("expected at most {most} names, got {0}", most = KeptColumns::MOST)]
    TooMany(usize),
}

impl KeptColumns {
    /// Columns at most: each is looked for in each row, and can be searched by.
    pub const MOST: usize = 20;

    /// Keeps the columns of these names.
    ///
    /// # Errors
    /// See [`KeptColumnsError`].
    pub fn new(names: &[String]) -> Result<Self, KeptColumnsError> {
        let mut kept = Vec::new();
        for name in names {
            let attribute = attribute(name);
            // A filter names a label as `NAME:VALUE`.
            if attribute.is_empty() || attribute.contains(':') {
                return Err(KeptColumnsError::Name(name.clone()));
            }
            if !kept.contains(&attribute) {
                kept.push(attribute);
            }
        }
        if kept.len() > Self::MOST { Err(KeptColumnsError::TooMany(kept.len())) } else { Ok(Self(kept)) }
    }

    /// The label's name for a column's: `Season code` is `season_code`.
    #[must_use]
    pub fn label_of(column: &str) -> String {
        attribute(column)
    }

    /// The columns of a table that are kept: their places and labels' names.
    pub(super) fn places<'a>(&'a self, headings: &[std::borrow::Cow<'_, str>]) -> Vec<(usize, &'a str)> {
        let place = |name: &'a String| {
            let is_named = |heading: &std::borrow::Cow<'_, str>| attribute(heading) == *name;
            Some((headings.iter().position(is_named)?, name.as_str()))
        };
        self.0.iter().filter_map(place).collect()
    }

    /// The names that none of the rows has.
    pub(super) fn missing(&self, found: impl Fn(&str) -> bool) -> Vec<&str> {
        self.0.iter().map(String::as_str).filter(|name| !found(name)).collect()
    }
}

impl RawRow {
    /// The row's labels. A label that is too long is dropped.
    pub(super) fn labels(&self, kept: &KeptColumns, dropped: &mut Vec<RowFault>) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        for name in CUSTOM_LABELS.into_iter().chain(kept.0.iter().map(String::as_str)) {
            let named = || self.fields.iter().find(|(field, _)| attribute(field) == name).map(|(_, text)| text);
            let Some(text) = self.fields.get(name).or_else(named) else { continue };
            let received_chars = text.chars().count();
            if received_chars > MAX_LABEL_CHARS {
                dropped.push(RowFault::Label { name: name.to_owned(), limit_chars: MAX_LABEL_CHARS, received_chars });
            } else {
                labels.insert(name.to_owned(), super::entities::without_entities(text.clone()));
            }
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_are_named_as_in_the_file() {
        let kept = KeptColumns::new(&names(&["Season code", "season_code", "g:Fit"])).expect("names");
        let mut row = RawRow::at(1);
        for (name, text) in [("Season Code", "AW26"), ("fit", "slim"), ("custom_label_3", "new"), ("other", "x")] {
            row.add(name, text);
        }
        let labels = row.labels(&kept, &mut Vec::new());
        let found: Vec<(&str, &str)> = labels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(found, [("custom_label_3", "new"), ("fit", "slim"), ("season_code", "AW26")]);
        let headings = ["id", "Season code"].map(std::borrow::Cow::Borrowed);
        assert_eq!(kept.places(&headings), [(1, "season_code")]);
        assert_eq!(kept.missing(|name| name == "fit"), ["season_code"]);
    }

    #[test]
    fn what_cannot_be_a_label_is_refused_or_dropped() {
        let error = KeptColumns::new(&names(&["a:b"])).expect_err("a colon").to_string();
        assert_eq!(error, "expected the name of a column without \":\", got \"a:b\"");
        let many: Vec<String> = (0..21).map(|number| format!("c{number}")).collect();
        assert_eq!(KeptColumns::new(&many), Err(KeptColumnsError::TooMany(21)));
        let (mut row, mut dropped) = (RawRow::at(1), Vec::new());
        row.add("custom_label_0", &"x".repeat(201));
        assert!(row.labels(&KeptColumns::default(), &mut dropped).is_empty());
        assert_eq!(dropped[0].to_string(), "expected at most 200 characters of \"custom_label_0\", got 201");
    }
}
