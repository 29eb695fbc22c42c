//! `POST /api/v1/search`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use image::{DynamicImage, ImageFormat};
use stl_server::config::Config;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::Category;
use stl_types::wire::SearchResponse;

use crate::requests::{Answer, get, loading_app, post, ready_app};
use crate::support::{BLUE, ON_PROCESSOR, PRODUCTS, RED, SHOP, encoded, models, png, rectangle};

const PATH: &str = "/api/v1/search";

async fn search(query: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    post(ready_app(), &format!("{PATH}{query}"), content_type, body).await
}

async fn found(query: &str) -> SearchResponse {
    let answer = search(query, "image/png", png(&rectangle(300, 400, RED))).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer.json()
}

#[tokio::test]
async fn every_category_answers_best_first_and_ties_stand_in_the_order_of_ids() {
    let response = found("").await;
    assert_eq!(response.categories.len(), Category::ALL.len());
    assert_eq!(response.articles_scored, PRODUCTS);
    let tops: Vec<f32> = response.categories.iter().map(|category| category.cards[0].score).collect();
    assert!(tops.is_sorted_by(|a, b| a >= b), "{tops:?}");
    for category in &response.categories {
        assert_eq!(category.cards.len(), 3);
        assert!(category.cards.iter().all(|card| card.product.category == category.category));
        assert!(category.cards.is_sorted_by(|a, b| a.score >= b.score));
        let place = |ending: &str| {
            let found = category.cards.iter().position(|card| card.product.id.ends_with(ending));
            found.expect("all three are shown")
        };
        let (first, second) = (place("-a"), place("-b"));
        assert!(first < second, "equal pictures: {:?}", category.cards);
        assert_eq!(category.cards[first].score, category.cards[second].score);
    }
    assert!(response.timing.encode_ms > 0.0);
}

#[tokio::test]
async fn a_garment_alone_is_at_most_one_row_and_no_category_is_missing() {
    let response = found("?subject=garment").await;
    let seen: Vec<_> = response.categories.iter().filter(|row| row.garment.is_some()).collect();
    assert!(seen.len() <= 1, "{seen:?}");
    for category in Category::ALL {
        let has_it = response
            .categories
            .iter()
            .any(|row| row.category == category || row.likely.iter().any(|likely| likely.category == category));
        assert!(has_it, "{category}");
    }
    for garment in seen.iter().filter_map(|row| row.garment) {
        assert!((garment.share - 1.0).abs() < f32::EPSILON, "{garment:?}");
        // What is not white.
        assert_eq!((garment.left, garment.top, garment.width, garment.height), (75, 80, 150, 240));
    }
}

#[tokio::test]
async fn limit_and_category_narrow_the_answer() {
    let response = found("?limit=2").await;
    assert!(response.categories.iter().all(|category| category.cards.len() == 2));
    let response = found("?category=t-shirts&limit=50").await;
    assert_eq!(response.categories.len(), 1);
    assert_eq!((response.categories[0].category, response.articles_scored), (Category::TShirts, 3));
    let mut response = found("?category=t-shirts&category=skirts&category=t-shirts").await;
    response.categories.sort_by_key(|found| found.category);
    let searched: Vec<Category> = response.categories.iter().map(|found| found.category).collect();
    assert_eq!((&searched[..], response.articles_scored), (&[Category::Skirts, Category::TShirts][..], 6));
}

#[tokio::test]
async fn further_products_continue_the_cards() {
    let whole = found("").await;
    let parts = found("?limit=1&further=49").await;
    for (whole, part) in whole.categories.iter().zip(&parts.categories) {
        let expected: Vec<(&str, f32)> =
            whole.cards.iter().map(|card| (card.product.id.as_str(), card.score)).collect();
        let cards = part.cards.iter().map(|card| (card.product.id.as_str(), card.score));
        let further = part.further.iter().map(|card| (card.id.as_str(), card.score));
        assert_eq!(cards.chain(further).collect::<Vec<_>>(), expected);
        assert_eq!((whole.further.len(), part.cards.len()), (0, 1));
    }
    let bounded = found("?limit=1&further=1").await;
    assert!(bounded.categories.iter().all(|row| (row.cards.len(), row.further.len()) == (1, 1)));
}

