//! Sizes from the feed to the API: grouped by what pictures show, searched, counted, changed one by one.

use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use image::ImageFormat;
use serde_json::{Value, json};
use stl_server::catalogue::edit::{EditReport, delete, update};
use stl_server::catalogue::feed::{FeedChanges, FeedOptions, read_changes};
use stl_server::catalogue::import::import;
use stl_server::catalogue::{Article, ImportReport, Store};
use stl_types::Category;
use stl_types::wire::{Availability, FacetCounts, Product, SearchResponse, WholeProduct};

use crate::requests::{get, post, ready_app_of};
use crate::support::{BLUE, GREEN, RED, encoded, line, models, options, png, rectangle};

/// A row of a size.
fn size(id: &str, picture: &str, more: Value) -> String {
    let mut row: Value = serde_json::from_str(&line(id, picture, "shirts")).expect("an object");
    for (name, value) in more.as_object().expect("an object") {
        row[name] = value.clone();
    }
    row.to_string() + "\n"
}

fn import_lines(root: &Path, lines: &[String]) -> ImportReport {
    fs::write(root.join("feed/products.jsonl"), lines.concat()).expect("written");
    import(&root.join("feed"), &root.join("catalogue"), &models(), &options(), |_, _| {}).expect("imported")
}

fn articles(root: &Path) -> Vec<Article> {
    Store::open(&root.join("catalogue")).and_then(|mut store| store.read()).expect("a catalogue").1
}

/// Pictures of a red and a green article: the red one also as a copy, compressed anew, and with another article's colour.
fn write_pictures(root: &Path) {
    fs::create_dir_all(root.join("feed")).expect("a folder");
    let red = rectangle(300, 400, RED);
    for (name, file) in [
        ("red.png", png(&red)),
        ("copy.png", png(&red)),
        ("anew.jpg", encoded(&red, ImageFormat::Jpeg)),
        ("smaller.jpg", encoded(&rectangle(150, 200, RED), ImageFormat::Jpeg)),
        ("green.png", png(&rectangle(300, 400, GREEN))),
        ("blue.png", png(&rectangle(300, 400, BLUE))),
    ] {
        fs::write(root.join("feed").join(name), file).expect("written");
    }
}

