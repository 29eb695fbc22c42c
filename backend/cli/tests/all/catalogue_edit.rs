//! `catalogue update | delete | show | stats | verify | export`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{PRODUCTS, write_feed};

fn catalogue(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    command.arg("catalogue").args(words).current_dir(folder).output().expect("run")
}

fn status(folder: &Path, words: &[&str]) -> Option<i32> {
    catalogue(folder, words).status.code()
}

fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_feed(&folder.path().join("feed"));
    assert_eq!(status(folder.path(), &["import", "feed"]), Some(0));
    folder
}

fn shown(folder: &Path, id: &str) -> Value {
    let output = catalogue(folder, &["show", id]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The products of a catalogue, but for the addresses of their pictures: an import encodes these again, and an address names the bytes.
fn listed(at: &Path, name: &str) -> Vec<Value> {
    let lines = String::from_utf8(catalogue(at, &["list", "--json", "--catalogue", name]).stdout).expect("text");
    let mut products: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    products.iter_mut().filter_map(Value::as_object_mut).for_each(|product| drop(product.remove("image_url")));
    products
}

#[test]
fn prices_and_stock_change_without_any_picture() {
    let folder = imported();
    let at = folder.path();
    let features = at.join("catalogue/features-1.bin");
    let written = || fs::metadata(&features).and_then(|file| file.modified()).expect("features");
    let before = written();
    let changes = "id\tprice\tavailability\n\
        skirts-a\t9.95 EUR\t\n\
        tops-b\t\tout of stock\n\
        nobody\t1 EUR\t\n\
        tops-a\tcheap\t\n";
    fs::write(at.join("changes.tsv"), changes).expect("written");
    let output = catalogue(at, &["update", "changes.tsv"]);
    let reasons = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{reasons}");
    assert!(reasons.contains("changes.tsv:5: price: ") && reasons.contains("no product \"nobody\""), "{reasons}");
    assert_eq!(shown(at, "skirts-a")["price"]["amount_minor"], 995);
    assert_eq!(shown(at, "tops-b")["availability"], "out_of_stock");
    assert_eq!(shown(at, "tops-a")["price"]["amount_minor"], 1995);
    assert_eq!(written(), before);
    assert_eq!(status(at, &["verify"]), Some(0));
    let stats = catalogue(at, &["stats", "--json"]);
    let stats: Value = serde_json::from_slice(&stats.stdout).expect("JSON");
    assert_eq!((&stats["version"], &stats["products"], &stats["in_stock"]), (&2.into(), &PRODUCTS.into(), &23.into()));
    // Importing again knows all pictures, and has the feed's prices.
    let output = catalogue(at, &["import", "feed"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("(0 encoded"), "{output:?}");
    assert_eq!(shown(at, "skirts-a")["price"]["amount_minor"], 1995);
}

#[test]
fn changes_of_one_product_are_made_in_their_order_and_others_than_changes_are_refused() {
    let folder = imported();
    let at = folder.path();
    let changes = r#"{"id": "skirts-a", "price": "9 EUR"}
{"id": "skirts-a", "availability": "out_of_stock"}
{"id": "skirts-a", "price": "8 EUR"}
"#;
    fs::write(at.join("changes.jsonl"), changes).expect("written");
    assert_eq!(status(at, &["update", "changes.jsonl"]), Some(0));
    let product = shown(at, "skirts-a");
    assert_eq!((&product["price"]["amount_minor"], &product["availability"]), (&800.into(), &"out_of_stock".into()));
    fs::write(at.join("old.csv"), b"id;price\nskirts-a;7 \x80\n").expect("written");
    let output = catalogue(at, &["update", "old.csv"]);
    let note = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && note.starts_with("note: the file is not UTF-8: it was read as Windows-1252"),
        "{note}"
    );
    assert_eq!(shown(at, "skirts-a")["price"]["amount_minor"], 700);
    fs::write(at.join("woo.csv"), "ID,Type,SKU,Name,Regular price,Images\n1,simple,a,Skirt,9,x.jpg\n")
        .expect("written");
    let output = catalogue(at, &["update", "woo.csv"]);
    let reasons = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && reasons.contains("got woocommerce-csv"), "{reasons}");
    fs::write(at.join("unknown.jsonl"), r#"{"id": "nobody", "price": "9 EUR"}"#).expect("written");
    assert_eq!(status(at, &["update", "unknown.jsonl"]), Some(1), "nothing was changed");
    assert_eq!(status(at, &["delete", "nobody"]), Some(1));
}

#[test]
fn a_dry_run_refuses_what_an_import_would_refuse() {
    let folder = imported();
    let at = folder.path();
    fs::write(at.join("empty.jsonl"), "").expect("written");
    let lines = fs::read_to_string(at.join("feed/products.jsonl")).expect("a feed");
    let half: Vec<&str> = lines.lines().take(PRODUCTS / 2).collect();
    fs::write(at.join("feed/half.jsonl"), half.join("\n") + "\n").expect("written");
    for feed in ["empty.jsonl", "feed/half.jsonl"] {
        assert_eq!(status(at, &["import", feed, "--dry-run"]), Some(1), "{feed}");
        assert_eq!(status(at, &["import", feed]), Some(1), "{feed}");
    }
    assert_eq!(status(at, &["import", "feed/half.jsonl", "--dry-run", "--force"]), Some(0));
    assert_eq!(status(at, &["import", "feed", "--dry-run", "--shop-url", "https://"]), Some(1), "no address");
}

#[test]
fn deleted_products_are_gone_and_the_others_keep_their_features() {
    let folder = imported();
    let at = folder.path();
    assert_eq!(status(at, &["delete", "skirts-a", "skirts/c ü", "nobody"]), Some(2));
    assert_eq!(status(at, &["show", "skirts-a"]), Some(1));
    assert_eq!(shown(at, "skirts-b")["category"], "skirts");
    assert_eq!(status(at, &["verify"]), Some(0));
    let lines = String::from_utf8(catalogue(at, &["list", "--json"]).stdout).expect("text");
    assert_eq!(lines.lines().count(), PRODUCTS - 2);
    let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ids: Vec<&str> = all.iter().filter_map(|product| product["id"].as_str()).collect();
    let output = catalogue(at, &[&["delete"], &ids[..]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("all products would be gone"), "{output:?}");
    // Encoded before, found again.
    let output = catalogue(at, &["import", "feed"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(status(at, &["verify"]), Some(0));
}

#[test]
fn an_export_is_a_feed_of_the_same_products() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_feed(&at.join("feed"));
    let path = at.join("feed/products.jsonl");
    let further = r#"{"additional_image_link": ["images/tops-other.jpg", "images/skirts.png"], "id": "skirts-a","#;
    let feed = fs::read_to_string(&path).expect("a feed").replace(r#""id":"skirts-a","#, &further[1..]);
    fs::write(&path, feed).expect("written");
    assert_eq!(status(at, &["import", "feed"]), Some(0));
    assert_eq!(
        shown(at, "skirts-a")["further_pictures"].as_array().map(Vec::len),
        Some(1),
        "without the title picture"
    );
    let stats = catalogue(at, &["stats", "--json"]);
    let stats: Value = serde_json::from_slice(&stats.stdout).expect("JSON");
    assert_eq!((&stats["further_pictures"], &stats["with_further_pictures"]), (&1.into(), &1.into()));
    assert_eq!(status(at, &["export", "out"]), Some(0));
    assert_eq!(status(at, &["export", "out"]), Some(1), "nothing is overwritten");
    assert_eq!(status(at, &["export", "catalogue"]), Some(1), "a copy onto itself would empty the pictures");
    assert_eq!(status(at, &["verify"]), Some(0));
    assert_eq!(status(at, &["import", "out", "--catalogue", "again"]), Some(0));
    let list = |name: &str| String::from_utf8(catalogue(at, &["list", "--catalogue", name]).stdout).expect("text");
    assert_eq!(list("again"), list("catalogue"));
    assert_eq!(status(at, &["export", "out-again", "--catalogue", "again"]), Some(0));
    let feed = fs::read_to_string(at.join("out-again/products.jsonl")).expect("a feed");
    let rows: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let with_further: Vec<&Value> = rows.iter().filter(|row| row.get("additional_image_link").is_some()).collect();
    assert_eq!((with_further.len(), &with_further[0]["id"]), (1, &"skirts-a".into()));
}

#[test]
fn an_export_keeps_all_sizes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_feed(&at.join("feed"));
    let path = at.join("feed/products.jsonl");
    let feed = fs::read_to_string(&path).expect("a feed");
    let sized = |id: &str, color: &str, size: &str, more: &str| {
        format!(
            r#"{{"id": "{id}", "item_group_id": "sized", "title": "Skirt {size}", "link": "https://shop.example/{id}",
            "image_link": "images/skirts.png", "price": "20 EUR", "availability": "in_stock", "category": "skirts",
            "color": "{color}", "size": "{size}", "size_system": "EU"{more}}}"#
        )
        .replace('\n', " ")
    };
    let rows = [
        sized("s-36", "red", "36", r#", "gtin": "4006381333931""#),
        sized("s-38", "red", "38", r#", "sale_price": "15 EUR", "sale_price_effective_date": "2026-11-27T00:00Z/""#),
        sized("b-36", "blue", "36", ""),
    ];
    fs::write(&path, format!("{feed}\n{}\n", rows.join("\n"))).expect("written");
    let output = catalogue(at, &["import", "feed"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("26 products") && said.contains("1 row merged into other rows"), "{said}");
    assert_eq!(status(at, &["export", "out"]), Some(0));
    assert_eq!(status(at, &["import", "out", "--catalogue", "again"]), Some(0));
    let again = listed(at, "again");
    assert_eq!(again, listed(at, "catalogue"));
    let red = again.iter().find(|product| product["id"] == "s-36").expect("the red skirt");
    assert_eq!((&red["title"], &red["item_group_id"]), (&"Skirt".into(), &"sized".into()));
    let sizes: Vec<&Value> = red["variants"].as_array().expect("sizes").iter().map(|size| &size["size"]).collect();
    assert_eq!(sizes, ["36", "38"]);
    assert_eq!(red["variants"][0]["gtin"], "4006381333931");
    assert_eq!(status(at, &["export", "out-again", "--catalogue", "again"]), Some(0));
    let exported = fs::read_to_string(at.join("out-again/products.jsonl")).expect("a feed");
    let rows: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let row = rows.iter().find(|row| row["id"] == "s-36").expect("exported");
    assert_eq!(row["variants"][1]["sale_price_effective_date"], "2026-11-27T00:00:00Z/");

    // One size is sold out: the other one's price stays the product's.
    fs::write(at.join("changes.tsv"), "id\tavailability\tprice\ns-36\tout of stock\t5 EUR\n").expect("written");
    assert_eq!(status(at, &["update", "changes.tsv"]), Some(0));
    let red = shown(at, "s-36");
    assert_eq!((&red["price"]["amount_minor"], &red["sizes"]), (&2000.into(), &serde_json::json!(["38"])));
    let stats = catalogue(at, &["stats", "--json"]);
    let stats: Value = serde_json::from_slice(&stats.stdout).expect("JSON");
    assert_eq!((&stats["variants"], &stats["with_variants"]), (&3.into(), &2.into()));
}

#[test]
fn a_category_that_the_picture_told_stays_marked_through_export_and_import() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let feed = at.join("feed");
    write_feed(&feed);
    let path = feed.join("products.jsonl");
    let lines = fs::read_to_string(&path).expect("a feed");
    let mut rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let mark = |rows: &mut Vec<Value>, value: Value| {
        let row = rows.iter_mut().find(|row| row["id"] == "skirts-a").expect("a skirt");
        row["category_predicted"] = value;
        let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        fs::write(&path, lines.join("\n")).expect("written");
    };
    mark(&mut rows, "perhaps".into());
    let output = catalogue(at, &["import", "feed"]);
    let reasons = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "the field is dropped and the product kept: {reasons}");
    assert!(
        reasons.contains("note: products.jsonl:14: category_predicted: expected true or false, got \"perhaps\""),
        "{reasons}"
    );

    mark(&mut rows, true.into());
    assert_eq!(status(at, &["import", "feed"]), Some(0));
    assert_eq!(status(at, &["export", "out"]), Some(0));
    assert_eq!(status(at, &["import", "out", "--catalogue", "again"]), Some(0));
    let again = listed(at, "again");
    assert_eq!(again, listed(at, "catalogue"));
    let marked: Vec<&Value> = again.iter().filter(|row| row["category_predicted"] == true).collect();
    assert_eq!(marked.len(), 1, "{marked:?}");
    assert_eq!((&marked[0]["id"], &marked[0]["category"]), (&"skirts-a".into(), &"skirts".into()));
}

#[test]
fn damage_is_found_and_named() {
    let folder = imported();
    let at = folder.path();
    let picture =
        fs::read_dir(at.join("catalogue/images")).expect("pictures").next().expect("one").expect("one").path();
    let whole = fs::read(&picture).expect("a picture");
    fs::write(&picture, &whole[..whole.len() / 2]).expect("written");
    let features = at.join("catalogue/features-1.bin");
    let mut bytes = fs::read(&features).expect("features");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&features, bytes).expect("written");
    let output = catalogue(at, &["verify"]);
    let reasons = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(reasons.contains("its checksum is wrong") && reasons.contains("the picture of"), "{reasons}");
}

#[test]
fn a_change_of_the_price_alone_leaves_the_sale_that_there_is() {
    let folder = imported();
    let at = folder.path();
    let update = |rows: &str| {
        fs::write(at.join("changes.jsonl"), rows).expect("written");
        status(at, &["update", "changes.jsonl"])
    };
    let sale = r#"{"id": "skirts-a", "price": "19.95 EUR", "sale_price": "9.95 EUR"}"#;
    assert_eq!(update(sale), Some(0));
    assert_eq!(update(r#"{"id": "skirts-a", "price": "18.95 EUR", "availability": "in_stock"}"#), Some(0));
    assert_eq!(update(r#"{"id": "skirts-a", "sale_price": "1 EUR", "availability": "in_stock"}"#), Some(1), "no price");
    assert_eq!(status(at, &["export", "out"]), Some(0));
    let feed = fs::read_to_string(at.join("out/products.jsonl")).expect("a feed");
    let rows: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let row = rows.iter().find(|row| row["id"] == "skirts-a").expect("exported");
    assert_eq!((&row["price"], &row["sale_price"]), (&"18.95 EUR".into(), &"9.95 EUR".into()));
}
