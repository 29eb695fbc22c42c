//! A sale begins and ends: prices change, and nothing is loaded again.

use std::fs;

use jiff::Timestamp;
use stl_server::catalogue::filter::{Filter, PriceRange};
use stl_server::catalogue::import::import;
use stl_server::pipeline::search::{SearchEngine, SearchParams, Upload};
use stl_types::Category;
use stl_types::wire::Product;

use crate::support::{ON_PROCESSOR, RED, line, models, options, png, rectangle, write_feed};

#[test]
fn the_beginning_of_a_sale_changes_prices_filters_and_facets_and_reads_no_file() {
    let root = tempfile::tempdir().expect("a folder");
    let (feed, catalogue) = (root.path().join("feed"), root.path().join("catalogue"));
    write_feed(&feed);
    let mut row: serde_json::Value =
        serde_json::from_str(&line("on-sale", "images/skirts.png", "skirts")).expect("an object");
    row["sale_price"] = "9.95 EUR".into();
    row["sale_price_effective_date"] = "2999-01-01T00:00Z/2999-02-01T00:00Z".into();
    let list = feed.join("products.jsonl");
    let rows = fs::read_to_string(&list).expect("a feed");
    fs::write(&list, format!("{rows}\n{row}")).expect("written");
    import(&feed, &catalogue, &models(), &options(), |_, _| {}).expect("imported");
    let engine = SearchEngine::load(&models(), &catalogue, ON_PROCESSOR).expect("a catalogue");
    // Whatever the engine would have to read again is gone.
    fs::remove_dir_all(&catalogue).expect("deleted");

    let moment = |text: &str| -> Timestamp { text.parse().expect("a moment") };
    let upload = Upload { cutout: png(&rectangle(90, 120, RED)), ..Upload::default() };
    let search = |highest: u64, now: Timestamp| -> Vec<Product> {
        let filter = Filter { price_minor: PriceRange { lowest: 0, highest }, ..Filter::default() };
        let params = SearchParams { filter, ..SearchParams::plain(vec![Category::Skirts], 50) };
        let answer = engine.search_at(&upload, &params, now).expect("an answer");
        answer.categories.into_iter().flat_map(|found| found.cards).map(|card| card.product).collect()
    };
    let lowest = |now| engine.catalogue.market("").expect("the only one").facets.counts(now).prices[0].lowest_minor;
    for (now, is_on) in [
        ("2998-12-31T23:59:59Z", false),
        ("2999-01-01T00:00:00Z", true),
        ("2999-01-31T23:59:59Z", true),
        ("2999-02-01T00:00:00Z", false),
    ] {
        let now = moment(now);
        let cheap = search(995, now);
        assert_eq!(
            cheap.iter().map(|product| product.id.as_str()).collect::<Vec<_>>(),
            if is_on { vec!["on-sale"] } else { vec![] }
        );
        assert_eq!(lowest(now), if is_on { 995 } else { 1995 }, "{now}");
        let all = search(u64::MAX, now);
        let product = all.iter().find(|product| product.id == "on-sale").expect("a card");
        let regular = product.regular_price.as_ref().map(|price| price.amount_minor);
        let shown = (product.price.amount_minor, regular, product.price_valid_until.as_deref());
        let expected = if is_on { (995, Some(1995), Some("2999-02-01T00:00:00Z")) } else { (1995, None, None) };
        assert_eq!(shown, expected, "{now}");
    }
}
