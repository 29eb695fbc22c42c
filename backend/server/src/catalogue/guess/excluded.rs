//! Kinds of product outside the eight categories. In: a classification or a title. Out: whether it names one.

use super::garment::{last_garment, singulars, words};
use super::words::WORDS;

/// Shortest kind, in bytes, that may be a part of a longer word: *bra* begins bracelet.
const MIN_PART_BYTES: usize = 6;

/// Whether a part of a path names such a kind. A department of several kinds counts unless one of them is clothes or a garment.
pub(super) fn is_excluded_department(path: &str) -> bool {
    path.split(['>', '/', '|']).any(|part| {
        let mut kinds = vec![part.to_lowercase()];
        for between in &WORDS.excluded.between {
            kinds = kinds.iter().flat_map(|kinds| kinds.split(between.as_str())).map(str::to_owned).collect();
        }
        let (excluded, others): (Vec<&String>, Vec<&String>) =
            kinds.iter().partition(|kind| names_one_of(kind, &WORDS.excluded.kinds));
        let is_clothes = |kind: &str| {
            last_garment(kind).is_some_and(|garment| garment.category.is_some())
                || words(kind).iter().any(|word| WORDS.excluded.apparel.contains(word))
        };
        !excluded.is_empty() && !others.into_iter().any(|kind| is_clothes(kind))
    })
}

/// Whether a title names such a kind.
pub(super) fn is_excluded_title(title: &str) -> bool {
    names_one_of(title, &WORDS.excluded.titles)
}

fn names_one_of(text: &str, kinds: &[String]) -> bool {
    let is_kind = |word: &str| {
        kinds.iter().any(|kind| {
            word == kind
                || kind.len() >= MIN_PART_BYTES && (word.starts_with(kind.as_str()) || word.ends_with(kind.as_str()))
        })
    };
    words(text).iter().any(|word| singulars(word).any(is_kind))
}
