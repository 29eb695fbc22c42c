//! A feed's own words become one of the eight categories. In: `google_product_category`, `product_type` and title. Out: what
//! they say, a [`Guess`].
//!
//! The last word that names a garment decides, as English and German put it last: a *shirt dress* is a dress, a
//! *dress shirt* a shirt, a *Sommerkleid* a Kleid. What follows *with*, *mit* and the like is a detail and is left out. Where no
//! word names a garment, words and branches of Google's taxonomy that nobody wears are looked for.

use stl_types::Category;
use stl_types::Category::{Blazers, Dresses, Jumpers, Shirts, Skirts, TShirts, Tops, Trousers};

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
    (T_SHIRT, Some(TShirts)),
    ("tee", Some(TShirts)),
    ("poloshirt", Some(TShirts)),
    ("polo", Some(TShirts)),
    ("top", Some(Tops)),
    ("camisole", Some(Tops)),
    ("singlet", Some(Tops)),
    ("bodysuit", Some(Tops)),
    ("nightshirt", None),
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
    ("trainer", None),
    (HIGH_TOP, None),
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

/// Words that are written in two, as one.
const T_SHIRT: &str = "tshirt";
const HIGH_TOP: &str = "hightop";
const JOINED: [(&str, &str, &str); 3] = [("t", "shirt", T_SHIRT), ("high", "top", HIGH_TOP), ("hi", "top", HIGH_TOP)];

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

/// The branches of Google's product taxonomy in which nothing is worn: number, English and German name. A feed in another
/// language is in none of them, and its pictures decide.
const BRANCHES: [(&str, &str, &str); 19] = [
    ("1", "Animals & Pet Supplies", "Tiere & Tierbedarf"),
    ("8", "Arts & Entertainment", "Kunst & Unterhaltung"),
    ("111", "Business & Industrial", "Wirtschaft & Industrie"),
    ("141", "Cameras & Optics", "Kameras & Optik"),
    ("222", "Electronics", "Elektronik"),
    ("412", "Food, Beverages & Tobacco", "Nahrungsmittel, Getränke & Tabak"),
    ("436", "Furniture", "Möbel"),
    ("469", "Health & Beauty", "Gesundheit & Schönheit"),
    ("536", "Home & Garden", "Heim & Garten"),
    ("537", "Baby & Toddler", "Baby & Kleinkind"),
    ("632", "Hardware", "Heimwerkerbedarf"),
    ("783", "Media", "Medien"),
    ("888", "Vehicles & Parts", "Fahrzeuge & Teile"),
    ("922", "Office Supplies", "Bürobedarf"),
    ("988", "Sporting Goods", "Sportartikel"),
    ("1239", "Toys & Games", "Spielzeuge & Spiele"),
    ("2092", "Software", "Software"),
    ("5181", "Luggage & Bags", "Taschen & Gepäck"),
    ("5605", "Religious & Ceremonial", "Religion & Feierlichkeiten"),
];

/// What shops call such a branch otherwise, as Meta's sample feed does.
const OTHER_BRANCHES: [&str; 3] = ["animals", "pet supplies", "consumer electronics"];

/// Parts of a path that mean clothes in any branch: Google once had *Bicycle Clothing* under *Sporting Goods*.
const WORN: [&str; 4] = ["clothing", "apparel", "bekleidung", "kleidung"];

/// Things that nobody wears, whole words.
const THINGS: [&str; 27] = [
    "tv",
    "television",
    "fernseher",
    "dvd",
    "laptop",
    "smartphone",
    "headphone",
    "kopfhörer",
    "book",
    "buch",
    "poster",
    "bowl",
    "napf",
    "mug",
    "tasse",
    "candle",
    "kerze",
    "lamp",
    "lampe",
    "pillow",
    "kissen",
    "towel",
    "handtuch",
    "lotion",
    "shampoo",
    "perfume",
    "parfum",
];

