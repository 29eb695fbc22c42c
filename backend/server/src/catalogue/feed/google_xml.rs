//! Google Merchant's product feed as XML: RSS 2.0 or Atom. In: text. Out: rows.
//!
//! Only an item's own children are read, those of the namespace `g:` before others of the same name. Deeper elements are not, such
//! as the price of shipping.

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::error::Unreadable;
use super::raw::{RawRow, RawRows};

/// What `xmlns:g` names.
const GOOGLE: &str = "http://base.google.com/ns/1.0";

/// Letters of a text that are kept; what is longer is refused where it is checked.
const MAX_TEXT_BYTES: usize = 100_000;

/// An item that is being read.
struct Item {
    row: RawRow,
    /// Names without a namespace: they count where Google's are missing.
    plain: RawRow,
    /// Elements that are open inside it.
    depth: usize,
    text: String,
}

pub(super) fn rows(text: &str) -> Result<RawRows, Unreadable> {
    let mut reader = NsReader::from_str(text);
    let (mut rows, mut item, mut lines) = (Vec::new(), None::<Item>, Lines { text, at: 0, line: 1 });
    loop {
        let before = reader.buffer_position();
        let (namespace, event) = match reader.read_resolved_event() {
            Ok((ResolveResult::Bound(Namespace(name)), event)) => (name == GOOGLE, event),
            Ok((_, event)) => (false, event),
            Err(error) => return Err(lines.unreadable(reader.error_position(), format!("expected XML, got: {error}"))),
        };
        match event {
            Event::Eof if item.is_some() => {
                let reason = "expected the end of an item, got the end of the file".to_owned();
                return Err(lines.unreadable(before, reason));
            }
            Event::Eof if rows.is_empty() => {
                let reason = "expected items (RSS) or entries (Atom), got none".to_owned();
                return Err(Unreadable { line: 1, reason });
            }
            Event::Eof => return Ok(rows),
            Event::Start(element) => match &mut item {
                Some(item) => item.begin(&element),
                None if is_item(&element) => {
                    let row = RawRow::at(lines.at(before));
                    item = Some(Item { plain: row.clone(), row, depth: 0, text: String::new() });
                }
                None => {}
            },
            Event::Empty(element) => {
                if let Some(item) = &mut item {
                    item.link(&element);
                }
            }
            Event::End(element) => {
                let local = element.local_name();
                match &mut item {
                    Some(item) if item.depth > 0 => item.end(local.as_ref(), namespace),
                    Some(_) => rows.extend(item.take().map(|item| Ok(item.done()))),
                    None => {}
                }
            }
            Event::Text(text) => item.iter_mut().for_each(|item| item.push(&text.xml10_content())),
            Event::CData(text) => item.iter_mut().for_each(|item| item.push(&text.xml10_content())),
            Event::GeneralRef(reference) => {
                let resolved =
                    reference.resolve_char_ref().map_err(|error| lines.unreadable(before, error.to_string()))?;
                let name = reference.xml10_content();
                let known = resolved.map(String::from).or_else(|| resolve_predefined_entity(&name).map(str::to_owned));
                let text = known.unwrap_or_else(|| format!("&{name};"));
                item.iter_mut().for_each(|item| item.push(&text));
            }
            _ => {}
        }
    }
}

fn is_item(element: &BytesStart<'_>) -> bool {
    matches!(element.local_name().as_ref(), "item" | "entry")
}

impl Item {
    fn begin(&mut self, element: &BytesStart<'_>) {
        self.link(element);
        self.depth += 1;
        if self.depth == 1 {
            self.text.clear();
        }
    }

    /// Atom writes a link's address as an attribute.
    fn link(&mut self, element: &BytesStart<'_>) {
        if self.depth > 0 || element.local_name().as_ref() != "link" {
            return;
        }
        let mut attributes = element.attributes().flatten();
        let address = attributes.find(|attribute| attribute.key.as_ref() == "href");
        if let Some(address) =
            address.and_then(|address| Some(quick_xml::escape::unescape(&address.value).ok()?.into_owned()))
        {
            self.plain.add("link", &address);
        }
    }

    fn push(&mut self, text: &str) {
        if self.depth == 1 && self.text.len() + text.len() <= MAX_TEXT_BYTES {
            self.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str, is_google: bool) {
        self.depth -= 1;
        if self.depth == 0 {
            let row = if is_google { &mut self.row } else { &mut self.plain };
            // Atom's words for a description.
            let name = if matches!(name, "summary" | "content") { "description" } else { name };
            row.add(name, &self.text);
        }
    }

    fn done(mut self) -> RawRow {
        for (name, text) in self.plain.fields {
            self.row.fields.entry(name).or_insert(text);
        }
        self.row
    }
}

/// Counts lines up to places that never go back.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn unreadable(&mut self, position: u64, reason: String) -> Unreadable {
        Unreadable { line: self.at(position), reason }
    }

    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).clamp(self.at, self.text.len());
        self.line += self.text.as_bytes()[self.at..position].iter().filter(|&&byte| byte == b'\n').count();
        self.at = position;
        self.line
    }
}
