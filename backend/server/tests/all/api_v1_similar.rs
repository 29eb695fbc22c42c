//! `GET /api/v1/products/{id}/similar`.

use std::path::Path;

use axum::http::StatusCode;
use stl_server::catalogue::Catalogue;
use stl_server::matching::dot;
use stl_server::matching::score::score_reference;
use stl_types::Category;
use stl_types::wire::SearchResponse;

use crate::requests::{get, loading_app, post, ready_app};
use crate::support::{ON_PROCESSOR, SHOP, models, png, rectangle};

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
async fn it_is_the_match_of_the_products_own_feature_with_all_others() {
    let catalogue = Catalogue::load(&SHOP.catalogue(), &models(), ON_PROCESSOR).expect("a catalogue");
    let weights = models().match_weights().expect("weights");
    for id in ["shirts-a", "tops-a"] {
        let response = similar(&format!("{id}/similar")).await;
        let scores: Vec<(f32, &str)> =
            response.categories[0].cards.iter().map(|card| (card.score, card.product.id.as_str())).collect();
        let category = catalogue.find(id).expect("an article").category;
        let others = (0..catalogue.len()).filter_map(|position| catalogue.get(position));
        let others = others.filter(|article| article.category == category && article.id != id);
        // The match as the paper writes it, one article after the other.
        let mut expected: Vec<(f32, &str)> = others
            .map(|article| {
                let [query, feature] = [id, &article.id].map(|id| catalogue.feature(id).expect("a feature"));
                let projected = weights.v.chunks_exact(weights.width).zip(&weights.b);
                let row: Vec<f32> = projected.map(|(v, b)| dot(v, feature) + b).collect();
                let query = weights.project_query(query);
                (score_reference(&query, &row, &weights.w2), article.id.as_str())
            })
            .collect();
        expected.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        assert_eq!(scores.len(), expected.len(), "{id}");
        for ((score, found), (reference, article)) in scores.iter().zip(&expected) {
            assert!((score - reference).abs() < 1e-3, "{id}: {found} {score}, {article} {reference}");
        }
    }
}

#[tokio::test]
async fn what_was_found_is_kept_and_the_answer_is_the_same() {
    let first = similar("tops-b/similar?limit=2").await;
    let again = similar("tops-b/similar?limit=2").await;
    assert_eq!((&first.categories, first.articles_scored), (&again.categories, again.articles_scored));
    let timing = again.timing;
    assert_eq!((timing.decode_ms, timing.encode_ms, timing.match_ms), (0.0, 0.0, 0.0), "nothing but cards is made");
    assert_eq!(ids(&similar("tops-b/similar?limit=1").await), &ids(&first)[..1], "another limit of the same");
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
