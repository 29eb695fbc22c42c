//! Counts and selections agree with the filter, at every moment.

use stl_types::Price;
use stl_types::wire::{FacetValue, FacetValues, PriceSpan};

use super::column::MAX_VALUES;
use super::*;
use crate::catalogue::article::tests::article;
use crate::catalogue::sale::Sale;
use crate::catalogue::variant::Variant;
use crate::catalogue::variant::tests::variant;

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

/// A moment in which no sale of these tests begins or ends.
fn now() -> Timestamp {
    moment("2026-11-01T00:00:00Z")
}

fn described(brand: &str, color: &str, gender: &str, price: (u64, &str), availability: Availability) -> Article {
    Article {
        price: Price { amount_minor: price.0, currency: price.1.to_owned() },
        availability,
        brand: brand.to_owned(),
        color: color.to_owned(),
        gender: gender.to_owned(),
        age_group: if gender == "female" { "adult" } else { "kids" }.to_owned(),
        material: if color.is_empty() { "" } else { "Cotton/Linen" }.to_owned(),
        pattern: brand.to_owned(),
        variants: sizes(color, price.0),
        labels: [("custom_label_0".to_owned(), gender.to_owned())].into(),
        ..article("")
    }
}

/// Sizes of different systems, some sold out, by the colour.
fn sizes(color: &str, amount_minor: u64) -> Vec<Variant> {
    let of = |system: &str, size: &str, availability| Variant {
        size_system: system.to_owned(),
        availability,
        ..variant(size, amount_minor)
    };
    match color {
        "" => vec![],
        "navy" => vec![of("EU", "38", Availability::InStock), of("EU", "xxl", Availability::Preorder)],
        "Navy/White" => vec![of("UK", "38", Availability::InStock), of("", "M", Availability::OutOfStock)],
        _ => vec![
            of("", "S", Availability::InStock),
            of("", "2XL", Availability::InStock),
            of("", "s", Availability::InStock),
        ],
    }
}

fn facets(articles: &[Article], now: Timestamp) -> Facets {
    // Position 1 holds no article, as between two groups of a matcher.
    let numbers: Vec<u32> = std::iter::once(0).chain([u32::MAX]).chain(1..articles.len() as u32).collect();
    Facets::new(&numbers, |number| articles.get(number), now)
}

#[test]
fn each_value_counts_what_a_filter_by_it_admits() {
    let articles = [
        described("Acme", "Navy/White", "female", (1995, "EUR"), Availability::InStock),
        described("ACME", "navy", "unisex", (4995, "EUR"), Availability::OutOfStock),
        described("ACME", "White, white", "male", (2500, "USD"), Availability::InStock),
        described("", "", "", (500, "EUR"), Availability::Preorder),
    ];
    let counts = facets(&articles, now()).counts(now());
    assert_eq!((counts.articles, counts.in_stock), (4, 2));
    let named = |values: &FacetValues| -> Vec<(String, usize)> {
        values.values.iter().map(|value| (value.value.clone(), value.count)).collect()
    };
    let list = |pairs: &[(&str, usize)]| -> Vec<(String, usize)> {
        pairs.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
    };
    assert_eq!(named(&counts.brands), list(&[("ACME", 3)]), "the most frequent spelling");
    assert_eq!(named(&counts.colors), list(&[("Navy", 2), ("White", 2)]), "each part once");
    assert_eq!(named(&counts.genders), list(&[("female", 2), ("male", 2), ("unisex", 1)]));
    assert_eq!(named(&counts.sizes), list(&[("S", 1), ("2XL", 2), ("EU 38", 1), ("UK 38", 1)]), "in their order");
    let eur = PriceSpan { currency: "EUR".to_owned(), lowest_minor: 500, highest_minor: 4995, count: 3 };
    let usd = PriceSpan { currency: "USD".to_owned(), lowest_minor: 2500, highest_minor: 2500, count: 1 };
    assert_eq!(counts.prices, [eur, usd]);
    let all = [
        ("brand", &counts.brands),
        ("color", &counts.colors),
        ("gender", &counts.genders),
        ("age_group", &counts.age_groups),
        ("material", &counts.materials),
        ("pattern", &counts.patterns),
        ("size", &counts.sizes),
    ];
    for (name, values) in all {
        assert!(!values.values.is_empty(), "{name}");
        for FacetValue { value, count } in &values.values {
            let (mut filter, only) = (Filter::default(), vec![value.clone()]);
            match name {
                "brand" => filter.brands = only,
                "color" => filter.colors = only,
                "gender" => filter.genders = only,
                "age_group" => filter.age_groups = only,
                "material" => filter.materials = only,
                "size" => filter.sizes = only,
                _ => filter.patterns = only,
            }
            let admitted = articles.iter().filter(|article| filter.admits(article, now())).count();
            assert_eq!(admitted, *count, "{name} {value}");
            let selection = facets(&articles, now()).selection(&filter, now()).expect("a filter");
            assert_eq!(selection.count(0..5), *count, "{name} {value}");
        }
    }
}

