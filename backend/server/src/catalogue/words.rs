//! Words of feeds and of filters, as people compare them. In: texts. Out: their parts, and whether two mean the same.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// The colours of `White / Navy`; materials and patterns are written alike.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(['/', ',']).map(str::trim)
}

/// A word without what differs between its spellings: capitals, and how Unicode writes an accent.
pub(super) fn folded(word: &str) -> String {
    let word = word.trim();
    // Most words: Unicode's tables are not needed.
    if word.is_ascii() { word.to_ascii_lowercase() } else { composed(word).to_lowercase() }
}

/// A text in Unicode's normalisation form C: `ü` is one letter, not `u` and a diaeresis.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Whether two words differ in their spelling only.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    // Most words, and no memory is taken: the shop's rules compare each of theirs with each of the catalogue's.
    if a.is_ascii() && b.is_ascii() {
        return a.trim().eq_ignore_ascii_case(b.trim());
    }
    folded(a) == folded(b)
}
