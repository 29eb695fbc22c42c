//! HTML in texts. In: a text of a feed. Out: the text that a browser would show.

use std::borrow::Cow;

use nanohtml2text::html2text;
use quick_xml::escape::resolve_html5_entity;

use crate::catalogue::invisible::{shown, with_plain_spaces};

/// Bytes between `&` and `;`; the longest name of HTML has 31.
const MAX_ENTITY_BYTES: usize = 40;

/// A description without its markup.
pub(super) fn without_markup(text: String) -> String {
    if text.contains('<') || text.contains('&') {
        visible(&html2text(&without_open_tags(&text))).trim().to_owned()
    } else {
        text
    }
}

/// The text with `&lt;` for each `<` of a tag that does not end. [`html2text`] reads such a `<` as a letter, too, but it looks for the end of each
/// up to the end of the text.
fn without_open_tags(text: &str) -> Cow<'_, str> {
    // Whether a tag ends in what follows, for one that is read up to here: outside of quotes, behind `=`, in single and in double quotes.
    let (mut plain, mut valued, mut single, mut double) = (false, false, false, false);
    let mut open = Vec::new();
    for (at, letter) in text.char_indices().rev() {
        match letter {
            '>' => (plain, valued) = (true, true),
            '\'' => (valued, single) = (single, plain),
            '"' => (valued, double) = (double, plain),
            '=' => plain = valued,
            letter if letter.is_whitespace() => {}
            letter => {
                valued = plain;
                if letter == '<' && !plain && !text[at..].starts_with("<!--") {
                    open.push(at);
                }
            }
        }
    }
    if open.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut closed, mut from) = (String::with_capacity(text.len() + 3 * open.len()), 0);
    for at in open.into_iter().rev() {
        closed.push_str(&text[from..at]);
        closed.push_str("&lt;");
        from = at + 1;
    }
    Cow::Owned(closed + &text[from..])
}

/// Replaces `&eacute;` and `&#233;` by their letters. An ampersand that begins no entity stays, as in *M&S*.
pub(super) fn without_entities(text: String) -> String {
    if !text.contains('&') {
        return text;
    }
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let near = &after[..after.floor_char_boundary(MAX_ENTITY_BYTES)];
        let entity = near.find(';').and_then(|end| Some((letters(&after[..end])?, &after[end + 1..])));
        rest = match entity {
            Some((letters, after)) => {
                decoded.push_str(&letters);
                after
            }
            None => {
                decoded.push('&');
                after
            }
        };
    }
    visible(&(decoded + rest)).trim().to_owned()
}

/// The letters of `&shy;`, `&zwj;` and `&nbsp;` are left out or replaced as where they are written themselves.
fn visible(text: &str) -> String {
    with_plain_spaces(&shown(text)).into_owned()
}

/// The letters of an entity.
fn letters(entity: &str) -> Option<String> {
    let Some(number) = entity.strip_prefix('#') else {
        return resolve_html5_entity(entity).map(str::to_owned);
    };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    char::from_u32(number.ok()?).filter(|letter| !letter.is_control()).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_do_not_end_are_letters() {
        for (text, expected) in [
            ("5 < 6 <b", "5 < 6 <b"),
            ("<p>a <b c='>", "a <b c='>"),
            ("<p title='a>b'>a <i x=\"y>", "a <i x=\"y>"),
            ("<i = 'a>'>a<!-- b", "a"),
            ("<i a'>b", "b"),
            ("<i a= >b", "b"),
        ] {
            assert_eq!(without_markup(text.to_owned()), expected, "{text}");
        }
    }

    #[test]
    fn very_many_tags_that_do_not_end_are_read_in_little_time() {
        // Where the end of each is looked for, the time grows with the square of their number.
        let text = "<b ".repeat(130_000) + "='>";
        assert_eq!(without_markup(text.clone()), text);
        let text = "&".repeat(400_000);
        assert_eq!(without_entities(text.clone()), text);
    }
}
