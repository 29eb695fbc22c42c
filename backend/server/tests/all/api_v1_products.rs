//! `GET /api/v1/products/{id}`.

use axum::http::StatusCode;
use stl_types::wire::{Availability, Problem, Product};
use stl_types::{Category, Price};

use crate::requests::{get, ready_app};

#[tokio::test]
async fn a_product_is_what_the_feed_said() {
    let answer = get(ready_app(), "/api/v1/products/shirts-a").await;
    assert_eq!(answer.status, StatusCode::OK);
    let product: Product = answer.json();
    assert_eq!((product.id.as_str(), product.title.as_str()), ("shirts-a", "Article shirts-a"));
    assert_eq!(product.price, Price { amount_minor: 1995, currency: "EUR".to_owned() });
    assert_eq!((product.availability, product.category), (Availability::InStock, Category::Shirts));
    assert_eq!((product.gender.as_str(), product.brand.as_str()), ("unisex", "Atelier"));
}

#[tokio::test]
async fn an_id_may_hold_any_letter() {
    let answer = get(ready_app(), "/api/v1/products/shirts%2Fc%20%C3%BC").await;
    assert_eq!(answer.json::<Product>().id, "shirts/c ü");
}

#[tokio::test]
async fn products_come_in_the_order_of_the_ids_without_unknown_ones() {
    let answer = get(ready_app(), "/api/v1/products?id=tops-b&id=nothing&id=shirts%2Fc%20%C3%BC&id=tops-a").await;
    assert_eq!(answer.status, StatusCode::OK);
    let products: Vec<Product> = answer.json();
    let ids: Vec<&str> = products.iter().map(|product| product.id.as_str()).collect();
    assert_eq!(ids, ["tops-b", "shirts/c ü", "tops-a"]);
    assert_eq!(products[2], get(ready_app(), "/api/v1/products/tops-a").await.json());
}

#[tokio::test]
async fn a_list_has_one_to_fifty_ids() {
    let ids = |count: usize| format!("/api/v1/products?{}", vec!["id=tops-a"; count].join("&"));
    assert_eq!(get(ready_app(), &ids(50)).await.json::<Vec<Product>>().len(), 50);
    for (path, got) in [(ids(0), "got none"), (ids(51), "got 51"), (ids(70), "got 70")] {
        let answer = get(ready_app(), &path).await;
        assert_eq!(answer.problem(), (400, "bad-parameter".to_owned()), "{path}");
        assert!(answer.json::<Problem>().detail.contains(got), "{:?}", answer.body);
    }
}

#[tokio::test]
async fn unknown_products_and_paths_are_problems() {
    for (path, code) in [
        ("/api/v1/products/nothing", "unknown-product"),
        ("/api/v1/products/%FF", "not-found"),
        ("/api/v2", "not-found"),
        ("/api", "not-found"),
    ] {
        assert_eq!(get(ready_app(), path).await.problem(), (404, code.to_owned()), "{path}");
    }
}
