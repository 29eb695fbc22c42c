//! Words of real feeds, and the categories that they name.

use stl_types::Category::{Dresses, Skirts, Trousers};

use super::Guess::{Supported, Unknown, Unsupported};
use super::*;

#[test]
fn feeds_words_become_categories() {
    for (product_type, title, expected) in [
        ("Women > Clothing > Dresses", "Anna", Supported(Dresses)),
        ("Women > Tops", "Linen blouse", Supported(Shirts)),
        ("Women > Tops", "Ribbed tank top", Supported(Tops)),
        ("", "Striped T-Shirt with pocket", Supported(TShirts)),
        ("", "Shirt dress in cotton", Supported(Dresses)),
        ("", "Slim dress shirt", Supported(Shirts)),
        ("", "Dress shoes", Unsupported),
        ("Damen > Sommerkleider", "", Supported(Dresses)),
        ("Herren > Jeanshosen", "", Supported(Trousers)),
        ("Herren > Strickpullover", "", Supported(Jumpers)),
        ("", "Faltenrock aus Wolle", Supported(Skirts)),
        ("", "Freizeithemden", Supported(Shirts)),
        ("Plain blazers", "", Supported(Blazers)),
        ("Men > Sweatshirts", "", Supported(Jumpers)),
        ("Women > Tights", "", Unsupported),
        ("", "Winter coat", Unsupported),
        ("", "Anna, cream", Unknown),
    ] {
        let guess = category("", product_type, title);
        assert_eq!(guess, expected, "{product_type:?} {title:?}");
    }
}

#[test]
fn googles_category_decides_if_the_shops_words_name_none() {
    let path = "Apparel & Accessories > Clothing > Dresses";
    assert_eq!(category(path, "", "Anna"), Supported(Dresses));
    assert_eq!(category("2271", "", "Anna"), Supported(Dresses));
    assert_eq!(category("212", "New arrivals", "Polo Ben"), Supported(TShirts));
    assert_eq!(category("5598", "", "Anna"), Unsupported);
    assert_eq!(category(path, "", "Winter coat"), Unsupported);
    assert_eq!(category("1604", "", "Anna"), Unknown);
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
        assert_eq!(category(google, product_type, title), Supported(expected), "{google:?} {product_type:?} {title:?}");
    }
}

#[test]
fn a_t_before_shirt_in_another_word_makes_no_t_shirt() {
    assert_eq!(category("", "", "Leaf print shirt"), Supported(Shirts));
    assert_eq!(category("", "", "Velvet shirts"), Supported(Shirts));
    assert_eq!(category("", "", "Cotton nightshirt"), Unsupported);
    assert_eq!(category("", "", "Band T Shirts"), Supported(TShirts));
}

#[test]
fn high_tops_and_trainers_are_shoes() {
    for title in ["Canvas high tops", "Canvas High-Top", "Red hi-tops", "Running trainers"] {
        assert_eq!(category("", "Women > New in", title), Unsupported, "{title}");
    }
    assert_eq!(category("", "", "Delhi tops"), Supported(Tops));
    assert_eq!(category("", "", "High waist top"), Supported(Tops));
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
        assert_eq!(category(google, product_type, title), Unsupported, "{google:?} {product_type:?} {title:?}");
    }
    for (google, title) in [
        ("Sporting Goods > Outdoor Recreation > Cycling > Bicycle Clothing > Bicycle Jerseys", "Cool Flow"),
        ("Apparel & Accessories > Clothing > Activewear", "Cool Flow"),
        ("Vêtements et accessoires > Vêtements", "Anna"),
        ("", "Anna creme"),
    ] {
        assert_eq!(category(google, "", title), Unknown, "{google:?} {title:?}");
    }
    assert_eq!(
        category("Sporting Goods > Fitness", "", "Yoga leggings"),
        Supported(Trousers),
        "a garment's word decides"
    );
}

#[test]
fn words_of_another_kind_of_product_exclude_it() {
    for (google, product_type, title) in [
        ("", "Swimwear", "ALESSIA TOP"),
        ("Apparel & Accessories > Clothing > Swimwear", "", "ALESSIA TOP"),
        ("211", "", "ALESSIA TOP"),
        ("", "Women > Swimwear > Tops", "Alessia"),
        ("", "Damen > Damenbademode", "Kleid Anna"),
        ("", "Lingerie > Bras", "Alba"),
        ("", "Lingerie", "Lara top"),
        ("", "Nightwear", "Sleep shirt"),
        ("", "", "Sleep shirt"),
        ("", "Sleepwear & Loungewear", "Anna shorts"),
        ("", "Kids > Toys", "Ella dress"),
        ("1239", "", "Ella dress"),
        ("", "", "Bikini top"),
        ("", "", "Swim shorts"),
        ("", "", "Bikinihose Anna"),
        ("", "", "Pyjama top"),
        ("", "", "Dressing gown"),
        ("Animals & Pet Supplies > Pet Supplies > Dog Supplies > Dog Apparel", "", "Red jumper"),
        ("", "Jewellery > Watches", "Dress watch"),
        ("", "", "Dress watch"),
        ("", "", "Fancy dress"),
        ("", "", "Puppenkleid"),
    ] {
        assert_eq!(category(google, product_type, title), Unsupported, "{google:?} {product_type:?} {title:?}");
    }
    for (google, product_type, title, expected) in [
        ("", "Clothing, Shoes & Jewelry > Women > Dresses", "Anna", Dresses),
        ("", "Dresses & Swimwear > Dresses", "Anna", Dresses),
        ("Apparel & Accessories > Clothing > Swimwear", "Women > Dresses", "Anna", Dresses),
        ("Apparel & Accessories > Clothing > Dresses", "", "Toy print dress", Dresses),
        ("", "Loungewear", "Wide trousers", Trousers),
        ("", "", "Comic book T-shirt", TShirts),
        ("", "", "Slip dress", Dresses),
        ("", "", "Branded top", Tops),
    ] {
        assert_eq!(category(google, product_type, title), Supported(expected), "{google:?} {product_type:?} {title:?}");
    }
}

#[test]
fn every_word_of_the_list_can_be_met_and_names_its_own_category() {
    let excluded = [&WORDS.excluded.kinds, &WORDS.excluded.titles, &WORDS.excluded.apparel];
    let lists = [&WORDS.plurals, &WORDS.details, &WORDS.things.words, &WORDS.things.creams, &WORDS.things.skin];
    let lists = excluded.into_iter().chain(lists);
    let joined: Vec<String> = WORDS.joined.iter().map(|[_, _, joined]| joined.clone()).collect();
    let garments = WORDS.garments.iter().map(|(ending, _)| ending).chain(&joined);
    for word in lists.flatten().chain(garments) {
        assert!(word.chars().all(|letter| letter.is_alphabetic() && letter.is_lowercase()), "{word:?}");
    }
    for (ending, category) in &WORDS.garments {
        assert_eq!(garment(ending).map(|found| found.category), Some(*category), "{ending:?}");
    }
    for category in Category::ALL {
        assert!(WORDS.garments.iter().any(|(_, known)| *known == Some(category)), "{category}");
    }
    for (number, words) in &WORDS.google_categories {
        assert!(number.parse::<u32>().is_ok() && last_garment(words).is_some(), "{number} {words:?}");
    }
    let mut sorted: Vec<&String> = WORDS.garments.iter().map(|(ending, _)| ending).collect();
    sorted.sort();
    assert!(sorted.windows(2).all(|pair| pair[0] != pair[1]), "each word once: {sorted:?}");
}
