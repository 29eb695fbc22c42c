//! The shop's own table of categories. In: a text of lines `PATTERN → CATEGORY`, or `→ none`. Out: a [`CategoryTable`], which is asked before
//! the built-in words.
//!
//! A pattern is words in the order of a text, whole words in any case; `*` in a word stands for any letters, a `*` alone for any words, and
//! `>` for a step of a path, which texts may write as `>` or `/`. It is compared with `product_type` and `google_product_category`; `title:`,
//! `product_type:` or `google_product_category:` before it names one text. The first line that fits decides.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use stl_types::Category;

use self::pattern::{Pattern, words};
use crate::files::read_text_bounded;

mod pattern;

/// Lines at most: each is compared with each product. Shops have some hundred classifications.
const MAX_LINES: usize = 2000;

/// Bytes of the file: [`MAX_LINES`] of the longest patterns.
const MAX_BYTES: usize = 1 << 20;

/// Characters of a pattern.
const MAX_PATTERN_CHARS: usize = 200;

/// What stands between a pattern and its category.
const ARROWS: [&str; 3] = ["→", "->", "\t"];

/// What a line calls products that shall not be in the catalogue.
const NONE: &str = "none";

/// The texts that a line may name.
const FIELDS: [(&str, Field); 3] = [
    ("product_type:", Field::ProductType),
    ("google_product_category:", Field::GoogleCategory),
    ("title:", Field::Title),
];

/// A shop's own table of categories; without lines it decides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryTable(Arc<Vec<Line>>);

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The pattern as it is written.
    pub text: String,
    /// The category; none if its products are left out.
    pub category: Option<Category>,
    field: Option<Field>,
    pattern: Pattern,
}

/// A text of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Field {
    ProductType,
    GoogleCategory,
    Title,
}

/// What is known of a product.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// Google's category, a number or a path.
    pub google_category: &'a str,
    /// The shop's classification.
    pub product_type: &'a str,
    /// Its name.
    pub title: &'a str,
}

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CategoryTableError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Too long.
    #[error("expected at most {MAX_LINES} lines and {} kB", MAX_BYTES / 1024)]
    TooLong,
    /// Not a pattern and a category.
    #[error("line {line}: expected PATTERN → CATEGORY, got {received:?}")]
    Malformed {
        /// From 1.
        line: usize,
        /// The line.
        received: String,
    },
    /// Not one of the eight categories, nor `none`.
    #[error(
        "line {line}: expected one of blazers, dresses, jumpers, shirts, skirts, trousers, t-shirts, tops, or none, got {received:?}"
    )]
    Category {
        /// From 1.
        line: usize,
        /// What stands behind the arrow.
        received: String,
    },
    /// A pattern that no text can fit, or that takes too long.
    #[error("line {line}: {reason}, got {received:?}")]
    Pattern {
        /// From 1.
        line: usize,
        /// What was expected.
        reason: &'static str,
        /// The pattern.
        received: String,
    },
    /// A pattern a second time, which would never decide.
    #[error("line {line}: the pattern of line {first} again, got {received:?}")]
    Again {
        /// From 1.
        line: usize,
        /// Where it is first.
        first: usize,
        /// The pattern.
        received: String,
    },
}

impl CategoryTable {
    /// Reads a file.
    ///
    /// # Errors
    /// See [`CategoryTableError`].
    pub fn read(path: &Path) -> Result<Self, CategoryTableError> {
        let text = read_text_bounded(path, MAX_BYTES as u64).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => CategoryTableError::TooLong,
            _ => CategoryTableError::Unreadable(error.to_string()),
        })?;
        Self::parse(&text)
    }

    /// Reads a text. Empty lines, and those that begin with `#`, say nothing.
    ///
    /// # Errors
    /// See [`CategoryTableError`].
    pub fn parse(text: &str) -> Result<Self, CategoryTableError> {
        let (mut lines, mut known) = (Vec::<Line>::new(), HashMap::new());
        // Spreadsheets and editors of Windows write a byte order mark.
        for (number, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let line = Line::parse(number, text)?;
            if let Some(first) = known.insert((line.field, line.pattern.clone()), number) {
                return Err(CategoryTableError::Again { line: number, first, received: line.text });
            }
            lines.push(line);
            if lines.len() > MAX_LINES {
                return Err(CategoryTableError::TooLong);
            }
        }
        Ok(Self(Arc::new(lines)))
    }

    /// The first line that fits a product.
    #[must_use]
    pub fn line_of(&self, texts: Texts<'_>) -> Option<&Line> {
        if self.0.is_empty() {
            return None;
        }
        let [google, own, title] = [texts.google_category, texts.product_type, texts.title].map(words);
        self.0.iter().find(|line| match line.field {
            None => line.pattern.fits(&own) || line.pattern.fits(&google),
            Some(Field::ProductType) => line.pattern.fits(&own),
            Some(Field::GoogleCategory) => line.pattern.fits(&google),
            Some(Field::Title) => line.pattern.fits(&title),
        })
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.0
    }
}

impl Line {
    fn parse(number: usize, text: &str) -> Result<Self, CategoryTableError> {
        let malformed = || CategoryTableError::Malformed { line: number, received: text.to_owned() };
        let arrow =
            ARROWS.into_iter().filter_map(|arrow| text.rsplit_once(arrow)).max_by_key(|(before, _)| before.len());
        let (pattern, category) = arrow.map(|(before, after)| (before.trim(), after.trim())).ok_or_else(malformed)?;
        if pattern.is_empty() || category.is_empty() {
            return Err(malformed());
        }
        let unknown = || CategoryTableError::Category { line: number, received: category.to_owned() };
        let category = match category {
            none if none.eq_ignore_ascii_case(NONE) => None,
            name => Some(name.parse().map_err(|_| unknown())?),
        };
        let named = FIELDS.into_iter().find_map(|(name, field)| Some((field, pattern.strip_prefix(name)?)));
        let (field, words) = named.map_or((None, pattern), |(field, words)| (Some(field), words));
        let refused =
            |reason| CategoryTableError::Pattern { line: number, reason, received: pattern.chars().take(80).collect() };
        if words.chars().count() > MAX_PATTERN_CHARS {
            return Err(refused("expected at most 200 characters"));
        }
        let parsed = Pattern::parse(words).map_err(refused)?;
        Ok(Self { number, text: pattern.to_owned(), category, field, pattern: parsed })
    }
}

#[cfg(test)]
mod tests;
