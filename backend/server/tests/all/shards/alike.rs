//! Every answer of a front with one, two and four shards is that of one server, bit for bit.

use axum::Router;
use axum::http::StatusCode;
use image::{GrayImage, Luma};
use serde_json::Value;
use stl_encoder::numbers::{Encoder, of_person};
use stl_types::Manifest;

use super::{Shop, cutout, rules};
use crate::requests::{Answer, form, get, post};
use crate::support::png;

/// What a visitor may ask, beside what is sent.
const PARAMETERS: [&str; 16] = [
    "",
    "limit=50",
    "limit=3&further=40",
    "market=ch",
    "market=ch&limit=50&category=tops&category=skirts",
    "gender=female&brand=Acme",
    "color=navy&in_stock=true",
    "size=L",
    "price_min=1000&price_max=3000&currency=EUR",
    "market=ch&price_max=2500&currency=CHF",
    "label=season:S1",
    "rules=off",
    "variant=b",
    "market=ch&variant=b&brand=Nordlicht",
    "category=dresses",
    "less_like=00004&less_like=00005",
];

/// An answer without how long it took, and its status.
fn said(answer: &Answer) -> (StatusCode, Value, String) {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("timing");
        fields.remove("request_id");
    }
    (answer.status, body, answer.header("catalogue-version").to_owned())
}

fn numbers() -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let manifest = std::fs::read_to_string(folder.join("manifest.toml")).expect("a manifest");
    let spec = Manifest::parse(&manifest).expect("the networks' manifest").fashion2shop.query;
    let encoder = Encoder::new(&std::fs::read(folder.join(&spec.file)).expect("a network"), spec).expect("operators");
    serde_json::to_vec(&of_person(&encoder, &cutout(), &regions()).expect("a person")).expect("JSON")
}

/// A shirt over trousers.
fn regions() -> Vec<u8> {
    png(&GrayImage::from_fn(9, 12, |_, y| Luma([if y < 6 { 6 } else { 8 }])).into())
}

/// All answers of a server.
async fn answers(server: &Router, numbers: &[u8]) -> Vec<(String, (StatusCode, Value, String))> {
    let mut all = Vec::new();
    for parameters in PARAMETERS {
        let path = format!("/api/v1/search?{parameters}");
        let (kind, body) = form(&[("cutout", cutout()), ("regions", regions())]);
        let garment = format!("{path}&subject=garment");
        for (name, answer) in [
            ("picture", post(server.clone(), &path, "image/png", cutout()).await),
            ("form", post(server.clone(), &path, kind, body).await),
            ("numbers", post(server.clone(), &path, "application/json", numbers.to_vec()).await),
            ("garment", post(server.clone(), garment.trim_end_matches('&'), "image/png", cutout()).await),
        ] {
            all.push((format!("{name} {parameters}"), said(&answer)));
        }
        if !parameters.contains("category") {
            for id in ["00003", "00300", "00308-L", "00014"] {
                let path = format!("/api/v1/products/{id}/similar?{parameters}");
                // Twice: the second one may be kept.
                for _ in 0..2 {
                    all.push((path.clone(), said(&get(server.clone(), &path).await)));
                }
            }
        }
    }
    for path in [
        "/api/v1/facets",
        "/api/v1/facets?market=ch",
        "/api/v1/products/00300",
        "/api/v1/products/00300/looks",
        "/api/v1/products?id=00001&id=00002&market=ch",
        "/api/v1/search?market=nowhere",
    ] {
        all.push((path.to_owned(), said(&get(server.clone(), path).await)));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_of_one_two_and_four_shards_are_those_of_one_server() {
    let (shop, numbers) = (Shop::new(), numbers());
    for rules in [None, Some(rules())] {
        if let Some(rules) = &rules {
            std::fs::write(shop.catalogue().join("rules.toml"), rules).expect("written");
        }
        let expected = answers(&shop.alone(), &numbers).await;
        let refused = expected.iter().filter(|(_, (status, ..))| *status != StatusCode::OK);
        let refused: Vec<&String> = refused.map(|(what, _)| what).collect();
        assert_eq!(refused, ["/api/v1/search?market=nowhere"]);
        for of in [1, 2, 4] {
            let (_states, addresses) = shop.shards(of).await;
            let found = answers(&shop.front(&addresses), &numbers).await;
            for ((what, expected), (_, found)) in expected.iter().zip(&found) {
                // Both would fill pages.
                assert!(found == expected, "{of} shards, rules: {}: {what}: the answers differ", rules.is_some());
            }
        }
    }
}
