//! Characters that nobody sees, in every format.

use super::*;

/// One product, with such characters in every field.
fn texts() -> [(&'static str, &'static str); 9] {
    [
        ("id", "\u{FEFF}SKU\u{200B}-\u{2060}1\u{200E}"),
        ("title", "\u{200B}Wickel\u{AD}kleid\u{A0}„\u{202E}Anna\u{202C}“ 👩\u{200D}👧"),
        ("link", "https://shop.example/\u{200B}1\u{FEFF}"),
        ("image_link", "\u{2066}https://cdn.example/\u{AD}1.jpg\u{2069}"),
        ("price", "\u{202A}1\u{202F}299,00\u{A0}EUR\u{202C}"),
        ("availability", "in\u{A0}stock\u{200B}"),
        ("product_type", "Damen\u{A0}> Klei\u{200C}der"),
        ("size", "\u{200F}M\u{200D}"),
        ("gender", "fe\u{AD}male"),
    ]
}

/// What all formats make of it.
fn assert_clean(name: &str, feed: &Feed, id: &str, size_id: &str) {
    assert_eq!((&feed.problems, &feed.dropped), (&vec![], &vec![]), "{name}");
    let [row] = &feed.rows[..] else { panic!("{name}: {feed:?}") };
    assert_eq!((row.id.as_str(), row.title.as_str()), (id, "Wickelkleid „Anna“ 👩\u{200D}👧"), "{name}");
    assert_eq!(row.picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()), "{name}");
    assert_eq!((row.price.to_string().as_str(), row.availability), ("1299.00 EUR", Availability::InStock), "{name}");
    assert_eq!((row.product_type.as_str(), row.category), ("Damen > Kleider", Some(Category::Dresses)), "{name}");
    let sizes: Vec<(&str, &str)> = row.variants.iter().map(|size| (&*size.id, &*size.size)).collect();
    assert_eq!(sizes, [(size_id, "M")], "{name}");
}

#[test]
fn googles_formats_and_json_lines_are_read_without_them() {
    let texts = texts();
    let items: String = texts.iter().map(|(name, text)| format!("<g:{name}>{text}</g:{name}>")).collect();
    let xml = format!("<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><item>{items}</item></channel></rss>");
    let table = |separator: &str| {
        let row = |cells: Vec<&str>| cells.join(separator) + "\n";
        // Two files, put together by a program that kept the mark of the second.
        let headings = texts.iter().map(|(name, _)| *name).collect();
        format!("\u{FEFF}\u{FEFF}{}{}", row(headings), row(texts.iter().map(|(_, text)| *text).collect()))
    };
    let json: serde_json::Map<String, serde_json::Value> =
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    let json = format!("\n\u{FEFF}{}\n", serde_json::Value::from(json));
    for (name, text) in
        [("feed.xml", &xml), ("feed.tsv", &table("\t")), ("feed.csv", &table(";")), ("feed.jsonl", &json)]
    {
        let feed = read_bytes(name, text.as_bytes(), &FeedOptions::default()).expect(name);
        assert_clean(name, &feed, "SKU-1", "SKU-1");
        assert_eq!((feed.rows[0].link.as_str(), feed.rows[0].gender.as_str()), ("https://shop.example/1", "female"));
    }
}

#[test]
fn exports_of_shop_systems_are_read_without_them() {
    let [_, (_, title), _, (_, picture), ..] = texts();
    let shopify = format!(
        "Hand\u{200B}le,Title,Type,Status,Option1\u{A0}Name,Option1 Value,Variant SKU,Variant Price,Image Src\n\
         dress\u{200B},{title},Damen\u{A0}> Klei\u{200C}der,ac\u{AD}tive,\u{FEFF}Größe,M\u{200D},\u{200E}SKU-1,\"1\u{202F}299,00\",{picture}\n\
         dre\u{AD}ss,,,,,,,,{picture}\n"
    );
    let feed = read_bytes("products.csv", shopify.as_bytes(), &euros()).expect("a feed");
    assert_clean("Shopify", &feed, "dress", "SKU-1");
    let woo = format!(
        "ID,Type,SKU,Name,Published,Regular\u{A0}price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n\
         1\u{200B},vari\u{AD}able,dr\u{200B}ess,{title},\u{FEFF}1,,Damen\u{A0}> Klei\u{200C}der,{picture},,,\n\
         2\u{200E},variation\u{200B},,,1,\"1\u{202F}299,00\",,,dress\u{AD},Größe\u{200B},\u{2066}M\u{2069}\n"
    );
    let feed = read_bytes("woo.csv", woo.as_bytes(), &euros()).expect("a feed");
    assert_clean("WooCommerce", &feed, "1", "2");
}

#[test]
fn entities_bring_none_of_them_in() {
    for (text, expected) in [
        ("Wickel&shy;kleid&nbsp;&#8203;rot", "Wickelkleid rot"),
        ("Wickel&#xAD;kleid&zwnj; rot&#x202F;", "Wickelkleid rot"),
    ] {
        let line = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace("Linen shirt", text);
        let described = line.replace('}', &format!(r#", "description": "<p>{text}</p>"}}"#));
        let (rows, problems) = read_text("feed.jsonl", &described, &FeedOptions::default()).expect("a feed");
        assert_eq!((rows.len(), problems.len()), (1, 0), "{problems:?}");
        assert_eq!((rows[0].title.as_str(), rows[0].description.as_str()), (expected, expected));
    }
    let line = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace("Linen shirt", "&nbsp;");
    let (rows, problems) = read_text("feed.jsonl", &line, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), problems[0].to_string()), (0, "feed.jsonl:1: title: expected a text, got none".to_owned()));
}

#[test]
fn the_shops_table_of_categories_is_read_without_them_too() {
    let categories =
        crate::catalogue::category_table::CategoryTable::parse("Wickel\u{AD}kleid → tops\n").expect("a table");
    let options = FeedOptions { categories, ..FeedOptions::default() };
    let line = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    let line = line.replace('}', r#", "product_type": "Neu > Wickel\u200bkleid"}"#);
    let (rows, _) = read_text("feed.jsonl", &line, &options).expect("a feed");
    assert_eq!(rows[0].category, Some(Category::Tops));
}