#[test]
fn without_colours_the_pictures_tell_which_rows_are_sizes_of_one_article() {
    let root = tempfile::tempdir().expect("a folder");
    write_pictures(root.path());
    let of = |id: &str, picture: &str, size_name: &str, color: &str| {
        size(id, picture, json!({"item_group_id": "shirt", "size": size_name, "color": color}))
    };
    let lines = [
        of("r-s", "red.png", "S", ""),
        of("g-s", "green.png", "S", ""),
        of("r-m", "copy.png", "M", ""),
        of("r-l", "anew.jpg", "L", ""),
        of("r-xl", "smaller.jpg", "XL", "red"),
        of("g-m", "green.png", "M", ""),
        of("b-s", "blue.png", "S", "blue"),
        // Two colours, which share their only picture.
        size("x-s", "blue.png", json!({"item_group_id": "other", "size": "S", "color": "black"})),
        size("y-s", "blue.png", json!({"item_group_id": "other", "size": "S", "color": "white"})),
    ];
    let report = import_lines(root.path(), &lines);
    let found = |root: &Path| -> Vec<(String, Vec<String>)> {
        let sizes = |article: &Article| article.variants.iter().map(|variant| variant.size.clone()).collect();
        articles(root).iter().map(|article| (article.id.clone(), sizes(article))).collect()
    };
    let expected = [
        ("b-s", vec!["S"]),
        ("g-s", vec!["S", "M"]),
        ("r-s", vec!["S", "M", "L", "XL"]),
        ("x-s", vec!["S"]),
        ("y-s", vec!["S"]),
    ]
    .map(|(id, sizes)| (id.to_owned(), sizes.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!((found(root.path()), report.merged, report.imported), (expected.to_vec(), 4, 5), "{report:?}");
    // The same again: the articles are the same. The two files that only show the same were not kept, and are encoded again.
    let again = import_lines(root.path(), &lines);
    assert_eq!((again.encoded, again.imported, found(root.path())), (2, 5, expected.to_vec()));
}

/// A shop with a shirt in two colours and a shirt without sizes.
fn sized_shop(root: &Path) {
    write_pictures(root);
    let of = |id: &str, picture: &str, color: &str, size_name: &str, price: &str, stock: &str| {
        let more = json!({"item_group_id": "shirt", "color": color, "size": size_name, "price": price,
            "availability": stock, "link": format!("https://shop.example/{id}"), "size_system": "EU"});
        size(id, picture, more)
    };
    let lines = [
        of("r-36", "red.png", "red", "36", "15 EUR", "out_of_stock"),
        of("r-38", "red.png", "red", "38", "20 EUR", "in_stock"),
        of("r-40", "red.png", "red", "40", "25 EUR", "preorder"),
        of("g-36", "green.png", "green", "36", "20 EUR", "in_stock"),
        size("plain", "blue.png", json!({})),
    ];
    let report = import_lines(root, &lines);
    assert_eq!((report.imported, report.merged), (3, 2), "{report:?}");
}

#[tokio::test]
async fn sizes_are_on_cards_searched_for_and_counted() {
    let root = tempfile::tempdir().expect("a folder");
    sized_shop(root.path());
    let app = || ready_app_of(&root.path().join("catalogue"));
    // Found by its own id, that of a size, and the first one of its group.
    for (id, found) in [("r-36", "r-36"), ("r-40", "r-36"), ("shirt", "g-36"), ("plain", "plain")] {
        let product: Product = get(app(), &format!("/api/v1/products/{id}")).await.json();
        assert_eq!(product.id, found);
    }
    let WholeProduct { product: red, variants, item_group_id } = get(app(), "/api/v1/products/r-36").await.json();
    assert_eq!(item_group_id, "shirt");
    assert_eq!((red.price.amount_minor, red.availability), (2000, Availability::InStock));
    assert_eq!(red.highest_price.as_ref().map(|price| price.amount_minor), Some(2500));
    assert_eq!(
        (red.link.as_str(), &red.sizes[..]),
        ("https://shop.example/r-38", &["38".to_owned(), "40".to_owned()][..])
    );
    let variants: Vec<(&str, &str, Availability)> =
        variants.iter().map(|variant| (&*variant.id, &*variant.size, variant.availability)).collect();
    let expected = [
        ("r-36", "36", Availability::OutOfStock),
        ("r-38", "38", Availability::InStock),
        ("r-40", "40", Availability::Preorder),
    ];
    assert_eq!(variants, expected);

    let ids = async |query: &str| -> Vec<String> {
        let body = png(&rectangle(300, 400, RED));
        let answer = post(app(), &format!("/api/v1/search?{query}"), "image/png", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        let response: SearchResponse = answer.json();
        let rows = response
            .categories
            .into_iter()
            .filter(|row| row.cards.iter().any(|card| card.product.category == Category::Shirts));
        let mut ids: Vec<String> = rows.flat_map(|row| row.cards).map(|card| card.product.id).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    for (query, expected) in [
        ("", vec!["g-36", "plain", "r-36"]),
        ("size=36", vec!["g-36"]),
        ("size=EU+38&size=36", vec!["g-36", "r-36"]),
        ("size=40", vec!["r-36"]),
        ("size=40&in_stock=true", vec![]),
        ("size=42", vec![]),
    ] {
        assert_eq!(ids(query).await, expected, "{query}");
    }
    let facets: FacetCounts = get(app(), "/api/v1/facets").await.json();
    let counts: Vec<(&str, usize)> = facets.sizes.values.iter().map(|value| (&*value.value, value.count)).collect();
    assert_eq!(counts, [("36", 1), ("38", 1), ("40", 1)]);
}

#[test]
fn a_change_reaches_a_size_or_all_of_an_article() {
    let root = tempfile::tempdir().expect("a folder");
    sized_shop(root.path());
    let change = |rows: &str| -> EditReport {
        let path = root.path().join("changes.tsv");
        fs::write(&path, format!("id\tprice\tavailability\n{rows}")).expect("written");
        let FeedChanges { changes, problems, .. } = read_changes(&path, &FeedOptions::default()).expect("changes");
        assert_eq!(problems, []);
        update(&root.path().join("catalogue"), "", &changes).expect("changed")
    };
    let offer = |id: &str| {
        let article = articles(root.path()).into_iter().find(|article| article.id == id).expect("an article");
        let sizes: Vec<(u64, Availability)> =
            article.variants.iter().map(|variant| (variant.amount_minor, variant.availability)).collect();
        (article.price.to_string(), article.availability, sizes)
    };
    use Availability::{InStock, OutOfStock, Preorder};
    // The first size has the article's id: the change is of that size.
    assert_eq!(change("r-36\t12 EUR\tin_stock\nr-38\t\tout_of_stock\n").edited, 1);
    assert_eq!(
        offer("r-36"),
        ("12.00 EUR".to_owned(), InStock, vec![(1200, InStock), (2000, OutOfStock), (2500, Preorder)])
    );
    assert_eq!(change("r-36\t\tout of stock\nr-40\t30 EUR\tout of stock\n").edited, 1);
    assert_eq!(offer("r-36").1, OutOfStock);
    // By the group, all of its articles.
    assert_eq!(change("shirt\t9 EUR\tin stock\n").edited, 2);
    assert_eq!(offer("r-36"), ("9.00 EUR".to_owned(), InStock, vec![(900, InStock); 3]));
    assert_eq!(offer("g-36").2, vec![(900, InStock)]);
    // One size alone cannot be in another currency.
    let report = change("r-38\t9 USD\t\nnobody\t1 EUR\t\nshirt\t8 USD\t\n");
    assert_eq!(
        (report.edited, &report.unknown[..], &report.other_currency[..]),
        (2, &["nobody".to_owned()][..], &["r-38".to_owned()][..])
    );
    assert_eq!(offer("r-36").0, "8.00 USD");
    assert_eq!(report.reasons().count(), 2);
    // An article without sizes is changed as before.
    assert_eq!(change("plain\t7 EUR\t\n").edited, 1);
    assert_eq!(offer("plain").0, "7.00 EUR");
}

#[test]
fn a_size_or_group_that_is_to_be_deleted_names_its_product() {
    let root = tempfile::tempdir().expect("a folder");
    sized_shop(root.path());
    let ids = ["r-38", "shirt", "nobody", "plain"].map(str::to_owned);
    let report = delete(&root.path().join("catalogue"), &models(), "", &ids).expect("deleted");
    assert_eq!((report.edited, report.unknown.len()), (1, 3));
    let reasons: Vec<String> = report.reasons().collect();
    assert_eq!(reasons[0], "\"r-38\" is of a size or group: name the product \"r-36\", which is deleted whole");
    assert!(reasons[1].starts_with("\"shirt\" is of a size or group: name the product "), "{reasons:?}");
    assert_eq!(reasons[2], "there is no product \"nobody\"");
}
