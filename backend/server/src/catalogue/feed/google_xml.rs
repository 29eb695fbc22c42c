//! Google Merchant's product feed as XML: RSS 2.0 or Atom. In: text. Out: rows.
//!
//! Only an item's own children are read, those of the namespace `g:` before others of the same name. Deeper elements are not, such
//! as the price of shipping.
//!
//! A feed is read to the end of its root element: a transfer that broke off between two items must not pass for a feed of fewer
//! products. An ampersand that begins no reference is a letter. Other markup errors inside an item cost that item, and reading goes
//! on after its end.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::{Namespace, PrefixDeclaration, ResolveResult};

use self::item::{Item, is_item};
use super::error::Unreadable;
use super::fault::{FaultyRow, RowFault};
use super::raw::RawRows;

mod item;

/// What `xmlns:g` names.
const GOOGLE: &str = "http://base.google.com/ns/1.0";

/// Items with broken markup that are skipped: for each of them the rest of the file may be read once more.
const MAX_BROKEN_ITEMS: usize = 10_000;

/// Reads all items.
pub(super) fn rows(text: &str) -> Result<RawRows, Unreadable> {
    Feed::new(text).read()
}

/// A feed that is being read.
struct Feed<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    /// Where the reader's text begins in `text`.
    begin: usize,
    /// The prefix that stands for Google's namespace, for readers that begin inside the root.
    prefix: Option<String>,
    lines: Lines<'a>,
    rows: RawRows,
    item: Option<Item>,
    /// Elements that are open outside an item.
    open: usize,
    broken: usize,
}

impl<'a> Feed<'a> {
    fn new(text: &'a str) -> Self {
        let lines = Lines { text, at: 0, line: 1 };
        let reader = reader(text, 0);
        Self { text, reader, begin: 0, prefix: None, lines, rows: Vec::new(), item: None, open: 0, broken: 0 }
    }

    fn read(mut self) -> Result<RawRows, Unreadable> {
        loop {
            let before = self.position(self.reader.buffer_position());
            let is_google;
            let event = match self.reader.read_resolved_event() {
                Ok((namespace, event)) => {
                    is_google = match namespace {
                        ResolveResult::Bound(Namespace(name)) => name == GOOGLE,
                        ResolveResult::Unknown(prefix) => self.prefix.as_deref() == Some(prefix.as_ref()),
                        ResolveResult::Unbound => false,
                    };
                    event
                }
                Err(error) => {
                    let at = self.position(self.reader.error_position());
                    self.skip_item(at, error.to_string())?;
                    continue;
                }
            };
            match event {
                Event::Eof => return self.end(before),
                Event::Start(element) => match &mut self.item {
                    Some(item) => item.begin(&element),
                    None if is_item(&element) => {
                        let tag = element.name().as_ref().to_owned();
                        self.remember_prefix();
                        self.item = Some(Item::new(self.lines.at(before), before, tag));
                    }
                    None => self.open += 1,
                },
                Event::Empty(element) => {
                    if let Some(item) = &mut self.item {
                        item.link(&element);
                    }
                }
                Event::End(element) => match &mut self.item {
                    Some(item) if item.is_inside() => item.end(element.local_name().as_ref(), is_google),
                    Some(_) => self.rows.extend(self.item.take().map(|item| Ok(item.done()))),
                    None => self.open = self.open.saturating_sub(1),
                },
                Event::Text(text) => push(&mut self.item, &text.xml10_content()),
                Event::CData(text) => push(&mut self.item, &text.xml10_content()),
                Event::GeneralRef(reference) => push(&mut self.item, &letters(&reference)),
                _ => {}
            }
        }
    }

    /// The rows, if the document is whole.
    fn end(mut self, at: usize) -> Result<RawRows, Unreadable> {
        let cut = "the feed is cut off. Fetch it again, nothing was changed";
        if self.item.is_some() {
            let reason = format!("expected the end of an item, got the end of the file: {cut}");
            return Err(Unreadable { line: self.lines.at(at), reason });
        }
        if self.rows.is_empty() {
            let reason = "expected items (RSS) or entries (Atom), got none".to_owned();
            return Err(Unreadable { line: 1, reason });
        }
        if self.open > 0 {
            let reason =
                format!("expected the end of the document (</rss> or </feed>), got the end of the file: {cut}");
            return Err(Unreadable { line: self.lines.at(at), reason });
        }
        Ok(self.rows)
    }

    /// Leaves out the item whose markup is broken at `at`, and goes on after its end tag.
    fn skip_item(&mut self, at: usize, error: String) -> Result<(), Unreadable> {
        let unreadable = |lines: &mut Lines<'_>, reason| Err(Unreadable { line: lines.at(at), reason });
        let Some(item) = self.item.take() else {
            return unreadable(&mut self.lines, format!("expected XML, got: {error}"));
        };
        let end = format!("</{}", item.tag);
        let Some(found) = self.text.get(item.offset..).and_then(|rest| rest.find(&end)) else {
            return unreadable(&mut self.lines, format!("expected XML, got: {error}"));
        };
        self.broken += 1;
        if self.broken > MAX_BROKEN_ITEMS {
            let reason =
                format!("expected XML, got more than {MAX_BROKEN_ITEMS} items with errors, the last one: {error}");
            return unreadable(&mut self.lines, reason);
        }
        self.rows.push(Err(FaultyRow { line: item.line(), fault: RowFault::Markup { reason: error } }));
        let end = item.offset + found;
        let end = self.text[end..].find('>').map_or(self.text.len(), |length| end + length + 1);
        self.reader = reader(self.text, end);
        self.begin = end;
        Ok(())
    }

    fn remember_prefix(&mut self) {
        let mut bindings = self.reader.resolver().bindings();
        let prefix = bindings.find_map(|(prefix, Namespace(name))| match prefix {
            PrefixDeclaration::Named(prefix) if name == GOOGLE => Some(prefix.to_owned()),
            _ => None,
        });
        self.prefix = prefix.or_else(|| self.prefix.take());
    }

    /// A position of the reader as one of the whole text.
    fn position(&self, position: u64) -> usize {
        usize::try_from(position).unwrap_or(usize::MAX).saturating_add(self.begin)
    }
}

fn reader(text: &str, begin: usize) -> NsReader<&[u8]> {
    let mut reader = NsReader::from_str(&text[begin..]);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    // A reader that begins inside the root does not know what is open.
    config.allow_unmatched_ends = begin > 0;
    reader
}

fn push(item: &mut Option<Item>, text: &str) {
    item.iter_mut().for_each(|item| item.push(text));
}

/// The letters of a reference; its own letters if it stands for none, as `&S;` in *M&S; more*.
fn letters(reference: &BytesRef<'_>) -> Cow<'static, str> {
    let name = reference.xml10_content();
    let letter = reference.resolve_char_ref().ok().flatten().map(|letter| Cow::Owned(letter.to_string()));
    letter
        .or_else(|| resolve_predefined_entity(&name).map(Cow::Borrowed))
        .unwrap_or_else(|| Cow::Owned(format!("&{name};")))
}

/// Counts lines up to places that never go back.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: usize) -> usize {
        let position = position.clamp(self.at, self.text.len());
        self.line += self.text.as_bytes()[self.at..position].iter().filter(|&&byte| byte == b'\n').count();
        self.at = position;
        self.line
    }
}
