//! Characters that nobody sees: editors, web pages and shop systems leave them in texts. In: a text of a feed. Out: the text without them.
//!
//! They are the format characters of Unicode that have no shape: zero-width spaces, soft hyphens, byte order marks inside a text, controls
//! of the writing direction. Two texts that look alike are alike without them.

use std::borrow::Cow;

/// A text that people read. Two kinds stay where a script needs them: joiners beside letters that they shape (in Persian, the scripts of
/// India, emoji), and marks of direction in a text that has letters written from right to left. Overrides and isolates go: they would
/// turn round what stands beside the text.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !has_invisible(text) {
        return Cow::Borrowed(text);
    }
    let is_right_to_left = text.chars().any(is_written_from_the_right);
    let (mut kept, mut letters, mut before) = (String::with_capacity(text.len()), text.chars().peekable(), None);
    while let Some(letter) = letters.next() {
        let stays = match letter {
            // Zero-width non-joiner and joiner.
            '\u{200C}' | '\u{200D}' => [before, letters.peek().copied()].into_iter().flatten().any(is_shaped),
            // Arabic letter mark, left-to-right and right-to-left mark.
            '\u{061C}' | '\u{200E}' | '\u{200F}' => is_right_to_left,
            letter => !is_invisible(letter),
        };
        if stays {
            kept.push(letter);
            before = Some(letter);
        }
    }
    Cow::Owned(kept)
}

/// A text that is compared, or has one of a few meanings: an id, a price, a size. None of these characters stays.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if has_invisible(text) {
        Cow::Owned(text.chars().filter(|letter| !is_invisible(*letter)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Spaces at which no line is broken become plain ones: words are told apart and compared by these.
pub(super) fn with_plain_spaces(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|letter| plain_space(letter) == letter) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(plain_space).collect())
    }
}

/// A plain space for a no-break, figure or narrow no-break one; any other letter itself.
pub(super) const fn plain_space(letter: char) -> char {
    if matches!(letter, '\u{A0}' | '\u{2007}' | '\u{202F}') { ' ' } else { letter }
}

fn has_invisible(text: &str) -> bool {
    // Most texts are, which is much faster found out.
    !text.is_ascii() && text.chars().any(is_invisible)
}

const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        '\u{00AD}' | '\u{061C}' | '\u{180E}'
        // Zero-width space, joiners, marks, embeddings and overrides of direction.
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        // Word joiner, operators of formulas, isolates, deprecated formats.
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}'
        // Byte order mark, annotations.
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
    )
}

/// Whether joiners may shape a letter: none of Latin, Greek, Cyrillic and Armenian, and neither punctuation nor a mathematical letter.
const fn is_shaped(letter: char) -> bool {
    letter >= '\u{0590}' && !matches!(letter, '\u{1E00}'..='\u{218F}') && !is_invisible(letter)
}

/// Letters of Hebrew, Arabic and their neighbours in Unicode.
const fn is_written_from_the_right(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{061B}' | '\u{061D}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that the readers of feeds have to drop.
    const ALL: &str = "\u{AD}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{FEFF}";

    #[test]
    fn nothing_invisible_stays_between_latin_letters() {
        let text: String = ALL.chars().map(|letter| format!("ü{letter}")).collect();
        let expected = "ü".repeat(ALL.chars().count());
        assert_eq!((shown(&text), plain(&text)), (expected.as_str().into(), expected.as_str().into()));
        assert_eq!((shown(ALL), plain(ALL)), ("".into(), "".into()));
        for text in ["", "Linen shirt", "Röcke – größer", "‘Anna’ …"] {
            assert!(matches!((shown(text), plain(text)), (Cow::Borrowed(_), Cow::Borrowed(_))), "{text}");
        }
    }

    #[test]
    fn scripts_keep_what_shapes_and_orders_their_letters() {
        // Persian "trousers" in the plural, Hindi with an explicit half form, a family, a heart on fire.
        for text in ["شلوار\u{200C}ها", "क्\u{200D}ष", "👩\u{200D}👧 Top", "❤\u{FE0F}\u{200D}🔥", "חולצה (M)\u{200F}"]
        {
            assert_eq!(shown(text), text);
            assert!(plain(text).chars().count() + 1 == text.chars().count(), "{text}");
        }
        // Overrides go in every script.
        assert_eq!(shown("\u{202E}חולצה\u{202C}\u{200B}"), "חולצה");
        assert_eq!(shown("Top\u{200D} شلوار"), "Top شلوار");
        assert_eq!(shown("Top\u{200D}\u{FEFF}"), "Top");
    }

    #[test]
    fn spaces_that_break_no_line_are_plain_ones() {
        assert_eq!(with_plain_spaces("1\u{202F}299,00\u{A0}€\u{2007}"), "1 299,00 € ");
        assert!(matches!(with_plain_spaces("a b\u{2009}c"), Cow::Borrowed(_)));
    }
}
