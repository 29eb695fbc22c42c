//! `catalogue import --categories` and `--keep`, and what `catalogue categories` shows of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::program::text;
use crate::support::{RED, png, rectangle};

/// Id, title and classification of each product.
const PRODUCTS: [(&str, &str, &str); 6] = [
    ("1", "Anna", "Damen > Strick"),
    ("2", "Berta", "Damen > Strick"),
    ("3", "Kleid Clara", "Damen > Kleider"),
    ("4", "Kleid Dora", "Outlet"),
    ("5", "Stiefel Eva", "Schuhe"),
    ("6", "Kleid Frida", "Outlet > Kleider"),
];

const TABLE: &str = "# ours\nStrick → jumpers\nOutlet > Kleider → tops\nOutlet → none\n";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    program
        .current_dir(folder)
        .env("SHOP_THE_LOOK_CATALOGUE", "here")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn write_feed(folder: &Path) {
    fs::write(folder.join("a.png"), png(&rectangle(90, 120, RED))).expect("written");
    let lines = PRODUCTS.map(|(id, title, product_type)| {
        json!({
            "id": id, "title": title, "link": "https://shop.example/p", "image_link": "a.png", "price": "9 EUR",
            "availability": "in_stock", "product_type": product_type, "Season": "AW26",
        })
        .to_string()
    });
    fs::write(folder.join("feed.jsonl"), lines.join("\n") + "\n").expect("written");
    fs::write(folder.join("table.txt"), TABLE).expect("written");
}

/// What a command lists: count, category, what decided, classification.
fn listed(output: &Output) -> Vec<(u64, String, String, String)> {
    let kind = |line: &str| {
        let kind: Value = serde_json::from_str(line).expect(line);
        let text = |field: &str| kind[field].as_str().unwrap_or("left out").to_owned();
        (kind["count"].as_u64().expect("a count"), text("category"), text("decided_by"), text("classification"))
    };
    text(&output.stdout).lines().map(kind).collect()
}

#[test]
fn a_table_decides_and_the_list_says_so_before_and_after_the_import() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_feed(folder);
    let with_table = ["--categories", "table.txt", "--keep", "Season"];
    let expected = [
        (2, "jumpers", "table", "Damen > Strick"),
        (1, "dresses", "words", "Damen > Kleider"),
        (1, "left out", "table", "Outlet"),
        (1, "tops", "table", "Outlet > Kleider"),
        (1, "left out", "words", "Schuhe"),
    ];
    let expected = expected.map(|(count, category, by, of)| (count, category.to_owned(), by.to_owned(), of.to_owned()));
    let before = run(folder, &[&["catalogue", "categories", "feed.jsonl", "--json"], &with_table[..]].concat());
    assert_eq!(listed(&before), expected, "{}", text(&before.stderr));
    assert!(!folder.join("here").exists(), "nothing is written");

    let import = run(folder, &[&["catalogue", "import", "feed.jsonl"], &with_table[..]].concat());
    // The boots are a fault, what the table leaves out is none.
    assert_eq!(import.status.code(), Some(2), "{}", text(&import.stderr));
    assert!(text(&import.stdout).contains("1 product left out by the table of categories"), "{}", text(&import.stdout));
    assert_eq!(text(&import.stderr).matches("left out: ").count(), 1, "{}", text(&import.stderr));
    assert_eq!(listed(&run(folder, &["catalogue", "categories", "--json"])), expected);
    let shown = run(folder, &["catalogue", "categories"]);
    let first = "       2  jumpers     table    Damen > Strick  [Strick]  e.g. Anna\n";
    assert!(text(&shown.stdout).starts_with(first), "{}", text(&shown.stdout));

    let product = run(folder, &["catalogue", "show", "1"]);
    let product: Value = serde_json::from_slice(&product.stdout).expect("JSON");
    assert_eq!((&product["category"], &product["labels"]), (&json!("jumpers"), &json!({ "season": "AW26" })));
    // An export has what it was imported with.
    assert_eq!(run(folder, &["catalogue", "export", "out"]).status.code(), Some(0));
    let exported = fs::read_to_string(folder.join("out/products.jsonl")).expect("a feed");
    assert_eq!(exported.matches("\"season\":\"AW26\"").count(), 4, "{exported}");
}

#[test]
fn a_wrong_table_and_a_wrong_label_are_refused_by_their_line_and_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_feed(folder);
    for (table, message) in [
        ("Strick → jumpers\nHüte → hats\n", "line 2: expected one of blazers, dresses, jumpers"),
        ("Strick = jumpers\n", "line 1: expected PATTERN → CATEGORY, got \"Strick = jumpers\""),
    ] {
        fs::write(folder.join("table.txt"), table).expect("written");
        let output = run(folder, &["catalogue", "import", "feed.jsonl", "--categories", "table.txt"]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = text(&output.stderr);
        assert!(stderr.contains("--categories table.txt") && stderr.contains(message), "{stderr}");
    }
    let output = run(folder, &["catalogue", "import", "feed.jsonl", "--keep", "a:b"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("expected the name of a column without \":\""), "{}", text(&output.stderr));
    assert!(!folder.join("here").exists(), "nothing is written");
}
