//! A pattern of words. In: a pattern's text, and the words of a product's text. Out: whether it fits.

use crate::catalogue::invisible::shown;
use crate::catalogue::words::composed;

/// `*` alone at most: each may stand for any words, and all ways are tried.
const MAX_ANY_WORDS: usize = 3;

/// A step of a path.
const STEP: &str = ">";

/// Words of which a text is to have all, in their order and one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// A word, or [`STEP`].
    Word(String),
    /// What stands between the `*` of a word, at least two pieces.
    Pieces(Vec<String>),
    /// Any words.
    Any,
}

/// The words of a text in small letters, and the steps of a path.
pub(super) fn words(text: &str) -> Vec<String> {
    split(text, false)
}

/// Words are letters and digits, in a pattern also `*`; anything else only parts them.
fn split(text: &str, is_pattern: bool) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in composed(&shown(text)).to_lowercase().chars() {
        let last = words.len() - 1;
        if letter.is_alphanumeric() || is_pattern && letter == '*' {
            words[last].push(letter);
        } else if matches!(letter, '>' | '/') {
            words.extend([STEP.to_owned(), String::new()]);
        } else {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it has no word, or so many `*` that comparing takes long; says what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let part = |word: String| match word.trim_matches('*') {
            "" => Part::Any,
            _ if word.contains('*') => Part::Pieces(word.split('*').map(str::to_owned).collect()),
            _ => Part::Word(word),
        };
        let parts: Vec<Part> = split(text, true).into_iter().map(part).collect();
        if !parts.iter().any(|part| !matches!(part, Part::Any) && *part != Part::Word(STEP.to_owned())) {
            return Err("expected at least one word");
        }
        if parts.iter().filter(|part| matches!(part, Part::Any)).count() > MAX_ANY_WORDS {
            return Err("expected at most three * that stand alone");
        }
        Ok(Self(parts))
    }

    /// Whether the pattern is somewhere in a text.
    pub(super) fn fits(&self, words: &[String]) -> bool {
        (0..words.len()).any(|start| fit(&self.0, &words[start..]))
    }
}

/// Whether the parts are at the beginning of a text.
fn fit(parts: &[Part], words: &[String]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return true };
    match part {
        Part::Any => (0..=words.len()).any(|skipped| fit(rest, &words[skipped..])),
        Part::Word(expected) => words.first() == Some(expected) && fit(rest, &words[1..]),
        Part::Pieces(pieces) => words.first().is_some_and(|word| has_pieces(word, pieces)) && fit(rest, &words[1..]),
    }
}

/// Whether a word begins with the first piece, ends with the last, and has the others between them.
fn has_pieces(word: &str, pieces: &[String]) -> bool {
    let [first, between @ .., last] = pieces else { return false };
    let Some(mut middle) = word.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    for piece in between {
        let Some((_, rest)) = middle.split_once(piece.as_str()) else { return false };
        middle = rest;
    }
    // A step is no word.
    word != STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_whole_and_in_their_order() {
        for (pattern, text, expected) in [
            ("strick", "Damen > Strick & Cardigans", true),
            ("strick", "Strickjacken", false),
            ("strick*", "Strickjacken", true),
            ("*jacken", "Damen/Strickjacken", true),
            ("s*j*n", "Strickjacken", true),
            ("s*x*n", "Strickjacken", false),
            ("*strick*", "Feinstrick", true),
            ("a*a", "a", false),
            ("Damen > Tops", "damen / tops", true),
            ("Damen > Tops", "Damen Tops", false),
            ("Damen > * > Tops", "Damen > Sale > Neu > Tops", true),
            ("Damen > * > Tops", "Damen > Tops", false),
            ("Damen * Tops", "Damen > Tops", true),
            ("Cardigans Strick", "Strick & Cardigans", false),
            ("t-shirt", "T Shirt, rot", true),
            ("größe", "GRO\u{308}SSE", false),
            ("röcke", "RO\u{308}CKE", true),
            ("212", "212", true),
            ("x", "", false),
        ] {
            let parsed = Pattern::parse(pattern).expect("a pattern");
            assert_eq!(parsed.fits(&words(text)), expected, "{pattern:?} in {text:?}");
        }
    }

    #[test]
    fn a_pattern_has_a_word_and_not_too_many_stars() {
        for text in ["", "*", "> *", "&"] {
            assert_eq!(Pattern::parse(text), Err("expected at least one word"), "{text:?}");
        }
        assert_eq!(Pattern::parse("a * * * * b"), Err("expected at most three * that stand alone"));
        assert!(Pattern::parse("a * b * c * d").is_ok());
    }
}