#[test]
fn of_many_values_the_most_frequent_are_named_and_the_others_counted() {
    let brand = |number: usize| format!("Brand {number:03}");
    let articles: Vec<Article> = (0..250)
        .flat_map(|number| std::iter::repeat_n(number, 1 + usize::from(number >= 100)))
        .map(|number| described(&brand(number), "", "", (100, "EUR"), Availability::InStock))
        .collect();
    let FacetValues { values, others } = facets(&articles, now()).counts(now()).brands;
    assert_eq!((values.len(), others), (MAX_VALUES, 50));
    assert_eq!((values[0].value.clone(), values[0].count), (brand(100), 2));
    assert_eq!((values[150].value.clone(), values[150].count), (brand(0), 1));
}

/// What the price filter finds up to an amount, and the lowest price of the only currency.
fn found_and_lowest(facets: &Facets, highest: u64, now: Timestamp) -> (usize, u64) {
    let mut filter = Filter::default();
    filter.price_minor.highest = highest;
    let selection = facets.selection(&filter, now).expect("a filter");
    (selection.count(0..3), facets.counts(now).prices[0].lowest_minor)
}

#[test]
fn prices_are_those_of_the_moment_and_nothing_else_changes_when_a_sale_begins() {
    let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
    let sale = Sale { amount_minor: 995, from: Some(from), until: Some(until) };
    let articles = [article("a"), Article { sale: Some(sale), ..article("b") }];
    let facets = facets(&articles, now());
    let before = moment("2026-11-26T23:59:59Z");
    let former = facets.prices.at(now());
    assert!(std::sync::Arc::ptr_eq(&former, &facets.prices.at(before)), "computed once for both");
    let columns = || [&facets.genders, &facets.colors, &facets.brands].map(|column| column.codes().as_ptr());
    let columns_before = columns();
    // Also backwards, as when the system's clock is set back.
    for now in [before, from, moment("2026-11-29T23:59:59Z"), until, from, before] {
        let is_on = from <= now && now < until;
        assert_eq!(found_and_lowest(&facets, 1000, now), if is_on { (1, 995) } else { (0, 1995) }, "{now}");
        let mut filter = Filter::default();
        filter.price_minor.highest = 1000;
        assert_eq!(articles.iter().filter(|article| filter.admits(article, now)).count(), usize::from(is_on), "{now}");
    }
    assert_eq!(columns(), columns_before);
}

#[test]
fn a_selection_by_sizes_is_what_the_filter_admits() {
    let articles = ["navy", "Navy/White", "White", ""]
        .map(|color| described("Acme", color, "female", (1995, "EUR"), Availability::InStock));
    let facets = facets(&articles, now());
    for (sizes, in_stock, expected) in [
        (vec!["38"], false, 2),
        (vec!["eu 38", "s"], false, 2),
        (vec!["XXL"], false, 2),
        (vec!["XXL"], true, 1),
        (vec!["M"], false, 0),
        (vec![""], false, 0),
    ] {
        let sizes: Vec<String> = sizes.into_iter().map(str::to_owned).collect();
        let filter = Filter { sizes, in_stock, ..Filter::default() };
        let admitted = articles.iter().filter(|article| filter.admits(article, now())).count();
        let selection = facets.selection(&filter, now()).expect("a filter");
        assert_eq!((admitted, selection.count(0..5)), (expected, expected), "{:?}", filter.sizes);
    }
    // In a catalogue of one system it goes without saying.
    let one = self::facets(&articles[..1], now());
    let values: Vec<String> = one.counts(now()).sizes.values.into_iter().map(|value| value.value).collect();
    assert_eq!(values, ["xxl", "38"]);
}

#[test]
fn the_price_of_sizes_is_the_lowest_of_the_moment() {
    let (from, until) = Sale::period("2026-11-27T00:00Z/2026-11-30T00:00Z").expect("a period");
    let sale = Sale { amount_minor: 995, from: Some(from), until: Some(until) };
    let variants = vec![variant("S", 1500), Variant { sale: Some(sale), ..variant("M", 1800) }];
    let mut sized = Article { variants, ..article("b") };
    sized.settle();
    let facets = facets(&[article("a"), sized], now());
    assert_eq!(found_and_lowest(&facets, 1600, now()), (1, 1500));
    assert_eq!(found_and_lowest(&facets, 1600, from), (1, 995));
    assert_eq!(found_and_lowest(&facets, 1400, until), (0, 1500));
}

#[test]
fn a_selection_by_labels_is_what_the_filter_admits() {
    let articles = [
        described("Acme", "Navy", "female", (1995, "EUR"), Availability::InStock),
        described("Acme", "Navy", "male", (1995, "EUR"), Availability::InStock),
        Article { labels: [("season".to_owned(), "AW26".to_owned())].into(), ..article("c") },
    ];
    let facets = facets(&articles, now());
    for (labels, expected) in [
        (vec![("custom_label_0", vec!["Female"])], 1),
        (vec![("custom_label_0", vec!["female", "male"])], 2),
        (vec![("custom_label_0", vec!["female"]), ("season", vec!["aw26"])], 0),
        (vec![("season", vec!["AW26"])], 1),
        (vec![("season", vec![""])], 2),
        (vec![("nothing", vec!["x"])], 0),
    ] {
        let labels = labels.iter().map(|(name, texts)| {
            ((*name).to_owned(), texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>())
        });
        let filter = Filter { labels: labels.collect(), ..Filter::default() };
        let admitted = articles.iter().filter(|article| filter.admits(article, now())).count();
        let selection = facets.selection(&filter, now()).expect("a filter");
        assert_eq!((admitted, selection.count(0..4)), (expected, expected), "{:?}", filter.labels);
    }
}
