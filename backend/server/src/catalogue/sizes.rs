//! Sizes as shops write them. In: texts such as `XL`, `2XL`, `38`, `W32/L34`. Out: their order, and which of them are the same.

use std::cmp::Ordering;

use stl_types::wire::Availability;

use super::variant::Variant;
use super::words::folded;

/// Where a size stands among others: letters from small to large, then numbers, then words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Ranks of the letters: `S/M` has two.
    Letters(Vec<i32>),
    /// What stands before the first number, such as a system, and thousandths of the numbers: `W32/L34` has two.
    Numbers(String, Vec<u64>),
    Word,
}

/// Sizes in letters that are written in words.
const WORDS: [(&str, &str); 7] = [
    ("small", "s"),
    ("medium", "m"),
    ("large", "l"),
    ("x-small", "xs"),
    ("x-large", "xl"),
    ("extra small", "xs"),
    ("extra large", "xl"),
];

/// The order of two sizes: `XXS` to `XXXL`, then numbers, then words.
#[must_use]
pub fn order(a: &str, b: &str) -> Ordering {
    let [a, b] = [a, b].map(same);
    rank(&a).cmp(&rank(&b)).then_with(|| a.cmp(&b))
}

/// A size without what differs between its spellings: `2xl` and `XXL` are one.
#[must_use]
pub fn same(size: &str) -> String {
    let folded = folded(size);
    if let Some((_, letter)) = WORDS.iter().find(|(word, _)| *word == folded) {
        return (*letter).to_owned();
    }
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    let (count, letters) = folded.split_at(digits);
    match (count.parse::<usize>(), letters) {
        (Ok(count @ 2..=9), "xl" | "xs") => "x".repeat(count - 1) + letters,
        _ => folded,
    }
}

/// A size with its system, if it is a number: `EU 38`. Letters mean the same in most systems.
#[must_use]
pub fn with_system(variant: &Variant) -> String {
    if is_of_a_system(variant) { format!("{} {}", variant.size_system, variant.size) } else { variant.size.clone() }
}

/// Whether its size means another one in another system.
pub(super) fn is_of_a_system(variant: &Variant) -> bool {
    !variant.size_system.is_empty() && matches!(rank(&same(&variant.size)), Rank::Numbers(..))
}

/// Whether a variant can be bought, or with `in_stock` is in stock.
pub(super) fn is_offered(variant: &Variant, in_stock: bool) -> bool {
    if in_stock { variant.availability == Availability::InStock } else { variant.can_be_bought() }
}

/// Whether a variant has a wanted size, which is named with or without its system.
pub(super) fn is_wanted(wanted: &str, variant: &Variant) -> bool {
    let wanted = same(wanted);
    !variant.size.is_empty() && wanted == same(&variant.size)
        || is_of_a_system(variant) && wanted == same(&with_system(variant))
}

/// The distinct sizes among variants, in their order, in the spelling of the first.
pub fn distinct<'a>(variants: impl Iterator<Item = &'a Variant>, name: impl Fn(&Variant) -> String) -> Vec<String> {
    // Each size is ranked once: a search lists those of some hundred articles.
    let mut sizes = Vec::<(Rank, String, String)>::new();
    for variant in variants.filter(|variant| !variant.size.is_empty()) {
        let name = name(variant);
        let key = same(&name);
        if sizes.iter().all(|(_, known, _)| *known != key) {
            sizes.push((rank(&key), key, name));
        }
    }
    sizes.sort_by(|(rank_a, a, _), (rank_b, b, _)| rank_a.cmp(rank_b).then_with(|| a.cmp(b)));
    sizes.into_iter().map(|(.., name)| name).collect()
}

fn rank(same: &str) -> Rank {
    let parts = || same.split(['/', '-', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let letters: Option<Vec<i32>> = parts().map(letters).collect();
    if let Some(letters) = letters.filter(|letters| !letters.is_empty()) {
        return Rank::Letters(letters);
    }
    // A system and the letters of waist and length are no numbers, but stand beside one.
    let numbers: Vec<u64> = parts().filter_map(number).collect();
    let before = same.split(|letter: char| letter.is_ascii_digit()).next().unwrap_or_default().trim();
    if numbers.is_empty() { Rank::Word } else { Rank::Numbers(before.to_owned(), numbers) }
}

/// 0 for `m`, below it for smaller sizes.
fn letters(part: &str) -> Option<i32> {
    let crosses = part.bytes().take_while(|byte| *byte == b'x').count() as i32;
    match &part[crosses as usize..] {
        "s" => Some(-1 - crosses),
        "m" if crosses == 0 => Some(0),
        "l" => Some(1 + crosses),
        _ => None,
    }
}

/// The number of `36`, `36,5`, `w32` or `98cm`, in thousandths.
fn number(part: &str) -> Option<u64> {
    let digits = part.trim_start_matches(|letter: char| letter.is_alphabetic());
    let end = digits.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ','));
    let number: f64 = digits[..end.unwrap_or(digits.len())].replace(',', ".").parse().ok()?;
    (number < 1e9).then_some((number * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::variant::tests::variant;

    #[test]
    fn letters_come_first_then_numbers_then_words() {
        let expected = [
            "XXS", "XS", "S", "S/M", "M", "M/L", "L", "XL", "2XL", "XXXL", "8", "34", "36", "36,5", "38", "110",
            "EU 36", "EU 38", "W30/L32", "W32/L30", "W32/L34", "One size", "Ü",
        ];
        let mut sizes = expected;
        sizes.reverse();
        sizes.sort_by(|a, b| order(a, b));
        assert_eq!(sizes, expected);
    }

    #[test]
    fn spellings_of_one_size_are_the_same() {
        for (a, b) in [("2XL", "xxl"), ("3xs", "XXXS"), (" m ", "M"), ("Large", "L"), ("Gro\u{308}ße 1", "größe 1")]
        {
            assert_eq!(same(a), same(b));
        }
        for (a, b) in [("XL", "L"), ("1XL", "XL"), ("38", "38.5")] {
            assert_ne!(same(a), same(b));
        }
    }

    #[test]
    fn a_number_may_be_named_with_its_system() {
        let of = |system: &str, size: &str| Variant { size_system: system.to_owned(), ..variant(size, 1) };
        assert!(is_wanted("38", &of("EU", "38")) && is_wanted("eu 38", &of("EU", "38")));
        assert!(!is_wanted("UK 38", &of("EU", "38")) && !is_wanted("EU 38", &of("", "38")));
        assert!(is_wanted("m", &of("EU", "M")) && !is_wanted("EU M", &of("EU", "M")));
        let sizes = [of("EU", "M"), of("EU", "38"), of("UK", "10"), variant("XS", 1), variant("m", 1), variant("", 1)];
        assert_eq!(distinct(sizes.iter(), with_system), ["XS", "M", "EU 38", "UK 10"]);
    }
}