/// A cream, which is a colour as well: it is one for the skin by the word before it.
const CREAMS: [&str; 3] = ["creme", "crème", "cream"];
const SKIN: [&str; 15] = [
    "skin",
    "wrinkle",
    "correction",
    "face",
    "facial",
    "hand",
    "body",
    "eye",
    "foot",
    "day",
    "night",
    "sun",
    "haut",
    "gesichts",
    "tages",
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
/// number or by name. *Tops* is often a department, so a title that names another upper garment is believed over it; *shirts*
/// are T-shirts where the title or Google's category calls them so.
#[must_use]
pub fn category(google_category: &str, product_type: &str, title: &str) -> Guess {
    let leaf = product_type.rsplit(['>', '/']).next().unwrap_or_default();
    let by_title = last_garment(title);
    let by_google = by_google(google_category);
    let by_words = match last_garment(leaf) {
        Some(Some(Tops)) => match by_title {
            Some(Some(category @ (Blazers | Jumpers | Shirts | TShirts))) => Some(Some(category)),
            _ => Some(Some(Tops)),
        },
        Some(decided) => Some(decided),
        None => by_title.or_else(|| last_garment(product_type)),
    };
    let is_called_t_shirt = || says_t_shirt(title) || by_google == Some(Some(TShirts));
    match by_words.or(by_google) {
        Some(Some(Shirts)) if is_called_t_shirt() => Guess::Of(TShirts),
        Some(Some(category)) => Guess::Of(category),
        Some(None) => Guess::Other,
        None if is_of_another_branch(google_category) || is_of_another_branch(product_type) => Guess::Other,
        None if names_a_thing(leaf) || names_a_thing(title) => Guess::Other,
        None => Guess::Silent,
    }
}

fn by_google(category: &str) -> Option<Option<Category>> {
    let words = GOOGLE.iter().find(|(number, _)| *number == category.trim()).map_or(category, |(_, words)| words);
    last_garment(words.rsplit('>').next().unwrap_or_default())
}

/// Whether a path, or a number, leads to where nothing is worn.
fn is_of_another_branch(path: &str) -> bool {
    let path = path.trim().to_lowercase();
    let root = path.split('>').next().unwrap_or_default().trim();
    let is_known = BRANCHES.iter().any(|(number, english, german)| {
        *number == root || english.to_lowercase() == root || german.to_lowercase() == root
    });
    (is_known || OTHER_BRANCHES.contains(&root)) && !WORN.iter().any(|worn| path.contains(worn))
}

/// The words of a text up to its details, in small letters, those that are written in two joined.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::<String>::new();
    for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if DETAILS.contains(&word) {
            break;
        }
        let is_second = |&&(first, second, _): &&(&str, &str, &str)| {
            words.last().is_some_and(|last| last == first) && word.trim_end_matches('s') == second
        };
        match JOINED.iter().find(is_second) {
            Some((_, _, joined)) => {
                words.pop();
                words.push((*joined).to_owned());
            }
            None => words.push(word.to_owned()),
        }
    }
    words
}

/// The last garment word: none if there is none, `Some(None)` if it is none of the eight.
fn last_garment(text: &str) -> Option<Option<Category>> {
    words(text).iter().rev().find_map(|word| garment(word)).map(|(_, category)| category)
}

/// Whether the last garment word is *T-shirt* or *tee*; a *polo* may be its maker.
fn says_t_shirt(text: &str) -> bool {
    let last = words(text).iter().rev().find_map(|word| garment(word));
    last.is_some_and(|(ending, category)| category == Some(TShirts) && ending != "polo")
}

fn garment(word: &str) -> Option<(&'static str, Option<Category>)> {
    WORDS
        .iter()
        .filter(|(ending, _)| {
            PLURALS.iter().any(|plural| {
                word.strip_suffix(plural).and_then(|singular| singular.strip_suffix(ending)).is_some_and(|before| {
                    // Short words end many others: `top` in laptop, `hat` in that, `rock` in frock; a nightshirt is none.
                    before.is_empty()
                        || ending.len() > 3 && *ending != T_SHIRT && (*ending != "rock" || before.len() > 3)
                })
            })
        })
        .max_by_key(|(ending, _)| ending.len())
        .copied()
}

