//! A fault in an optional field drops the field, and the product stays.

use super::*;

/// What is made of one row with this JSON after its required fields.
fn row(more: &str) -> Feed {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace('}', more) + "}\n";
    read_bytes("feed.jsonl", good.as_bytes(), &FeedOptions::default()).expect("a feed")
}

#[test]
fn a_fault_in_an_optional_field_is_noted_and_the_product_stays() {
    for (more, field) in [
        (r#", "sale_price": "cheap""#, "sale_price"),
        (r#", "sale_price": "9.95 USD""#, "sale_price"),
        (r#", "sale_price": "9.95 EUR", "sale_price_effective_date": "soon""#, "sale_price_effective_date"),
        (
            r#", "sale_price": "9.95 EUR", "sale_price_effective_date": "2027-01-02/2027-01-01""#,
            "sale_price_effective_date",
        ),
        (r#", "brand": ["A", "B"]"#, "brand"),
        (r#", "color": {"name": "red"}"#, "color"),
        (r#", "category": "shirts", "category_predicted": "maybe""#, "category_predicted"),
    ] {
        let feed = row(more);
        assert_eq!((feed.rows.len(), feed.problems.len()), (1, 0), "{more}");
        assert_eq!(feed.rows[0].sale, None, "{more}");
        let dropped: Vec<_> = feed.dropped.iter().map(|note| (note.line, note.field)).collect();
        assert_eq!(dropped, [(1, field)], "{more}");
    }
    let long = "x".repeat(10_001);
    for field in ["brand", "color", "gender", "product_type"] {
        let feed = row(&format!(r#", "{field}": "{long}""#));
        assert_eq!((feed.rows.len(), feed.dropped.len(), feed.dropped[0].field), (1, 1, field));
    }
}

#[test]
fn a_sale_may_be_open_and_a_price_of_nothing_is_none() {
    let sale = |more: &str| {
        let feed = row(more);
        assert_eq!((feed.rows.len(), feed.dropped.as_slice()), (1, [].as_slice()), "{more}");
        feed.rows[0].sale.as_ref().map(|sale| (sale.amount_minor, sale.from.is_some(), sale.until.is_some()))
    };
    let period = |period: &str| format!(r#", "sale_price": "9.95", "sale_price_effective_date": "{period}""#);
    assert_eq!(sale(&period("2026-11-27T00:00+0100/")), Some((995, true, false)));
    assert_eq!(sale(&period("/2026-11-27")), Some((995, false, true)));
    assert_eq!(sale(&period("/")), Some((995, false, false)));
    assert_eq!(sale(r#", "sale_price": "0.00 EUR""#), None);
    assert_eq!(row(r#", "sale_price": "0""#).hints, ["sale_price is 0 in 1 row: that is read as no sale"]);

    let free = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace("19.95 EUR", "0.00 EUR");
    let (rows, problems) = read_text("feed.jsonl", &free, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), problems[0].field), (0, "price"));
    assert!(problems[0].to_string().contains("expected a price above 0"), "{}", problems[0]);
}

#[test]
fn a_description_is_stripped_of_its_markup_and_then_cut() {
    let markup = "<p style='color: red'>Soft cotton. </p>".repeat(1000);
    let feed = row(&format!(r#", "description": "{markup}""#));
    assert_eq!(feed.rows.len(), 1);
    let description = &feed.rows[0].description;
    assert!(description.starts_with("Soft cotton.") && !description.contains('<'), "{description:.80}");
    let feed = row(&format!(r#", "description": "{}""#, "ü".repeat(12_000)));
    assert_eq!(feed.rows[0].description.chars().count(), 10_000);
    assert_eq!((feed.dropped.len(), feed.dropped[0].field), (1, "description"));
}

#[test]
fn a_sale_above_the_price_and_an_unknown_gender_are_dropped_with_a_note() {
    for (field, value, name) in [("sale_price", "99999 EUR", "sale_price"), ("gender", "dog", "gender")] {
        let feed = row(&format!(r#", "{field}": "{value}""#));
        assert_eq!((feed.rows.len(), feed.rows[0].sale.is_none(), feed.rows[0].gender.as_str()), (1, true, ""));
        assert_eq!((feed.dropped.len(), feed.dropped[0].field), (1, name), "{:?}", feed.dropped);
    }
    assert_eq!(row(r#", "gender": "female; male""#).rows[0].gender, "unisex");
}

#[test]
fn genders_of_other_languages_are_known() {
    for (text, expected) in [
        ("Damen", "female"),
        ("Women's", "female"),
        ("weiblich", "female"),
        ("Herren", "male"),
        ("homme", "male"),
        ("Unisex", "unisex"),
    ] {
        assert_eq!(row(&format!(r#", "gender": "{text}""#)).rows[0].gender, expected);
    }
}

#[test]
fn a_list_of_pictures_begins_with_the_products() {
    for (field, address) in [
        (r#"["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"]"#, "https://cdn.example/1.jpg"),
        (r#""https://cdn.example/1 a.jpg, https://cdn.example/2.jpg""#, "https://cdn.example/1%20a.jpg"),
        (r#""//cdn.example/1.jpg?a=1&amp;b=2#x""#, "https://cdn.example/1.jpg?a=1&b=2"),
    ] {
        let line = GOOD.replace('\n', " ").replace("\"a.png\"", field);
        let (rows, problems) = read_text("feed.jsonl", &line, &FeedOptions::default()).expect("a feed");
        assert_eq!(problems, [], "{field}");
        assert_eq!(rows[0].picture, PictureSource::Address(address.to_owned()));
    }
}

#[test]
fn a_change_ends_a_sale_by_a_price_of_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.tsv");
    let table = "id\tprice\tsale_price\na\t9 EUR\t0\nb\t9 EUR\t\nc\t9 EUR\t5 EUR\nd\t0 EUR\t\ne\t9 EUR\tcheap\n";
    std::fs::write(&path, table).expect("written");
    let FeedChanges { changes, problems, .. } = read_changes(&path, &FeedOptions::default()).expect("changes");
    let sale = Sale { amount_minor: 500, from: None, until: None };
    let found: Vec<_> = changes.into_iter().map(|change| change.sale).collect();
    assert_eq!(found, [SaleChange::End, SaleChange::Keep, SaleChange::Begin(sale)]);
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(5, "price"), (6, "sale_price")]);
}

#[test]
fn a_row_that_lists_sizes_changes_each_by_its_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    let lines = r#"{"id": "a", "price": "9 EUR", "availability": "in_stock", "variants": [{"id": "a-s", "price": "8 EUR"}, {"id": "a-m", "availability": "out_of_stock"}]}
{"id": "b", "price": "9 EUR", "variants": [{"size": "S", "price": "8 EUR"}]}
{"id": "c", "price": "7 EUR", "variants": []}"#;
    std::fs::write(&path, lines).expect("written");
    let FeedChanges { changes, problems, .. } = read_changes(&path, &FeedOptions::default()).expect("changes");
    let found: Vec<_> = (changes.iter())
        .map(|change| (change.id.as_str(), change.price.as_ref().map(|price| price.amount_minor), change.availability))
        .collect();
    use Availability::{InStock, OutOfStock};
    let expected = [("a-s", Some(800), Some(InStock)), ("a-m", Some(900), Some(OutOfStock)), ("c", Some(700), None)];
    assert_eq!(found, expected);
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(2, "variants")]);
}
