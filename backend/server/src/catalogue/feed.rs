//! A shop's feed. In: a file, or a folder with `products.jsonl`. Out: a [`Feed`] of [`FeedRow`]s, and a [`RowProblem`] for each
//! row that cannot be used and each field that was dropped.
//!
//! Six formats: JSON Lines with fields named as Google's attributes and `category` beside them; Google Merchant's product
//! feed as XML (RSS 2.0 or Atom), as tab-separated text and as CSV, which Meta's catalogues are as well; the product exports of
//! Shopify and WooCommerce as CSV. Each becomes rows of named texts ([`raw`]), which are checked alike ([`check`]). A file may be
//! compressed by gzip.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use self::error::Unreadable;
use self::fault::FaultyRow;
use self::file::{bytes_of, file_name, file_of, folder_of};
use self::headings::{Headings, REQUIRED};
use self::merge::{Member, Merged, merged};
use self::parents::Parents;
use self::raw::{FieldNames, RawFeed, RawRow, RawRows};
use self::table::FeedTable;
use self::text::Decoded;
use super::categories::CategoryTally;
use super::variant::hint_of_room;
use crate::counted::counted;

mod by_color;
mod check;
mod columns;
mod data_picture;
mod entities;
mod error;
mod fault;
mod file;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
mod google_table;
mod google_xml;
pub mod gzip;
mod headings;
mod json_lines;
mod labels;
mod merge;
mod offers;
mod options;
mod parents;
mod raw;
mod row;
mod shopify;
mod table;
mod text;
mod values;
mod variants;
mod woocommerce;

pub use data_picture::{DataPicture, DataPictureError};
pub use error::FeedError;
pub use fault::{RowFault, RowProblem};
pub use file::PRODUCTS_FILE;
pub use labels::{KeptColumns, KeptColumnsError};
pub use options::{FeedOptions, Format, currency, shop_url};
pub use row::{Change, FeedRow, PictureSource, SaleChange};

/// A feed's rows, and those that cannot be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// What can be imported.
    pub rows: Vec<FeedRow>,
    /// What cannot, and why.
    pub problems: Vec<RowProblem>,
    /// Fields that were dropped from rows, which are used without them.
    pub dropped: Vec<RowProblem>,
    /// What the shop should know about the feed as a whole, such as headings that look misspelt.
    pub hints: Vec<String>,
    /// Products that the shop does not show: drafts, archived, private and unpublished ones, and gift cards.
    pub hidden: usize,
    /// Rows that were merged into an earlier one of their group, or only repeat their variants.
    pub merged: usize,
    /// Rows whose products the shop's table of categories leaves out.
    pub unwanted: usize,
    /// How those got no category that were left out for that.
    pub categories: CategoryTally,
    file: String,
    fields: FieldNames,
}

/// A file's new prices and availabilities, and its rows that cannot be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedChanges {
    /// What can be changed.
    pub changes: Vec<Change>,
    /// What cannot, and why.
    pub problems: Vec<RowProblem>,
    /// What the shop should know about the file as a whole: that its encoding was guessed.
    pub hints: Vec<String>,
}

/// The folder from which relative paths of a feed's pictures lead.
pub(super) fn folder(feed: &Path) -> PathBuf {
    folder_of(&file_of(feed)).to_owned()
}

/// Reads all rows of a feed.
///
/// Rows of one group are sizes and colours of one product, see [`merge`] and [`parents`].
///
/// # Errors
/// When there is no such file, or its format is broken as a whole.
pub fn read(feed: &Path, options: &FeedOptions) -> Result<Feed, FeedError> {
    let path = file_of(feed);
    read_bytes(&path, &bytes_of(&path)?, options)
}

