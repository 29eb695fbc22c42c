//! What is the shop's own: its table of categories, further attributes and labels.

use super::*;
use crate::catalogue::categories::{CategoryCount, DecidedBy};
use crate::catalogue::category_table::CategoryTable;

/// Rows with these texts after the fields that every product needs.
fn feed(rows: &[&str], options: &FeedOptions) -> Feed {
    let lines: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(number, more)| {
            format!(
                r#"{{"id": "{number}", "link": "https://shop.example/{number}", "image_link": "https://cdn.example/{number}.png",
                "price": "9 EUR", "availability": "in_stock", {more}}}"#
            )
            .replace('\n', " ")
        })
        .collect();
    read_bytes("feed.jsonl", (lines.join("\n") + "\n").as_bytes(), options).expect("a feed")
}

#[test]
fn the_shops_table_decides_before_the_words_and_after_the_field() {
    let table = "Damen > Strick → jumpers\ntitle: *body → tops\nOutlet → none\nSchuhe* → none\nNothing → tops\n";
    let categories = CategoryTable::parse(table).expect("a table");
    let options = FeedOptions { categories, ..FeedOptions::default() };
    let rows = [
        r#""title": "Rock Anna", "product_type": "Damen > Strick""#,
        r#""title": "Rock Berta", "product_type": "Damen > Strick", "category": "skirts""#,
        r#""title": "Spitzenbody", "product_type": "Damen > Neu""#,
        r#""title": "Kleid Clara", "product_type": "Outlet > Damen""#,
        r#""title": "Kleid Dora", "product_type": "Damen > Kleider""#,
        r#""title": "Eva", "product_type": "Damen > Neu""#,
        r#""title": "Stiefel Frida", "product_type": "Damen > Stiefel""#,
    ];
    let feed = feed(&rows, &options);
    let found: Vec<(&str, Option<Category>, &str)> =
        feed.rows.iter().map(|row| (row.title.as_str(), row.category, row.decided_by.name())).collect();
    let expected = [
        ("Rock Anna", Some(Category::Jumpers), "table"),
        ("Rock Berta", Some(Category::Skirts), "feed"),
        ("Spitzenbody", Some(Category::Tops), "table"),
        ("Kleid Dora", Some(Category::Dresses), "words"),
        ("Eva", None, "picture"),
    ];
    assert_eq!(found, expected);
    // What the shop does not want is no fault; what the words leave out is one.
    assert_eq!((feed.unwanted, feed.problems.len()), (1, 1), "{:?}", feed.problems);
    assert_eq!(feed.hints, ["lines of the table of categories that decide about no product: 4, 5"]);
    let left_out = |by, classification: &str, example: &str| {
        let (classification, example) = (classification.to_owned(), example.to_owned());
        CategoryCount { classification, by, category: None, count: 1, example }
    };
    let expected = [
        left_out(DecidedBy::Words, "Damen > Stiefel", "Stiefel Frida"),
        left_out(DecidedBy::Table("Outlet".to_owned()), "Outlet > Damen", "Kleid Clara"),
    ];
    assert_eq!(feed.categories.counts(), expected);
}

#[test]
fn attributes_and_labels_are_read_and_other_columns_only_if_they_are_asked_for() {
    let row = r#""title": "Top", "age_group": "Erwachsene", "material": "Cotton/Linen", "pattern": "Dots &amp; stripes",
        "custom_label_0": "new", "custom_label_4": 7, "Season code": "AW26", "fit": "slim""#;
    let read = feed(&[row], &FeedOptions::default());
    let labels = |feed: &Feed| -> Vec<(String, String)> { feed.rows[0].labels.clone().into_iter().collect() };
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let [FeedRow { age_group, material, pattern, .. }] = &read.rows[..] else { panic!("{read:?}") };
    assert_eq!((&**age_group, &**material, &**pattern), ("adult", "Cotton/Linen", "Dots & stripes"));
    assert_eq!(labels(&read), [pair("custom_label_0", "new"), pair("custom_label_4", "7")]);
    let names = ["Season code", "season", "fit"].map(str::to_owned);
    let options = FeedOptions { kept: KeptColumns::new(&names).expect("names"), ..FeedOptions::default() };
    let read = feed(&[row], &options);
    let kept =
        [pair("custom_label_0", "new"), pair("custom_label_4", "7"), pair("fit", "slim"), pair("season_code", "AW26")];
    assert_eq!(labels(&read), kept);
    assert_eq!(read.hints, ["the column \"season\" that shall be kept has no text in any row"]);
    let wrong = feed(&[r#""title": "Top", "age_group": "13+""#], &FeedOptions::default());
    assert_eq!((wrong.rows[0].age_group.as_str(), wrong.dropped[0].field), ("", "age_group"));
}

#[test]
fn shopifys_and_woocommerces_columns_become_attributes_and_labels() {
    let names = ["Tags"].map(str::to_owned);
    let options = FeedOptions { kept: KeptColumns::new(&names).expect("names"), ..euros() };
    let shopify = "Handle,Title,Variant Price,Image Src,Tags,Google Shopping / Age Group,Google Shopping / Custom Label 1,\
                   Stoff (product.metafields.shopify.fabric)\n\
                   top,Top,9.00,https://cdn.example/1.png,\"summer, new\",adult,margin,cotton; linen\n";
    let read = read_bytes("products_export.csv", shopify.as_bytes(), &options).expect("a feed");
    let [row] = &read.rows[..] else { panic!("{read:?}") };
    assert_eq!((row.age_group.as_str(), row.material.as_str()), ("adult", "cotton/linen"));
    let labels: Vec<(&str, &str)> = row.labels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(labels, [("custom_label_1", "margin"), ("tags", "summer, new")]);
    let woocommerce = "ID,Type,SKU,Name,Published,Regular price,Categories,Images,Tags\n\
                       7,simple,s,Top,1,9,Tops,https://cdn.example/1.png,summer\n";
    let read = read_bytes("wc-export.csv", woocommerce.as_bytes(), &options).expect("a feed");
    let [row] = &read.rows[..] else { panic!("{read:?}") };
    assert_eq!(row.labels.get("tags").map(String::as_str), Some("summer"));
}
