//! `POST /api/v1/search` with numbers: what the browser's encoder makes of a cutout, here run natively.

use axum::http::StatusCode;
use image::{GrayImage, Luma, Rgb, RgbImage};
use serde_json::{Value, json};
use stl_encoder::numbers::{Encoder, of_garment, of_person};
use stl_types::manifest::NetworkSpec;
use stl_types::wire::{NumbersSearch, SearchResponse};
use stl_types::{Class, Manifest};

use crate::requests::{Answer, form, post, ready_app};
use crate::support::{BLUE, RED, png};

const PATH: &str = "/api/v1/search";

/// A red shirt and blue trousers on white, 300×400.
fn person() -> Vec<u8> {
    let colour = |x, y| match (x, y) {
        (80..220, 60..180) => RED,
        (100..200, 200..380) => BLUE,
        _ => [255; 3],
    };
    png(&RgbImage::from_fn(300, 400, |x, y| Rgb(colour(x, y))).into())
}

/// The regions of [`person`] at a tenth of its size.
fn regions() -> Vec<u8> {
    let class = |x, y| match (x, y) {
        (8..22, 6..18) => Class::Shirts,
        (10..20, 20..38) => Class::Trousers,
        _ => Class::Background,
    };
    png(&GrayImage::from_fn(30, 40, |x, y| Luma([class(x, y) as u8])).into())
}

fn encoder(of: impl Fn(&Manifest) -> NetworkSpec) -> Encoder {
    let (onnx, spec) = network(of);
    Encoder::new(&onnx, spec).expect("known operators")
}

/// A shipped network and its manifest entry.
fn network(of: impl Fn(&Manifest) -> NetworkSpec) -> (Vec<u8>, NetworkSpec) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let manifest = Manifest::parse(&std::fs::read_to_string(folder.join("manifest.toml")).expect("a manifest"));
    let spec = of(&manifest.expect("the networks' manifest"));
    (std::fs::read(folder.join(&spec.file)).expect("a network"), spec)
}

fn query() -> Encoder {
    encoder(|manifest| manifest.fashion2shop.query.clone())
}

fn numbers() -> NumbersSearch {
    of_person(&query(), &person(), &regions()).expect("a person")
}

async fn search(parameters: &str, body: impl serde::Serialize) -> Answer {
    let body = serde_json::to_vec(&body).expect("JSON");
    post(ready_app(), &format!("{PATH}{parameters}"), "application/json", body).await
}

#[track_caller]
fn found(answer: &Answer) -> SearchResponse {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer.json()
}

/// Category, garment and products of each row.
fn rows(response: &SearchResponse) -> Vec<(String, Option<u32>, Vec<&str>)> {
    response
        .categories
        .iter()
        .map(|row| {
            let products = row.cards.iter().map(|card| &*card.product.id).collect();
            (row.category.to_string(), row.garment.map(|garment| garment.left), products)
        })
        .collect()
}

#[tokio::test]
async fn numbers_find_what_the_cut_out_finds() {
    let numbers = numbers();
    assert_eq!(numbers.garments.len(), 2);
    // The whole person and two garments, eight categories, 128 numbers.
    assert_eq!(numbers.count(), 3 * 8 * 128);
    let by_numbers = found(&search("", &numbers).await);
    let (content_type, body) = form(&[("cutout", person()), ("regions", regions())]);
    let by_cutout = found(&post(ready_app(), PATH, content_type, body).await);
    assert_eq!(rows(&by_numbers), rows(&by_cutout));
    assert_eq!(by_numbers.articles_scored, by_cutout.articles_scored);
    for (a, b) in by_numbers.categories.iter().zip(&by_cutout.categories) {
        for (a, b) in a.cards.iter().zip(&b.cards) {
            assert!((a.score - b.score).abs() < 0.05, "{} and {}", a.score, b.score);
        }
    }
    let filtered = found(&search("?category=shirts&limit=1", &numbers).await);
    assert_eq!((filtered.categories.len(), filtered.categories[0].cards.len()), (1, 1));
}

#[test]
fn tract_computes_the_same_numbers_as_separable() {
    let (onnx, spec) = network(|manifest| manifest.fashion2shop.query.clone());
    let tract = Encoder::by_tract(&onnx, spec).expect("known operators");
    let [ours, theirs] = [query(), tract].map(|encoder| {
        let found = of_person(&encoder, &person(), &regions()).expect("a person");
        let garments = found.garments.iter().filter_map(|garment| garment.embedding.as_ref());
        let packed = [&found.whole].into_iter().chain(garments);
        packed.flat_map(|packed| packed.numbers(8 * 128).expect("eight embeddings")).collect::<Vec<_>>()
    });
    assert_eq!((ours.len(), theirs.len()), (3 * 8 * 128, 3 * 8 * 128));
    let furthest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest < 0.002, "numbers whose mean square is one differ by {furthest}");
}

#[tokio::test]
async fn a_garment_alone_is_told_by_its_feature() {
    let article = encoder(|manifest| manifest.fashion_dna.clone());
    let numbers = of_garment(&query(), &article, &person()).expect("a garment");
    let by_numbers = found(&search("?subject=garment", &numbers).await);
    let by_cutout = found(&post(ready_app(), &format!("{PATH}?subject=garment"), "image/png", person()).await);
    let categories =
        |response: &SearchResponse| -> Vec<_> { response.categories.iter().map(|row| row.category).collect() };
    assert_eq!(categories(&by_numbers), categories(&by_cutout));
}

#[tokio::test]
async fn numbers_of_another_network_and_what_is_no_look_are_refused_with_what_was_expected() {
    let good = serde_json::to_value(numbers()).expect("JSON");
    let changed = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect(pointer) = value;
        body
    };
    let mut twice = good.clone();
    let first = twice["garments"][0].clone();
    twice["garments"].as_array_mut().expect("a list").push(first);
    let cases = [
        (changed("/network", json!("0".repeat(64))), StatusCode::CONFLICT, "other-network", "another network"),
        (changed("/width", json!(0)), StatusCode::UNPROCESSABLE_ENTITY, "bad-numbers", "width and height from 1"),
        (changed("/whole", json!("AAAA")), StatusCode::UNPROCESSABLE_ENTITY, "bad-numbers", "expected 1024 numbers"),
        (changed("/whole", json!("%")), StatusCode::UNPROCESSABLE_ENTITY, "bad-numbers", "base64"),
        (
            changed("/garments/0/seen/left", json!(4_000_000_000_u32)),
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-numbers",
            "inside",
        ),
        (
            changed("/garments/0/seen/share", json!(1.5)),
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-numbers",
            "share from 0 to 1",
        ),
        (
            changed("/garments/0/votes/0", json!(7)),
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-numbers",
            "shares and sum to 1",
        ),
        (twice, StatusCode::UNPROCESSABLE_ENTITY, "bad-numbers", "another layer"),
        (changed("/garments", json!("none")), StatusCode::BAD_REQUEST, "bad-numbers", "numbers of a search as JSON"),
        (json!({"network": ["a".repeat(70_000)]}), StatusCode::BAD_REQUEST, "bad-numbers", "at most 64 kB"),
    ];
    for (body, status, code, words) in cases {
        let answer = search("", &body).await;
        let problem: Value = answer.json();
        assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{words}: {problem}");
    }
    let as_garment = search("?subject=garment", &good).await;
    assert_eq!(as_garment.status, StatusCode::UNPROCESSABLE_ENTITY);
}
