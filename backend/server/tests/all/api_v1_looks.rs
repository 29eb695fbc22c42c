//! `GET /api/v1/products/{id}/looks`: what is no look, and what is refused. `product_looks` of the system's tests has people.

use std::path::Path;

use axum::http::StatusCode;
use stl_types::wire::ProductLooks;

use crate::requests::{get, loading_app, ready_app};

#[tokio::test]
async fn a_product_without_further_pictures_has_no_looks() {
    for path in ["shirts-a/looks", "shirts%2Fc%20%C3%BC/looks", "tops-b/looks?limit=50"] {
        let answer = get(ready_app(), &format!("/api/v1/products/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.json::<ProductLooks>(), ProductLooks::default(), "{path}");
    }
}

#[tokio::test]
async fn unknown_products_and_wrong_parameters_are_problems() {
    for (path, expected) in [
        ("nothing/looks", (404, "unknown-product")),
        ("shirts-a/looks/more", (404, "not-found")),
        ("shirts-a/looks?limit=0", (400, "bad-parameter")),
        ("shirts-a/looks?limit=51", (400, "bad-parameter")),
        ("shirts-a/looks?category=tops", (400, "bad-parameter")),
    ] {
        let (status, code) = get(ready_app(), &format!("/api/v1/products/{path}")).await.problem();
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    let answer = get(loading_app(Path::new("no-page")), "/api/v1/products/shirts-a/looks").await;
    assert_eq!((answer.problem().0, answer.header("retry-after")), (503, "2"));
}