fn names_a_thing(text: &str) -> bool {
    let words = words(text);
    let is_thing =
        |word: &String| PLURALS.iter().any(|end| word.strip_suffix(end).is_some_and(|word| THINGS.contains(&word)));
    let is_for_skin = |(before, word): (&String, &String)| CREAMS.contains(&&**word) && SKIN.contains(&&**before);
    let is_compound = |word: &String| {
        let before = CREAMS.iter().find_map(|cream| word.strip_suffix(cream));
        before.is_some_and(|before| SKIN.contains(&before))
    };
    words.iter().any(|word| is_thing(word) || is_compound(word))
        || words.iter().zip(words.iter().skip(1)).any(is_for_skin)
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
            ("", "Anna, cream", Silent),
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

    #[test]
    fn shirts_are_t_shirts_where_title_or_google_says_so() {
        let google = "Apparel & Accessories > Clothing > Clothing Tops > T-Shirts";
        for (google, product_type, title, expected) in [
            ("", "Graphic shirt", "“The Band” T-Shirt", TShirts),
            (google, "Shirts", "Example", TShirts),
            (google, "", "Band shirt", TShirts),
            ("", "Men > Shirts", "Logo tee", TShirts),
            ("", "Men > Shirts", "Oxford by Polo", Shirts),
            ("212", "Men > Shirts", "Oxford", Shirts),
            (google, "Blouses > Jumpers", "Anna", Jumpers),
        ] {
            assert_eq!(category(google, product_type, title), Of(expected), "{google:?} {product_type:?} {title:?}");
        }
    }

    #[test]
    fn a_t_before_shirt_in_another_word_makes_no_t_shirt() {
        assert_eq!(category("", "", "Leaf print shirt"), Of(Shirts));
        assert_eq!(category("", "", "Velvet shirts"), Of(Shirts));
        assert_eq!(category("", "", "Cotton nightshirt"), Other);
        assert_eq!(category("", "", "Band T Shirts"), Of(TShirts));
    }

    #[test]
    fn high_tops_and_trainers_are_shoes() {
        for title in ["Canvas high tops", "Canvas High-Top", "Red hi-tops", "Running trainers"] {
            assert_eq!(category("", "Women > New in", title), Other, "{title}");
        }
        assert_eq!(category("", "", "Delhi tops"), Of(Tops));
        assert_eq!(category("", "", "High waist top"), Of(Tops));
    }

    #[test]
    fn what_nobody_wears_is_not_left_to_the_picture() {
        for (google, product_type, title) in [
            ("", "Consumer Electronics > TVs > Flat Panel TVs", "LG Flatron M2262D 22\" Full HD LCD TV"),
            ("", "", "22\" LED TV - 1080p"),
            ("Media > DVDs & Videos", "", "Merlin: Series 3"),
            ("", "", "Merlin: Series 3 - Volume 2 - 3 DVD Box set"),
            ("", "Health & Beauty > Personal Care > Skin Care", "Restoring"),
            ("", "", "Restoring Wrinkle Creme Rich Texture 30ml"),
            ("", "", "Handcreme"),
            ("Animals > Pet Supplies", "", "Anna"),
            ("", "", "Dog Bowl In Blue"),
            ("Elektronik > Audio", "", "Anna"),
            ("536", "", "Anna"),
        ] {
            assert_eq!(category(google, product_type, title), Other, "{google:?} {product_type:?} {title:?}");
        }
        for (google, title) in [
            ("Sporting Goods > Outdoor Recreation > Cycling > Bicycle Clothing > Bicycle Jerseys", "Cool Flow"),
            ("Apparel & Accessories > Clothing > Activewear", "Cool Flow"),
            ("Vêtements et accessoires > Vêtements", "Anna"),
            ("", "Anna creme"),
        ] {
            assert_eq!(category(google, "", title), Silent, "{google:?} {title:?}");
        }
        assert_eq!(category("Sporting Goods > Fitness", "", "Yoga leggings"), Of(Trousers), "a garment's word decides");
    }
}
