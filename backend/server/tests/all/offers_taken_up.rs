//! A server that has a version reads of the next one only the articles with other offers: what it then serves is what the whole version holds.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use stl_server::catalogue::Catalogue;
use stl_server::catalogue::edit::update;
use stl_server::catalogue::feed::{FeedChanges, FeedOptions, read_changes};
use stl_server::catalogue::import::import;

use crate::support::{ON_PROCESSOR, models, options, write_feed};

/// Gives a product of the feed two sizes.
fn add_sizes(feed: &Path, id: &str) {
    let list = feed.join("products.jsonl");
    let text = fs::read_to_string(&list).expect("a feed");
    let lines = text.lines().map(|line| {
        let mut row: Value = serde_json::from_str(line).expect("JSON");
        if row["id"] == id {
            let size = |id: &str, size: &str| {
                json!({"id": id, "size": size, "link": "https://shop.example/article", "price": "19.95 EUR", "availability": "in_stock"})
            };
            row["variants"] = json!([size("s-36", "36"), size("s-38", "38")]);
        }
        row.to_string()
    });
    let lines: Vec<String> = lines.collect();
    fs::write(&list, lines.join("\n")).expect("written");
}

/// Both show the same, however they were read.
fn are_alike(served: &Catalogue, whole: &Catalogue) {
    assert_eq!((served.publication(), served.len()), (whole.publication(), whole.len()));
    let now = Timestamp::now();
    for (market, of_whole) in served.markets().iter().zip(whole.markets()) {
        assert!(market.articles().iter().eq(of_whole.articles().iter()));
        assert_eq!(market.facets.counts(now), of_whole.facets.counts(now));
        assert_eq!((market.name(), market.categories()), (of_whole.name(), of_whole.categories()));
    }
    for id in ["skirts-a", "s-36", "tops-a", "skirts/c ü", "nobody"] {
        assert_eq!(served.find(id), whole.find(id), "{id}");
        assert_eq!(served.feature(id), whole.feature(id), "{id}");
    }
}

#[test]
fn a_catalogue_that_takes_offers_up_is_the_one_that_is_read_as_a_whole() {
    let root = tempfile::tempdir().expect("a folder");
    let (feed, catalogue) = (root.path().join("feed"), root.path().join("catalogue"));
    write_feed(&feed);
    add_sizes(&feed, "skirts-b");
    let import = || import(&feed, &catalogue, &models(), &options(), |_, _| {}).expect("imported");
    import();
    let whole = || Catalogue::load(&catalogue, &models(), ON_PROCESSOR).expect("a catalogue");
    let change = |line: &str| {
        let path = root.path().join("changes.jsonl");
        fs::write(&path, line).expect("written");
        let FeedChanges { changes, problems, .. } = read_changes(&path, &FeedOptions::default()).expect("changes");
        assert_eq!(problems, []);
        assert_eq!(update(&catalogue, "", &changes).expect("changed").edited, 1, "{line}");
    };
    let taken_up = |served: Catalogue, replaced: usize| {
        let later = served.reloaded(&catalogue, &models(), ON_PROCESSOR).expect("a catalogue");
        are_alike(&later, &whole());
        assert_eq!(later.markets()[0].articles().replaced(), replaced);
        later
    };
    let mut served = whole();
    change(r#"{"id": "skirts-a", "price": "12.00 EUR"}"#);
    served = taken_up(served, 1);
    change(r#"{"id": "skirts-a", "price": "13.00 EUR", "sale_price": "9.00 EUR", "availability": "out_of_stock"}"#);
    served = taken_up(served, 1);
    // Two versions at once: of a size, and in another currency.
    change(r#"{"id": "s-36", "price": "7.00 EUR", "availability": "out_of_stock"}"#);
    change(r#"{"id": "tops-a", "price": "5.00 USD"}"#);
    served = taken_up(served, 3);
    let amount = served.find("s-36").map(|article| (article.price.amount_minor, article.variants[0].amount_minor));
    assert_eq!(amount, Some((1995, 700)), "the lowest price of a size that can be bought");
    // An import is read as a whole.
    import();
    served = taken_up(served, 0);
    change(r#"{"id": "skirts-a", "price": "14.00 EUR"}"#);
    taken_up(served, 1);
}
