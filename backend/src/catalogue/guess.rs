//! A feed's own words become one of the eight categories. In: `google_product_category`, `product_type` and title. Out: what
//! they say, a [`Guess`].
//!
//! The last word that names a garment decides, as English and German put it last: a *shirt dress* is a dress, a
//! *dress shirt* a shirt, a *Sommerkleid* a Kleid. What follows *with*, *mit* and the like is a detail and is left out.

use stl_shared::Category;
use stl_shared::Category::{Blazers, Dresses, Jumpers, Shirts, Skirts, TShirts, Tops, Trousers};

/// Word endings, the longest that fits decides. `None`: worn, but none of the eight.
const WORDS: &[(&str, Option<Category>)] = &[
    ("blazer", Some(Blazers)),
    ("sakko", Some(Blazers)),
    ("dress", Some(Dresses)),
    ("gown", Some(Dresses)),
    ("kleid", Some(Dresses)),
    ("jumper", Some(Jumpers)),
    ("sweater", Some(Jumpers)),
    ("sweatshirt", Some(Jumpers)),
    ("hoodie", Some(Jumpers)),
    ("hoody", Some(Jumpers)),
    ("cardigan", Some(Jumpers)),
    ("knitwear", Some(Jumpers)),
    ("pullover", Some(Jumpers)),
    ("strickjacke", Some(Jumpers)),
    ("pulli", Some(Jumpers)),
    ("shirt", Some(Shirts)),
    ("blouse", Some(Shirts)),
    ("hemd", Some(Shirts)),
    ("bluse", Some(Shirts)),
    ("skirt", Some(Skirts)),
    ("rock", Some(Skirts)),
    ("röcke", Some(Skirts)),
    ("trousers", Some(Trousers)),
    ("trouser", Some(Trousers)),
    ("pants", Some(Trousers)),
    ("jeans", Some(Trousers)),
    ("chino", Some(Trousers)),
    ("leggings", Some(Trousers)),
    ("joggers", Some(Trousers)),
    ("shorts", Some(Trousers)),
    ("culottes", Some(Trousers)),
    ("hose", Some(Trousers)),
    ("tshirt", Some(TShirts)),
    ("tee", Some(TShirts)),
    ("poloshirt", Some(TShirts)),
    ("polo", Some(TShirts)),
    ("top", Some(Tops)),
    ("camisole", Some(Tops)),
    ("singlet", Some(Tops)),
    ("bodysuit", Some(Tops)),
    ("unterhemd", None),
    ("nachthemd", None),
    ("jumpsuit", None),
    ("overall", None),
    ("coat", None),
    ("jacket", None),
    ("parka", None),
    ("mantel", None),
    ("jacke", None),
    ("shoe", None),
    ("boot", None),
    ("sneaker", None),
    ("sandal", None),
    ("schuh", None),
    ("stiefel", None),
    ("bag", None),
    ("tasche", None),
    ("belt", None),
    ("gürtel", None),
    ("scarf", None),
    ("schal", None),
    ("hat", None),
    ("mütze", None),
    ("sock", None),
    ("socke", None),
    ("tights", None),
    ("strumpfhose", None),
    ("pyjama", None),
];

/// Plural endings of both languages.
const PLURALS: [&str; 6] = ["", "s", "es", "n", "en", "er"];

/// Words after which only details follow.
const DETAILS: [&str; 7] = ["with", "mit", "in", "for", "für", "from", "aus"];

/// Numbers of Google's product taxonomy that say which garment it is, in its words. What is worn and none of the eight is
/// there as well.
const GOOGLE: [(&str, &str); 12] = [
    ("2271", "Dresses"),
    ("1581", "Skirts"),
    ("204", "Pants"),
    ("207", "Shorts"),
    ("212", "Shirts & Tops"),
    ("203", "Coat"),
    ("5598", "Coats & Jackets"),
    ("187", "Shoes"),
    ("178", "Hats"),
    ("5250", "Jumpsuits"),
    ("209", "Socks"),
    ("208", "Pyjama"),
];

/// What a product's words say of its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// One of the eight.
    Of(Category),
    /// Something that is none of the eight.
    Other,
    /// Nothing.
    Silent,
}

