//! What is exported is imported as it was, whatever products are called.

use std::path::Path;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{RED, png, rectangle};

/// Each takes two imports of a few products with one picture.
const CASES: u32 = 4;

/// Further ones until a failure is as small as it gets.
const MAX_SHRINKS: u32 = 16;

fn run(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_shop-the-look"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a feed");
    let row = |line| {
        let mut row: Value = serde_json::from_str(line).expect("JSON");
        // A picture is stored as a JPEG of its own, whose name is its digest.
        let picture = row.as_object_mut().and_then(|row| row.remove("image_link")).expect("a picture");
        assert!(picture.as_str().is_some_and(|path| path.starts_with("images/")), "{picture}");
        row
    };
    text.lines().map(row).collect()
}

/// A text with quotes, separators, tags, entities and letters of other scripts.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z][A-Za-z \",;<>&'/=+@-]{0,30}", "[a-zäßéñ中あ🧥]{1,20}", "[=+@-][a-z(!'|]{1,10}"]
}

fn product() -> impl Strategy<Value = Value> {
    let prices = (1_u64..1_000_000, 1_u64..100);
    (text(), text(), text(), text(), prices, any::<bool>(), prop::sample::select(&["EUR", "JPY", "KWD"][..])).prop_map(
        |(title, description, brand, color, (amount, percent), is_on_sale, currency)| {
            let price = |amount| stl_types::Price { amount_minor: amount, currency: currency.to_owned() }.to_string();
            let mut row = json!({
                "title": title, "description": description, "link": "https://shop.example/p?a=1&b=2", "image_link": "a.png",
                "price": price(amount), "availability": "in_stock", "brand": brand, "color": color, "category": "shirts",
                "custom_label_0": title,
            });
            if is_on_sale && amount > 1 {
                row["sale_price"] = price((amount * percent / 100).clamp(1, amount - 1)).into();
                row["sale_price_effective_date"] = "2026-11-27T00:00:00Z/2026-11-30T23:59:00Z".into();
            }
            row
        },
    )
}

#[test]
fn any_catalogue_that_is_exported_is_imported_as_it_was() {
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        max_shrink_iters: MAX_SHRINKS,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&vec(product(), 1..6), |products| {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        std::fs::create_dir(root.join("feed")).expect("a folder");
        std::fs::write(root.join("feed/a.png"), png(&rectangle(90, 120, RED))).expect("written");
        // A catalogue has one currency.
        let currency = products[0]["price"].as_str().expect("a price").rsplit(' ').next().expect("a code").to_owned();
        let lines: Vec<String> = products
            .into_iter()
            .filter(|row| row["price"].as_str().is_some_and(|price| price.ends_with(&currency)))
            .enumerate()
            .map(|(index, mut row)| {
                row["id"] = format!("p{index}").into();
                row.to_string()
            })
            .collect();
        std::fs::write(root.join("feed/products.jsonl"), lines.join("\n")).expect("written");
        for (feed, catalogue, out) in [("feed", "one", "first"), ("first", "two", "second")] {
            run(root, &["catalogue", "import", feed, "--catalogue", catalogue, "--device", "cpu"]);
            run(root, &["catalogue", "export", out, "--catalogue", catalogue]);
        }
        let [first, second] = ["first", "second"].map(|out| rows(&root.join(out).join("products.jsonl")));
        prop_assert_eq!(first.len(), lines.len());
        prop_assert_eq!(first, second);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