#[tokio::test]
async fn a_disliked_product_is_left_out_and_its_copy_falls() {
    let scores = async |query: &str| -> BTreeMap<String, f32> {
        let rows = found(query).await.categories;
        rows.into_iter().flat_map(|row| row.cards).map(|card| (card.product.id, card.score)).collect()
    };
    let (before, after) = (scores("").await, scores("?less_like=shirts-a&less_like=unknown").await);
    assert!(before.contains_key("shirts-a") && !after.contains_key("shirts-a"));
    let lead = |scores: &BTreeMap<String, f32>| scores["shirts-b"] - scores["shirts/c ü"];
    assert!(lead(&after) < lead(&before), "{} after {}", lead(&after), lead(&before));
    for id in ["trousers-a", "trousers/c ü", "dresses-b"] {
        assert_eq!(after[id], before[id], "{id} is worn on another part of the body");
    }
}

#[tokio::test]
async fn all_accepted_formats_are_answered() {
    let picture = rectangle(200, 300, BLUE);
    for (content_type, format) in [
        ("image/png", ImageFormat::Png),
        ("image/jpeg; charset=binary", ImageFormat::Jpeg),
        ("image/jpg", ImageFormat::Jpeg),
        ("IMAGE/WEBP", ImageFormat::WebP),
        ("application/octet-stream", ImageFormat::Png),
    ] {
        let answer = search("", content_type, encoded(&picture, format)).await;
        assert_eq!(answer.status, StatusCode::OK, "{content_type}: {:?}", answer.body);
    }
}

#[tokio::test]
async fn what_is_no_whole_picture_gets_a_problem() {
    let jpeg = encoded(&rectangle(200, 300, BLUE), ImageFormat::Jpeg);
    let huge = png(&DynamicImage::new_rgb8(4001, 1000));
    let mut garbled = png(&rectangle(64, 64, BLUE));
    garbled[45..60].fill(7);
    for (body, expected) in [
        (b"Dear diary, today I bought a coat".to_vec(), (422, "not-a-picture")),
        (Vec::new(), (400, "empty-body")),
        (jpeg[..jpeg.len() - 20].to_vec(), (422, "picture-truncated")),
        (jpeg[..8].to_vec(), (422, "picture-truncated")),
        (huge, (413, "picture-too-large")),
        (garbled, (422, "picture-damaged")),
        (
            png(&DynamicImage::ImageRgb8(image::RgbImage::from_pixel(50, 50, image::Rgb([255; 3])))),
            (422, "nothing-to-search"),
        ),
        (png(&DynamicImage::new_rgba8(50, 50)), (422, "nothing-to-search")),
    ] {
        let answer = search("", "application/octet-stream", body).await;
        let (status, code) = answer.problem();
        assert_eq!((status, code.as_str()), expected, "{:?}", answer.body);
    }
}

#[tokio::test]
async fn filters_leave_articles_out_before_they_are_scored() {
    let all = found("").await;
    assert_eq!(
        found("?brand=atelier&gender=female&color=red&color=blue&in_stock=true").await.categories,
        all.categories
    );
    let dear = found("?price_min=1995&price_max=1995&currency=EUR").await;
    assert_eq!((dear.articles_scored, &dear.categories), (PRODUCTS, &all.categories));
    let alike =
        "?age_group=adult&material=Linen&pattern=plain&pattern=dots&custom_label_2=aw26&label=Custom%20label_2:x";
    assert_eq!(found(alike).await.categories, all.categories);
    let none = [
        "brand=other",
        "color=green",
        "price_max=1994",
        "price_min=1996",
        "currency=USD",
        "age_group=kids",
        "material=wool",
        "pattern=dots",
        "custom_label_2=SS27",
        "custom_label_0=AW26",
        "label=season:AW26",
    ];
    for nothing in none {
        let response = found(&format!("?{nothing}")).await;
        assert_eq!(response.articles_scored, 0, "{nothing}");
        assert!(response.categories.iter().all(|found| found.cards.is_empty()), "{nothing}");
    }
}