/// [`read`] of a file's bytes; `path` is where relative paths of pictures lead from, and what messages call the feed.
fn read_bytes(path: &Path, bytes: &[u8], options: &FeedOptions) -> Result<Feed, FeedError> {
    let folder = folder_of(path);
    let mut raw = raw_feed(path, bytes, options, &Format::NAMES.map(|(_, format)| format))?;
    let mut hints = std::mem::take(&mut raw.hints);
    hints.extend(raw.headings.as_ref().map(Headings::hints).unwrap_or_default());
    if let Some(headings) = &raw.headings {
        let required = REQUIRED.each_ref().map(std::slice::from_ref);
        headings.require(&required).map_err(|unreadable| unreadable.in_file(path))?;
    }
    let (file, mut ids) = (file_name(path), HashSet::new());
    let (mut dropped, mut without_sale, mut with_too_many) = (Vec::new(), 0, 0);
    let (mut categories, mut labels, mut decided) = (CategoryTally::default(), HashSet::new(), HashSet::new());
    let parents = Parents::of(&mut raw.rows);
    // Lines of parents that cannot be used, with their groups.
    let mut faulty_parents = HashMap::new();
    let (rows, mut problems) = checked(raw.rows, &raw.fields, &file, |raw_row| {
        let (group, is_parent) = (parents.group_of(raw_row), parents.has(raw_row));
        let checked = raw_row.checked(folder, options);
        let (row, faults) = checked.inspect_err(|fault| {
            if is_parent {
                faulty_parents.insert(raw_row.line, group.clone());
            } else if fault.is_of_category() {
                raw_row.left_out(fault, &mut categories);
            }
            if let RowFault::Unwanted { pattern } = fault {
                decided.insert(pattern.clone());
            }
        })?;
        if !ids.insert(row.id.clone()) {
            return Err(RowFault::DuplicateId { received: row.id });
        }
        for fault in faults {
            match fault {
                RowFault::NoSale => without_sale += 1,
                RowFault::TooManyPictures => with_too_many += 1,
                fault => dropped.push(problem(&raw.fields, &file, raw_row.line, fault)),
            }
        }
        let new: Vec<String> = row.labels.keys().filter(|name| !labels.contains(*name)).cloned().collect();
        labels.extend(new);
        if !decided.contains(row.decided_by.pattern()) {
            decided.insert(row.decided_by.pattern().to_owned());
        }
        Ok(Member { row, group, is_parent })
    });
    if without_sale > 0 {
        hints.push(format!("sale_price is 0 in {}: that is read as no sale", counted(without_sale, "row")));
    }
    if with_too_many > 0 {
        let most = FeedRow::MAX_FURTHER_PICTURES;
        hints.push(format!(
            "{} with more than {most} further pictures: the first {most} are read",
            counted(with_too_many, "row")
        ));
    }
    for name in options.kept.missing(|name| labels.contains(name)) {
        hints.push(format!("the column {name:?} that shall be kept has no text in any row"));
    }
    let idle = options.categories.lines().iter().filter(|line| !decided.contains(&line.text));
    let idle: Vec<String> = idle.map(|line| line.number.to_string()).collect();
    if !idle.is_empty() {
        hints.push(format!("lines of the table of categories that decide about no product: {}", idle.join(", ")));
    }
    // A parent's price or picture is missing in many exports: its variants have them.
    let sold: HashSet<Option<&String>> =
        rows.iter().filter(|member| !member.is_parent).map(|member| member.group.as_ref()).collect();
    let before = problems.len();
    problems.retain(|problem| match faulty_parents.get(&problem.line) {
        Some(group) => group.is_none() || !sold.contains(&group.as_ref()),
        None => true,
    });
    let repeated = before - problems.len();
    // That the shop does not want them is no fault.
    let all = problems.len();
    problems.retain(|problem| !matches!(problem.fault, RowFault::Unwanted { .. }));
    let unwanted = all - problems.len();
    let Merged { rows, merged, without_room } = merged(rows);
    hints.extend(hint_of_room(without_room));
    let merged = merged + repeated;
    let (hidden, fields) = (raw.hidden, raw.fields);
    Ok(Feed { rows, problems, dropped, hints, hidden, merged, unwanted, categories, file, fields })
}

