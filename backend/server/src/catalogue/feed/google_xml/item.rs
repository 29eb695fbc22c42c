//! An item of an XML feed. In: the events inside it. Out: a [`RawRow`].

use quick_xml::events::BytesStart;

use crate::catalogue::feed::data_picture;
use crate::catalogue::feed::headings::is_of_pictures;
use crate::catalogue::feed::raw::RawRow;

/// Bytes of a text that are kept, of pictures [`data_picture::MAX_TEXT_BYTES`]; what is longer is cut here, and refused where it is
/// checked. A description may be as long before its markup is removed.
const MAX_TEXT_BYTES: usize = 2_000_000;

/// An item that is being read.
pub(super) struct Item {
    row: RawRow,
    /// Names without a namespace: they count where Google's are missing.
    plain: RawRow,
    /// Elements that are open inside it.
    depth: usize,
    text: String,
    /// The most bytes of `text`.
    limit_bytes: usize,
    /// Where it begins in the feed's text, in bytes.
    pub(super) offset: usize,
    /// Its tag as it is written, with the prefix.
    pub(super) tag: String,
}

/// Whether an element is a product.
pub(super) fn is_item(element: &BytesStart<'_>) -> bool {
    matches!(element.local_name().as_ref(), "item" | "entry")
}

impl Item {
    /// An item without fields.
    pub(super) fn new(line: usize, offset: usize, tag: String) -> Self {
        let row = RawRow::at(line);
        Self { plain: row.clone(), row, depth: 0, text: String::new(), limit_bytes: 0, offset, tag }
    }

    /// The line on which it begins.
    pub(super) const fn line(&self) -> usize {
        self.row.line
    }

    /// Whether one of its elements is open.
    pub(super) const fn is_inside(&self) -> bool {
        self.depth > 0
    }

    /// An element begins inside it.
    pub(super) fn begin(&mut self, element: &BytesStart<'_>) {
        self.link(element);
        self.depth += 1;
        if self.depth == 1 {
            self.text.clear();
            let is_of_pictures = is_of_pictures(element.local_name().as_ref());
            self.limit_bytes = if is_of_pictures { data_picture::MAX_TEXT_BYTES } else { MAX_TEXT_BYTES };
        }
    }

    /// Atom writes a link's address as an attribute.
    pub(super) fn link(&mut self, element: &BytesStart<'_>) {
        if self.depth > 0 || element.local_name().as_ref() != "link" {
            return;
        }
        let mut attributes = element.attributes();
        // The check for attributes that are there twice compares each with each.
        let mut attributes = attributes.with_checks(false).flatten();
        if let Some(address) = attributes.find(|attribute| attribute.key.as_ref() == "href") {
            let unescaped = quick_xml::escape::unescape(&address.value);
            // An address with a bare ampersand stands for itself.
            self.plain.add("link", unescaped.as_deref().unwrap_or(&address.value));
        }
    }

    /// Text of the open element.
    pub(super) fn push(&mut self, text: &str) {
        if self.depth == 1 {
            let room = self.limit_bytes.saturating_sub(self.text.len());
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
        }
    }

    /// An element ends.
    pub(super) fn end(&mut self, name: &str, is_google: bool) {
        self.depth -= 1;
        if self.depth == 0 {
            let row = if is_google { &mut self.row } else { &mut self.plain };
            // Atom's words for a description.
            let name = if matches!(name, "summary" | "content") { "description" } else { name };
            row.add(name, &self.text);
        }
    }

    /// The row: Google's names before others.
    pub(super) fn done(mut self) -> RawRow {
        for (name, text) in self.plain.fields {
            self.row.fields.entry(name).or_insert(text);
        }
        if self.row.further_pictures.is_empty() {
            self.row.further_pictures = self.plain.further_pictures;
        }
        self.row.data.extend(self.plain.data);
        self.row
    }
}
