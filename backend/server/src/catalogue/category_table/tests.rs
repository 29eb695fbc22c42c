//! Tables are read line by line, and the first line that fits decides.

use super::*;

const TABLE: &str = "\u{feff}# our departments
Strick & Cardigans → jumpers

Damen > Tops* -> t-shirts
title: * body\ttops
google_product_category: 212 → Shirts
product_type: Outlet → NONE
Damen > * → dresses
";

fn texts<'a>(google_category: &'a str, product_type: &'a str, title: &'a str) -> Texts<'a> {
    Texts { google_category, product_type, title }
}

#[test]
fn the_first_line_that_fits_decides() {
    let table = CategoryTable::parse(TABLE).expect("a table");
    assert_eq!(table.lines().len(), 6);
    for (product, expected) in [
        (texts("", "Damen > Strick & Cardigans", "Anna"), Some((2, Some(Category::Jumpers)))),
        (texts("Strick & Cardigans", "", "Anna"), Some((2, Some(Category::Jumpers)))),
        (texts("", "Damen > Topsellers", "Anna"), Some((4, Some(Category::TShirts)))),
        (texts("", "Basics", "Lace body"), Some((5, Some(Category::Tops)))),
        (texts("212", "Basics", "Anna"), Some((6, Some(Category::Shirts)))),
        (texts("", "212", "Anna"), None),
        (texts("", "Outlet > Damen", "Anna"), Some((7, None))),
        (texts("", "Damen > Kleider", "Anna"), Some((8, Some(Category::Dresses)))),
        (texts("", "Herren", "Strick & Cardigans"), None),
    ] {
        let found = table.line_of(product).map(|line| (line.number, line.category));
        assert_eq!(found, expected, "{product:?}");
    }
    assert!(CategoryTable::default().line_of(texts("", "Strick", "")).is_none());
}

#[test]
fn a_wrong_line_is_named_with_what_was_expected() {
    for (text, message) in [
        ("Strick jumpers", "line 1: expected PATTERN → CATEGORY, got \"Strick jumpers\""),
        ("\n→ tops", "line 2: expected PATTERN → CATEGORY, got \"→ tops\""),
        ("Strick →", "line 1: expected PATTERN → CATEGORY, got \"Strick →\""),
        (
            "# hats\nHats → hats",
            "line 2: expected one of blazers, dresses, jumpers, shirts, skirts, trousers, t-shirts, tops, or none, got \"hats\"",
        ),
        ("* → tops", "line 1: expected at least one word, got \"*\""),
        ("title: → tops", "line 1: expected at least one word, got \"title:\""),
        ("a → tops\nb → tops\nA -> none", "line 3: the pattern of line 1 again, got \"A\""),
    ] {
        assert_eq!(CategoryTable::parse(text).expect_err(text).to_string(), message);
    }
    let long = format!("{} → tops", "x".repeat(201));
    let message = CategoryTable::parse(&long).expect_err("too long").to_string();
    assert!(message.starts_with("line 1: expected at most 200 characters, got \"xxx"), "{message}");
    assert!(CategoryTable::parse("a → tops\ntitle: a → none").is_ok(), "of another text");
    let many: String = (0..=MAX_LINES).map(|number| format!("x{number} → tops\n")).collect();
    assert_eq!(CategoryTable::parse(&many), Err(CategoryTableError::TooLong));
}
