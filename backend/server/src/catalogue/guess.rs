//! A product's words become one of the eight categories. In: `google_product_category`, `product_type` and title. Out: a [`Guess`].
//!
//! The last word that names a garment decides, since English and German put it last: a *shirt dress* is a dress, a
//! *dress shirt* a shirt, a *Sommerkleid* a Kleid. What follows *with*, *mit* and the like is a detail and is ignored. If no
//! word names a garment, words and branches of Google's taxonomy that nobody wears are looked for. All words are in
//! `guess/words.toml`.

use stl_types::Category;
use stl_types::Category::{Blazers, Jumpers, Shirts, TShirts, Tops};

use self::words::WORDS;

mod words;

/// The ending of *t-shirt* and *t shirt*, which are joined. Before it no other letter may be: a *nightshirt* is no T-shirt.
const T_SHIRT: &str = "tshirt";

/// A T-shirt, but also a maker of others: a *shirt by Polo*.
const POLO: &str = "polo";

/// Longest ending that must be a whole word: *top* ends laptop, *hat* ends that.
const WHOLE_WORD_BYTES: usize = 3;

/// The German skirt.
const ROCK: &str = "rock";

/// Fewest bytes before it in a compound such as *Faltenrock*: a *frock* is none.
const ROCK_PREFIX_BYTES: usize = 4;

/// What a product's words say of its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// One of the eight.
    Supported(Category),
    /// Something else, worn or not.
    Unsupported,
    /// Nothing.
    Unknown,
}

/// A word that names a garment.
#[derive(Clone, Copy)]
struct Garment {
    ending: &'static str,
    /// None if it is unsupported.
    category: Option<Category>,
}

/// The category that a product's classification and title name.
///
/// The last part of `product_type` decides, then the title, then the whole of `product_type`, then Google's category, by
/// number or by name. *Tops* is often a department, so a title that names another upper garment overrides it. *Shirts*
/// are T-shirts if the title or Google's category calls them so.
#[must_use]
pub fn category(google_category: &str, product_type: &str, title: &str) -> Guess {
    let leaf = product_type.rsplit(['>', '/']).next().unwrap_or_default();
    let by_title = last_garment(title);
    let by_google = google_garment(google_category);
    let by_words = match last_garment(leaf) {
        Some(leaf) if leaf.category == Some(Tops) => match by_title {
            Some(Garment { category: Some(Blazers | Jumpers | Shirts | TShirts), .. }) => by_title,
            _ => Some(leaf),
        },
        Some(leaf) => Some(leaf),
        None => by_title.or_else(|| last_garment(product_type)),
    };
    let is_called_t_shirt = || {
        by_title.is_some_and(|garment| garment.category == Some(TShirts) && garment.ending != POLO)
            || by_google.is_some_and(|garment| garment.category == Some(TShirts))
    };
    match by_words.or(by_google) {
        Some(Garment { category: Some(Shirts), .. }) if is_called_t_shirt() => Guess::Supported(TShirts),
        Some(Garment { category: Some(category), .. }) => Guess::Supported(category),
        Some(Garment { category: None, .. }) => Guess::Unsupported,
        None if is_of_another_branch(google_category) || is_of_another_branch(product_type) => Guess::Unsupported,
        None if names_a_thing(leaf) || names_a_thing(title) => Guess::Unsupported,
        None => Guess::Unknown,
    }
}

/// The last garment word of a text.
fn last_garment(text: &str) -> Option<Garment> {
    words(text).iter().rev().find_map(|word| garment(word))
}

/// The garment of Google's category, a number or a path.
fn google_garment(category: &str) -> Option<Garment> {
    let words = WORDS.google_categories.get(category.trim()).map_or(category, String::as_str);
    last_garment(words.rsplit('>').next().unwrap_or_default())
}

/// The words of a text up to its details, in small letters. Words of two parts are joined.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::<String>::new();
    for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if WORDS.details.iter().any(|detail| detail == word) {
            break;
        }
        let is_second = |joined: &&[String; 3]| {
            let [first, second, _] = *joined;
            words.last() == Some(first) && word.trim_end_matches('s') == second
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
fn garment(word: &str) -> Option<Garment> {
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
fn singulars(word: &str) -> impl Iterator<Item = &str> {
    WORDS.plurals.iter().filter_map(move |plural| word.strip_suffix(plural.as_str()))
}

/// Whether a path, or a number, leads to where nothing is worn.
fn is_of_another_branch(path: &str) -> bool {
    let path = path.trim().to_lowercase();
    let root = path.split('>').next().unwrap_or_default().trim();
    let branches = &WORDS.other_branches;
    let is_googles = branches.google.iter().any(|branch| {
        branch.number == root || [&branch.english, &branch.german].into_iter().any(|name| name.to_lowercase() == root)
    });
    (is_googles || branches.also.iter().any(|name| name == root))
        && !branches.unless.iter().any(|clothes| path.contains(clothes.as_str()))
}

fn names_a_thing(text: &str) -> bool {
    let has = |list: &[String], word: &str| list.iter().any(|known| known == word);
    let things = &WORDS.things;
    let words = words(text);
    let is_thing = |word: &String| singulars(word).any(|singular| has(&things.words, singular));
    let is_compound = |word: &String| {
        let prefix = things.creams.iter().find_map(|cream| word.strip_suffix(cream.as_str()));
        prefix.is_some_and(|prefix| has(&things.skin, prefix))
    };
    let is_for_skin = |pair: &[String]| has(&things.skin, &pair[0]) && has(&things.creams, &pair[1]);
    words.iter().any(|word| is_thing(word) || is_compound(word)) || words.windows(2).any(is_for_skin)
}

#[cfg(test)]
mod tests;
