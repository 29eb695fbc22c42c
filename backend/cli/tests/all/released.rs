//! Catalogues of every released version: each is restored, brought to this version's schema, read and searched.
//!
//! `fixtures/catalogues/VERSION.tar` is a backup by that version. A release adds its own (CONTRIBUTING.md, "Releases"):
//! `cargo test --package shop-the-look --test all -- --ignored write_the_catalogue_of_this_version`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{BLUE, GREEN, RED, png, rectangle};

/// What the shop of the fixtures sells, by market.
const MARKETS: [(&str, &str); 2] = [("de", "EUR"), ("ch", "CHF")];

/// Its products, their categories and pictures.
const PRODUCTS: [(&str, &str, [u8; 3]); 3] =
    [("red", "shirts", RED), ("green", "shirts", GREEN), ("blue", "trousers", BLUE)];

const RULES: &str = "[[rule]]\nname = \"green first\"\naction = \"pin\"\nposition = 1\nid = \"green\"\n";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/catalogues")
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shop-the-look"));
    let output = program.env_remove("SHOP_THE_LOOK_CATALOGUE").current_dir(folder).args(arguments).output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Writes the feed of a market and the pictures.
fn write_feed(folder: &Path, currency: &str) {
    fs::create_dir_all(folder).expect("a folder");
    let rows = PRODUCTS.map(|(id, category, colour)| {
        fs::write(folder.join(format!("{id}.png")), png(&rectangle(90, 120, colour))).expect("written");
        fs::write(folder.join("worn.png"), png(&rectangle(120, 90, colour))).expect("written");
        let price = |amount: u32| format!("{amount}.50 {currency}");
        let size = |size: &str, amount| {
            json!({ "id": format!("{id}-{size}"), "size": size, "price": price(amount), "availability": "in_stock",
                    "link": format!("https://shop.example/{id}/{size}") })
        };
        json!({
            "id": id, "title": format!("A thing in {id}"), "description": "Ärmel, \"lang\"", "category": category, "color": id,
            "link": format!("https://shop.example/{id}"), "image_link": format!("{id}.png"), "additional_image_link": ["worn.png"],
            "price": price(20), "availability": "in_stock", "brand": "Atelier", "custom_label_0": "autumn",
            "variants": [size("S", 20), size("M", 21)],
        })
        .to_string()
    });
    fs::write(folder.join("products.jsonl"), rows.join("\n")).expect("written");
}

/// What a market sells: id, price and number of sizes.
fn sold(folder: &Path, market: &str) -> BTreeMap<String, (u64, String, usize)> {
    let listed = run(folder, &["catalogue", "list", "--json", "--market", market, "--catalogue", "catalogue"]);
    let product = |row: Value| {
        let id = row["id"].as_str().expect("an id").to_owned();
        let price = (row["price"]["amount_minor"].as_u64(), row["price"]["currency"].as_str());
        let sizes = row["variants"].as_array().map_or(0, Vec::len);
        (id, (price.0.expect("an amount"), price.1.expect("a currency").to_owned(), sizes))
    };
    lines(&listed).into_iter().map(product).collect()
}

#[test]
fn the_catalogue_of_every_release_is_opened_migrated_and_searched() {
    let versions: Vec<String> = fs::read_dir(fixtures())
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().trim_end_matches(".tar").to_owned())
        .collect();
    let this = env!("CARGO_PKG_VERSION");
    assert!(versions.iter().any(|version| version == this), "a release adds the catalogue of its version, {this}");
    for version in versions {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let backup = fixtures().join(format!("{version}.tar")).display().to_string();
        run(root, &["catalogue", "restore", &backup, "--catalogue", "catalogue"]);
        for (market, currency) in MARKETS {
            let expected = PRODUCTS.map(|(id, ..)| (id.to_owned(), (2050, currency.to_owned(), 2)));
            assert_eq!(sold(root, market), BTreeMap::from(expected), "{version}, {market}");
        }
        let rules = run(root, &["catalogue", "rules", "--json", "--catalogue", "catalogue"]);
        assert_eq!(lines(&rules)[0]["rules"][0]["name"], "green first", "{version}");

        // Its pictures are all there: what is exported is imported, encoded by this version's networks, and found by a picture.
        run(root, &["catalogue", "export", "feed", "--market", "de", "--catalogue", "catalogue"]);
        run(root, &["catalogue", "import", "feed", "--catalogue", "again", "--device", "cpu"]);
        fs::write(root.join("seen.png"), png(&rectangle(90, 120, RED))).expect("written");
        let search = ["search", "seen.png", "--segmented", "--json", "--category", "shirts", "--device", "cpu"];
        let found = run(root, &[&search[..], &["--catalogue", "again"]].concat());
        assert_eq!(lines(&found)[0]["categories"]["shirts"][0]["id"], "red", "{version}");

        // A price is changed in the old catalogue itself.
        fs::write(root.join("changes.tsv"), "id\tprice\tavailability\nred-S\t9.99 EUR\tin_stock\n").expect("written");
        run(root, &["catalogue", "update", "changes.tsv", "--market", "de", "--catalogue", "catalogue"]);
        assert_eq!(sold(root, "de")["red"], (999, "EUR".to_owned(), 2), "{version}");
        assert_eq!(sold(root, "ch")["red"], (2050, "CHF".to_owned(), 2), "{version}");
    }
}

/// Run by hand, once for each release.
#[test]
#[ignore = "writes a fixture"]
fn write_the_catalogue_of_this_version() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    for (market, currency) in MARKETS {
        write_feed(&root.join(market), currency);
        run(root, &["catalogue", "import", market, "--market", market, "--catalogue", "catalogue", "--device", "cpu"]);
    }
    fs::write(root.join("rules.toml"), RULES).expect("written");
    run(root, &["catalogue", "rules", "rules.toml", "--catalogue", "catalogue"]);
    fs::create_dir_all(fixtures()).expect("a folder");
    let file = fixtures().join(concat!(env!("CARGO_PKG_VERSION"), ".tar")).display().to_string();
    run(root, &["catalogue", "backup", &file, "--force", "--catalogue", "catalogue"]);
}
