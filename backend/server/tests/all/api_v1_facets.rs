//! `GET /api/v1/facets`.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use stl_types::wire::{FacetCounts, FacetValue, FacetValues, PriceSpan};

use crate::requests::{call, get, loading_app, ready_app};
use crate::support::PRODUCTS;

const PATH: &str = "/api/v1/facets";

#[tokio::test]
async fn what_can_be_filtered_by_is_counted() {
    let answer = get(ready_app(), PATH).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    let of_all = |value: &str| FacetValue { value: value.to_owned(), count: PRODUCTS };
    let one = |value: &str| FacetValues { values: vec![of_all(value)], others: 0 };
    let genders = ["female", "male", "unisex"].map(of_all).to_vec();
    let span = PriceSpan { currency: "EUR".to_owned(), lowest_minor: 1995, highest_minor: 1995, count: PRODUCTS };
    let expected = FacetCounts {
        articles: PRODUCTS,
        in_stock: PRODUCTS,
        brands: one("Atelier"),
        colors: one("red"),
        genders: FacetValues { values: genders, others: 0 },
        prices: vec![span],
        age_groups: one("adult"),
        materials: FacetValues { values: ["cotton", "linen"].map(of_all).to_vec(), others: 0 },
        patterns: one("plain"),
        sizes: FacetValues::default(),
    };
    assert_eq!(answer.json::<FacetCounts>(), expected);
}

#[tokio::test]
async fn whoever_has_them_is_told_that_they_are_still_right() {
    let answer = get(ready_app(), PATH).await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    for (known, status) in [(answer.header("etag"), StatusCode::NOT_MODIFIED), ("\"another\"", StatusCode::OK)] {
        let request = Request::get(PATH).header("if-none-match", known).body(Body::empty()).expect("a request");
        assert_eq!(call(ready_app(), request).await.status, status);
    }
    assert_eq!(get(loading_app(Path::new("no-page")), PATH).await.problem(), (503, "not-ready".to_owned()));
}
