//! Words that name garments. In: a text. Out: its words, and the [`Garment`] that one of them names.

use stl_types::Category;

use super::words::WORDS;

/// The ending of *t-shirt* and *t shirt*, which are joined. Before it no other letter may be: a *nightshirt* is no T-shirt.
const T_SHIRT: &str = "tshirt";

/// Longest ending that must be a whole word: *top* ends laptop, *hat* ends that.
const WHOLE_WORD_BYTES: usize = 3;

/// The German skirt.
const ROCK: &str = "rock";

/// Fewest bytes before it in a compound such as *Faltenrock*: a *frock* is none.
const ROCK_PREFIX_BYTES: usize = 4;

/// A word that names a garment.
#[derive(Clone, Copy)]
pub(super) struct Garment {
    pub(super) ending: &'static str,
    /// None if it is unsupported.
    pub(super) category: Option<Category>,
}

/// The last garment word of a text.
pub(super) fn last_garment(text: &str) -> Option<Garment> {
    words(text).iter().rev().find_map(|word| garment(word))
}

/// The words of a text up to its details, in small letters. Words of two parts are joined.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::<String>::new();
    for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if WORDS.details.iter().any(|detail| detail == word) {
            break;
        }
        let is_second = |joined: &&[String; 3]| {
            let [first, second, _] = *joined;
            words.last() == Some(first) && (word == second || word.trim_end_matches('s') == second)
        };
        match WORDS.joined.iter().find(is_second) {
            Some([_, _, joined]) => {
                words.pop();
                words.push(joined.clone());
            }
            None => words.push(word.to_owned()),
        }
    }
    words
}

/// The garment that a word names: of all endings that fit, the longest one's.
pub(super) fn garment(word: &str) -> Option<Garment> {
    let may_follow = |ending: &str, prefix: &str| match ending {
        _ if prefix.is_empty() => true,
        T_SHIRT => false,
        ROCK => prefix.len() >= ROCK_PREFIX_BYTES,
        _ => ending.len() > WHOLE_WORD_BYTES,
    };
    let fits = |ending: &str| {
        singulars(word).any(|singular| singular.strip_suffix(ending).is_some_and(|prefix| may_follow(ending, prefix)))
    };
    let fitting = WORDS.garments.iter().filter(|(ending, _)| fits(ending));
    let (ending, category) = fitting.max_by_key(|(ending, _)| ending.len())?;
    Some(Garment { ending, category: *category })
}

/// A word without each of the plural endings that it has.
pub(super) fn singulars(word: &str) -> impl Iterator<Item = &str> {
    WORDS.plurals.iter().filter_map(move |plural| word.strip_suffix(plural.as_str()))
}