/// Reads prices and availabilities: a feed of which each row needs only an id and one of both.
///
/// A row that lists sizes changes each of them by its id.
///
/// # Errors
/// As for [`read`].
pub fn read_changes(feed: &Path, options: &FeedOptions) -> Result<FeedChanges, FeedError> {
    let path = file_of(feed);
    read_changes_bytes(&path, &bytes_of(&path)?, options)
}

fn read_changes_bytes(path: &Path, bytes: &[u8], options: &FeedOptions) -> Result<FeedChanges, FeedError> {
    let raw = raw_feed(path, bytes, options, &Format::OF_CHANGES)?;
    if let Some(headings) = &raw.headings {
        headings.require(&[&["id"], &["price", "availability"]]).map_err(|unreadable| unreadable.in_file(path))?;
    }
    let of_row = |raw: &RawRow| raw.changes(options.currency.as_deref());
    let (changes, problems) = checked(raw.rows, &raw.fields, &file_name(path), of_row);
    Ok(FeedChanges { changes: changes.into_iter().flatten().collect(), problems, hints: raw.hints })
}

impl Feed {
    /// A row that was left out after the feed was read, with the name that its file has for the field at fault.
    #[must_use]
    pub fn problem(&self, line: usize, fault: RowFault) -> RowProblem {
        problem(&self.fields, &self.file, line, fault)
    }
}

/// The rows of a file in one of the `expected` formats.
fn raw_feed(path: &Path, bytes: &[u8], options: &FeedOptions, expected: &[Format]) -> Result<RawFeed, FeedError> {
    let read = || {
        if let Some(what) = format::other_file(bytes) {
            return Err(Unreadable { line: 1, reason: format!("expected text, got a file that is {what}") });
        }
        let Decoded { text, refusal } = text::decode(bytes)?;
        // Of files that were put together, each begins with a byte order mark.
        let text = text.trim_start_matches('\u{FEFF}');
        let format = match options.format {
            Some(format) => format,
            None => format::detect(path, text)?,
        };
        if !expected.contains(&format) {
            let names: Vec<&str> = expected.iter().map(|format| format.name()).collect();
            let reason = format!("expected one of {}, got {}", names.join(", "), format.name());
            return Err(Unreadable { line: 1, reason });
        }
        let hints: Vec<String> = match refusal {
            Some(refusal) if !format.is_separated() => return Err(refusal),
            refusal => refusal.map(|_| text::GUESSED.to_owned()).into_iter().collect(),
        };
        let feed = match format {
            Format::JsonLines => json_lines::rows(text).map(|rows| RawFeed { rows, ..RawFeed::default() }),
            Format::GoogleXml => google_xml::rows(text).map(|rows| RawFeed { rows, ..RawFeed::default() }),
            Format::GoogleTable => google_table::rows(text, '\t'),
            Format::GoogleCsv => google_table::rows(text, FeedTable::separator_of(text)),
            Format::Shopify => shopify::rows(text, options),
            Format::WooCommerce => woocommerce::rows(text, options),
        };
        feed.map(|feed| RawFeed { hints, ..feed })
    };
    read().map_err(|unreadable: Unreadable| unreadable.in_file(path))
}

/// What `check` makes of each row, and a problem for each that it refuses.
fn checked<T>(
    raw: RawRows,
    fields: &FieldNames,
    file: &str,
    mut check: impl FnMut(&RawRow) -> Result<T, RowFault>,
) -> (Vec<T>, Vec<RowProblem>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for raw in raw {
        match raw.and_then(|raw| check(&raw).map_err(|fault| FaultyRow { line: raw.line, fault })) {
            Ok(row) => rows.push(row),
            Err(FaultyRow { line, fault }) => problems.push(problem(fields, file, line, fault)),
        }
    }
    (rows, problems)
}

fn problem(fields: &FieldNames, file: &str, line: usize, fault: RowFault) -> RowProblem {
    let attribute = fault.field();
    let field = fields.get(attribute).copied().unwrap_or(attribute);
    RowProblem { file: file.to_owned(), line, field, fault }
}

#[cfg(test)]
mod tests;
