//! What every format makes of a feed: rows of named texts, not checked yet.

use std::collections::HashMap;

use super::data_picture::DataPicture;
use super::error::Unreadable;
use super::fault::{FaultyRow, RowFault};
use super::headings::{FURTHER_PICTURES, Headings, is_compared, is_of_pictures};
use super::values::shortened;
use crate::catalogue::address::{all_of_list, looks_like_data};
use crate::catalogue::invisible::{plain, plain_space, shown};
use crate::digest::Digest;

/// A row as its format has it: texts by the names of Google's attributes, trimmed, none of them empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawRow {
    /// Line in the file on which it begins, from 1.
    pub(super) line: usize,
    pub(super) fields: HashMap<String, String>,
    /// Texts of further pictures, in their order. Each may be a list of addresses.
    pub(super) further_pictures: Vec<String>,
    /// The pictures that stand in the row itself, or what is wrong with them, by the SHA-256 of their texts. The texts of pictures name
    /// them by it ([`RawRow::data_picture`]), so that rows that share a text share the picture.
    pub(super) data: HashMap<Digest, Result<DataPicture, RowFault>>,
    /// Its sizes, if the format lists them in the product; then it is merged with no other row.
    pub(super) variants: Vec<RawRow>,
    /// Optional fields that cannot be read as texts.
    pub(super) dropped: Vec<RowFault>,
}

/// Texts of further pictures that are kept of a row: more than a product may have, so that faulty ones do not count. A row of thousands
/// takes no more memory.
const MAX_TEXTS: usize = 50;

/// What the names of pictures in the row itself begin with; they are addresses of lists as well.
const DATA_NAME: &str = "data:,";

/// Rows, or the fault of a line that is none.
pub(super) type RawRows = Vec<Result<RawRow, FaultyRow>>;

/// What a file calls Google's attributes, if it has other names for them.
pub(super) type FieldNames = HashMap<&'static str, &'static str>;

/// A file's rows before they are checked.
#[derive(Default)]
pub(super) struct RawFeed {
    pub(super) rows: RawRows,
    /// Names of columns, if these are Google's attributes.
    pub(super) headings: Option<Headings>,
    pub(super) fields: FieldNames,
    /// Products that the shop does not show.
    pub(super) hidden: usize,
    /// What the shop should know about the file.
    pub(super) hints: Vec<String>,
}

/// A feed, or the line after which nothing can be read.
pub(super) type RawFeedResult = Result<RawFeed, Unreadable>;

impl RawRow {
    /// A row without fields.
    pub(super) fn at(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    /// Adds a field. The first of a name counts, but all further pictures do; an empty one is skipped. What nobody sees is left out
    /// ([`shown`], [`plain`]), and spaces are plain ones, but in addresses, where each letter counts. Control characters but white space are
    /// left out, since terminals obey them; those of an id are a fault, because products are found by their ids.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let text = if is_compared(name) { plain(text) } else { shown(text) };
        let is_address = name == "link" || is_of_pictures(name);
        let is_kept = |letter: &char| name == "id" || letter.is_whitespace() || !letter.is_control();
        let spaced = |letter| if is_address { letter } else { plain_space(letter) };
        let text: String = text.trim().chars().filter(is_kept).map(spaced).collect();
        if text.is_empty() {
            return;
        }
        if FURTHER_PICTURES.contains(&name) {
            if self.further_pictures.len() < MAX_TEXTS {
                let text = self.with_data_named(text);
                self.further_pictures.push(text);
            }
        } else if !self.fields.contains_key(name) {
            let text = if is_of_pictures(name) { self.with_data_named(text) } else { text };
            self.fields.insert(name.to_owned(), text);
        }
    }

    /// Decodes the `data:` URLs of a text of pictures, and puts short names in their place. These begin as the URLs do.
    fn with_data_named(&mut self, text: String) -> String {
        if !all_of_list(&text).any(looks_like_data) {
            return text;
        }
        let named = |address: &str| {
            if !looks_like_data(address) {
                return address.to_owned();
            }
            let name = Digest::of(address.as_bytes());
            self.data.entry(name).or_insert_with(|| {
                let fault = |error| RowFault::DataPicture { error, received: shortened(address) };
                DataPicture::parse(address).map_err(fault)
            });
            format!("{DATA_NAME}{name}")
        };
        all_of_list(&text).map(named).collect::<Vec<_>>().join(", ")
    }

    /// The picture of a name that stands for a `data:` URL.
    pub(super) fn data_picture(&self, name: &str) -> Option<Result<DataPicture, RowFault>> {
        self.data.get(&name.strip_prefix(DATA_NAME)?.parse().ok()?).cloned()
    }

    /// Adds a field in place of one of the same name.
    pub(super) fn set(&mut self, name: &str, text: &str) {
        self.fields.remove(name);
        self.add(name, text);
    }

    /// The text of a field, empty if the row has none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_nothing_to_obey() {
        let mut row = RawRow::at(1);
        row.add("title", "Top\u{1b}]0;owned\u{7} in\nred");
        row.add("brand", "\u{1b}");
        row.add("id", "a\u{1b}b");
        assert_eq!(row.fields["title"], "Top]0;owned in\nred");
        // A check of the row refuses it.
        assert_eq!(row.fields["id"], "a\u{1b}b");
    }

    #[test]
    fn what_nobody_sees_goes_and_addresses_keep_their_letters() {
        let mut row = RawRow::at(1);
        for (name, text) in [
            ("id", "\u{FEFF}SKU\u{200B}\u{200C}-1\u{200E}"),
            ("price", "\u{202A}1\u{202F}299,00\u{A0}€\u{202C}"),
            ("title", "\u{200B}Wickel\u{AD}kleid\u{A0}\u{202E}rot\u{202C}"),
            ("size", "\u{2066}M\u{2069}\u{200D}"),
            ("link", "https://shop.example/\u{200B}a\u{A0}b/شلوار\u{200C}ها"),
            ("brand", "\u{200B}\u{2060}"),
        ] {
            row.add(name, text);
        }
        let expected = [
            ("id", "SKU-1"),
            ("price", "1 299,00 €"),
            ("title", "Wickelkleid rot"),
            ("size", "M"),
            ("link", "https://shop.example/a\u{A0}b/شلوار\u{200C}ها"),
        ];
        assert_eq!(row.fields, expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    }
}
