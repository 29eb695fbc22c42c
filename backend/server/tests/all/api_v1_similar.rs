//! `GET /api/v1/products/{id}/similar`.

use std::path::Path;

use axum::http::StatusCode;
use stl_types::Category;
use stl_types::wire::SearchResponse;

use crate::requests::{get, loading_app, post, ready_app};
use crate::support::{png, rectangle};

async fn similar(path: &str) -> SearchResponse {
    let answer = get(ready_app(), &format!("/api/v1/products/{path}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
    answer.json()
}

fn ids(response: &SearchResponse) -> Vec<&str> {
    response.categories.iter().flat_map(|found| &found.cards).map(|card| card.product.id.as_str()).collect()
}

#[tokio::test]
async fn the_others_of_its_category_come_the_same_picture_first() {
    let response = similar("shirts-b/similar").await;
    assert_eq!(response.categories.len(), 1);
    assert_eq!(response.categories[0].category, Category::Shirts);
    assert_eq!(ids(&response), ["shirts-a", "shirts/c ü"]);
    assert_eq!(response.articles_scored, 2, "itself is not compared");
    assert!(response.categories[0].garment.is_none());
    assert_eq!(ids(&similar("shirts%2Fc%20%C3%BC/similar").await).len(), 2, "an id may hold any letter");
}

#[tokio::test]
async fn it_is_a_search_with_the_products_picture() {
    let picture = get(ready_app(), "/api/v1/images/tops-a").await.body;
    let answer = post(ready_app(), "/api/v1/search?category=tops", "image/jpeg", picture).await;
    let searched: SearchResponse = answer.json();
    let mut cards = searched.categories[0].cards.clone();
    cards.retain(|card| card.product.id != "tops-a");
    assert_eq!(similar("tops-a/similar").await.categories[0].cards, cards);
}

#[tokio::test]
async fn limit_and_filters_narrow_it() {
    assert_eq!(ids(&similar("shirts-a/similar?limit=1").await), ["shirts-b"]);
    let nothing = similar("shirts-a/similar?brand=other").await;
    assert_eq!((ids(&nothing).len(), nothing.articles_scored), (0, 0));
    let response = similar("shirts-a/similar?brand=atelier&in_stock=true&price_max=1995&currency=EUR").await;
    assert_eq!((ids(&response).len(), response.articles_scored), (2, 2));
}

#[tokio::test]
async fn unknown_products_and_wrong_parameters_are_problems() {
    for (path, expected) in [
        ("nothing/similar", (404, "unknown-product")),
        ("%FF/similar", (404, "not-found")),
        ("shirts-a/similar/more", (404, "not-found")),
        ("shirts-a/similar?limit=0", (400, "bad-parameter")),
        ("shirts-a/similar?colour=red", (400, "bad-parameter")),
        ("shirts-a/similar?category=tops", (400, "bad-parameter")),
        ("shirts-a/similar?subject=garment", (400, "bad-parameter")),
    ] {
        let (status, code) = get(ready_app(), &format!("/api/v1/products/{path}")).await.problem();
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    let body = png(&rectangle(30, 40, [9; 3]));
    let answer = post(ready_app(), "/api/v1/products/shirts-a/similar", "image/png", body).await;
    assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()));
    let answer = get(loading_app(Path::new("no-page")), "/api/v1/products/shirts-a/similar").await;
    assert_eq!((answer.problem().0, answer.header("retry-after")), (503, "2"));
}
