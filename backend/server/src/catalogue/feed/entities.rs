//! HTML in texts. In: a text of a feed. Out: the text that a browser would show.

use nanohtml2text::html2text;
use quick_xml::escape::resolve_html5_entity;

use crate::catalogue::invisible::{shown, with_plain_spaces};

/// A description without its markup.
pub(super) fn without_markup(text: String) -> String {
    if text.contains('<') || text.contains('&') { visible(&html2text(&text)).trim().to_owned() } else { text }
}

/// Replaces `&eacute;` and `&#233;` by their letters. An ampersand that begins no entity stays, as in *M&S*.
pub(super) fn without_entities(text: String) -> String {
    if !text.contains('&') {
        return text;
    }
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| Some((letters(name)?, after)));
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
