//! A product's words become one of the eight categories. In: `google_product_category`, `product_type` and title. Out: a [`Guess`].
//!
//! The last word that names a garment decides, since English and German put it last: a *shirt dress* is a dress, a
//! *dress shirt* a shirt, a *Sommerkleid* a Kleid. What follows *with*, *mit* and the like is a detail and is ignored. If no
//! word names a garment, words and branches of Google's taxonomy that nobody wears are looked for. All words are in
//! `guess/words.toml`.

use stl_types::Category;
use stl_types::Category::{Blazers, Jumpers, Shirts, TShirts, Tops};

use self::excluded::{is_excluded_department, is_excluded_title};
use self::garment::{Garment, garment, last_garment, singulars, words};
use self::words::WORDS;

mod excluded;
mod garment;
mod words;

/// A T-shirt, but also a maker of others: a *shirt by Polo*.
const POLO: &str = "polo";

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

/// The category that a product's classification and title name.
///
/// A classification or a title that names another kind of product excludes it: a *top* of the department *Swimwear* is none of the
/// eight. Otherwise the last part of `product_type` decides, then the title, then the whole of `product_type`, then Google's category,
/// by number or by name. *Tops* is often a department, so a title that names another upper garment overrides it. *Shirts* are
/// T-shirts if the title or Google's category calls them so.
#[must_use]
pub fn category(google_category: &str, product_type: &str, title: &str) -> Guess {
    if is_excluded_department(product_type) || is_excluded_title(title) {
        return Guess::Unsupported;
    }
    let leaf = product_type.rsplit(['>', '/']).next().unwrap_or_default();
    let by_title = last_of_title(title);
    let by_google = google_garment(google_category);
    // A shop that calls the product by the garment's name knows better than the category that it told Google.
    let is_named = |garment: Garment| garment.category.is_some_and(|category| category != Tops);
    if !last_garment(leaf).is_some_and(is_named) && is_excluded_department(google_words(google_category)) {
        return Guess::Unsupported;
    }
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

/// The last garment word of a title, unless it only describes a thing that follows it: a *dress watch* is a watch.
fn last_of_title(title: &str) -> Option<Garment> {
    let thing = Garment { ending: "", category: None };
    words(title).iter().rev().find_map(|word| {
        let is_thing = singulars(word).any(|singular| WORDS.things.words.iter().any(|known| known == singular));
        garment(word).or(is_thing.then_some(thing))
    })
}

/// The garment of Google's category, a number or a path.
fn google_garment(category: &str) -> Option<Garment> {
    last_garment(google_words(category).rsplit('>').next().unwrap_or_default())
}

/// The words of Google's category, whose number stands for some.
fn google_words(category: &str) -> &str {
    let number = category.trim();
    let branch = || WORDS.other_branches.google.iter().find(|branch| branch.number == number);
    let words = WORDS.google_categories.get(number).or_else(|| branch().map(|branch| &branch.english));
    words.map_or(category, String::as_str)
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