/// The category that a product's classification and title speak of.
///
/// The last part of `product_type` decides, then the title, then the whole of `product_type`, then Google's category, by
/// number or by name; *tops* is often a department, so a title that names another upper garment is believed over it.
#[must_use]
pub fn category(google_category: &str, product_type: &str, title: &str) -> Guess {
    let leaf = product_type.rsplit(['>', '/']).next().unwrap_or_default();
    let by_title = last_garment(title);
    let by_words = match last_garment(leaf) {
        Some(Some(Tops)) => match by_title {
            Some(Some(category @ (Blazers | Jumpers | Shirts | TShirts))) => Some(Some(category)),
            _ => Some(Some(Tops)),
        },
        Some(decided) => Some(decided),
        None => by_title.or_else(|| last_garment(product_type)),
    };
    match by_words.or_else(|| by_google(google_category)) {
        Some(Some(category)) => Guess::Of(category),
        Some(None) => Guess::Other,
        None => Guess::Silent,
    }
}

fn by_google(category: &str) -> Option<Option<Category>> {
    let words = GOOGLE.iter().find(|(number, _)| *number == category.trim()).map_or(category, |(_, words)| words);
    last_garment(words.rsplit('>').next().unwrap_or_default())
}

/// The last garment word: none if there is none, `Some(None)` if it is none of the eight.
fn last_garment(text: &str) -> Option<Option<Category>> {
    let text = text.to_lowercase().replace("t-shirt", "tshirt").replace("t shirt", "tshirt");
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take_while(|word| !DETAILS.contains(word))
        .filter_map(garment)
        .last()
}

fn garment(word: &str) -> Option<Option<Category>> {
    WORDS
        .iter()
        .filter(|(ending, _)| {
            PLURALS.iter().any(|plural| {
                word.strip_suffix(plural).and_then(|singular| singular.strip_suffix(ending)).is_some_and(|before| {
                    // Short words end many others: `top` in laptop, `hat` in that, `rock` in frock.
                    before.is_empty() || ending.len() > 3 && (*ending != "rock" || before.len() > 3)
                })
            })
        })
        .max_by_key(|(ending, _)| ending.len())
        .map(|&(_, category)| category)
}

#[cfg(test)]
mod tests {
    use super::Guess::{Of, Other, Silent};
    use super::*;

    #[test]
    fn feeds_words_become_categories() {
        for (product_type, title, expected) in [
            ("Women > Clothing > Dresses", "Anna", Of(Dresses)),
            ("Women > Tops", "Linen blouse", Of(Shirts)),
            ("Women > Tops", "Ribbed tank top", Of(Tops)),
            ("", "Striped T-Shirt with pocket", Of(TShirts)),
            ("", "Shirt dress in cotton", Of(Dresses)),
            ("", "Slim dress shirt", Of(Shirts)),
            ("", "Dress shoes", Other),
            ("Damen > Sommerkleider", "", Of(Dresses)),
            ("Herren > Jeanshosen", "", Of(Trousers)),
            ("Herren > Strickpullover", "", Of(Jumpers)),
            ("", "Faltenrock aus Wolle", Of(Skirts)),
            ("", "Freizeithemden", Of(Shirts)),
            ("Plain blazers", "", Of(Blazers)),
            ("Men > Sweatshirts", "", Of(Jumpers)),
            ("Women > Tights", "", Other),
            ("", "Winter coat", Other),
            ("", "Mug", Silent),
        ] {
            let guess = category("", product_type, title);
            assert_eq!(guess, expected, "{product_type:?} {title:?}");
        }
    }

    #[test]
    fn googles_category_speaks_where_the_shops_words_are_silent() {
        let path = "Apparel & Accessories > Clothing > Dresses";
        assert_eq!(category(path, "", "Anna"), Of(Dresses));
        assert_eq!(category("2271", "", "Anna"), Of(Dresses));
        assert_eq!(category("212", "New arrivals", "Polo Ben"), Of(TShirts));
        assert_eq!(category("5598", "", "Anna"), Other);
        assert_eq!(category(path, "", "Winter coat"), Other);
        assert_eq!(category("1604", "", "Anna"), Silent);
    }
}