#[tokio::test]
async fn headers_and_parameters_are_checked() {
    let body = || png(&rectangle(30, 40, RED));
    for (query, content_type, expected) in [
        ("", "text/plain", (415, "unsupported-media-type")),
        ("", "image/gif", (415, "unsupported-media-type")),
        ("?category=hats", "image/png", (400, "bad-parameter")),
        ("?category=tops&category=hats", "image/png", (400, "bad-parameter")),
        ("?limit=0", "image/png", (400, "bad-parameter")),
        ("?label=season", "image/png", (400, "bad-parameter")),
        ("?label=:AW26", "image/png", (400, "bad-parameter")),
        ("?label=season:", "image/png", (400, "bad-parameter")),
        ("?limit=51", "image/png", (400, "bad-parameter")),
        ("?limit=many", "image/png", (400, "bad-parameter")),
        ("?price_max=9.99", "image/png", (400, "bad-parameter")),
        ("?colour=red", "image/png", (400, "bad-parameter")),
    ] {
        let (status, code) = search(query, content_type, body()).await.problem();
        assert_eq!((status, code.as_str()), expected, "{query} {content_type}");
    }
    let (status, code) = get(ready_app(), PATH).await.problem();
    assert_eq!((status, code.as_str()), (405, "method-not-allowed"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_declared_or_not() {
    let too_large = vec![0; 4 * 1024 * 1024 + 1];
    let (status, code) = search("", "image/png", too_large.clone()).await.problem();
    assert_eq!((status, code.as_str()), (413, "upload-too-large"));
    // A stream declares no length.
    let stream = Body::new(Chunks(too_large.chunks(65536).map(<[u8]>::to_vec).collect()));
    let (status, code) = search("", "image/png", stream).await.problem();
    assert_eq!((status, code.as_str()), (413, "upload-too-large"));
}

/// Chunks of a body, one after the other.
struct Chunks(std::collections::VecDeque<Vec<u8>>);

impl axum::body::HttpBody for Chunks {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(self.0.pop_front().map(|chunk| Ok(hyper::body::Frame::data(chunk.into()))))
    }
}

#[tokio::test]
async fn before_the_catalogue_is_loaded_a_client_is_told_to_wait() {
    let answer = post(loading_app(Path::new("no-page")), PATH, "image/png", png(&rectangle(30, 40, RED))).await;
    assert_eq!(answer.problem(), (503, "not-ready".to_owned()));
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn a_full_queue_is_answered_at_once_with_retry_after() {
    let config = Config { workers: 1, queue: 1, ..Config::for_testing(&SHOP.catalogue(), Path::new("no-page")) };
    let state = AppState::new(&config).expect("threads");
    state.set_engine(SearchEngine::load(&models(), &SHOP.catalogue(), ON_PROCESSOR).expect("a catalogue"));
    let (release, gate) = mpsc::channel::<()>();
    let busy = tokio::spawn({
        let queue = state.queue.clone();
        async move { queue.run(move || gate.recv().is_ok()).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let waiting = tokio::spawn({
        let queue = state.queue.clone();
        async move { queue.run(|| ()).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let server = app(&config, state);
    let answer = post(server.clone(), PATH, "image/png", png(&rectangle(30, 40, RED))).await;
    assert_eq!(answer.problem(), (503, "busy".to_owned()));
    assert_eq!(answer.header("retry-after"), "2");
    release.send(()).expect("the job waits");
    assert_eq!(busy.await.expect("no panic"), Ok(true));
    assert_eq!(waiting.await.expect("no panic"), Ok(()));
    let answer = post(server, PATH, "image/png", png(&rectangle(30, 40, RED))).await;
    assert_eq!(answer.status, StatusCode::OK);
}
