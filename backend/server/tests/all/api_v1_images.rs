//! `GET /api/v1/images/{id}`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use image::ImageFormat;
use stl_types::wire::Product;

use crate::requests::{call, get, ready_app};

#[tokio::test]
async fn a_products_address_leads_to_a_jpeg_that_may_be_kept() {
    for id in ["tops-b", "tops%2Fc%20%C3%BC"] {
        let product: Product = get(ready_app(), &format!("/api/v1/products/{id}")).await.json();
        let answer = get(ready_app(), &product.image_url).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "image/jpeg"));
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        let picture = image::load_from_memory_with_format(&answer.body, ImageFormat::Jpeg).expect("a JPEG");
        assert!(picture.width() > 80 && picture.height() <= 800);

        let again = Request::get(&product.image_url).header("if-none-match", answer.header("etag"));
        let again = call(ready_app(), again.body(Body::empty()).expect("a request")).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    }
}

#[tokio::test]
async fn without_its_version_a_picture_is_kept_for_an_hour() {
    let answer = get(ready_app(), "/api/v1/images/tops-b").await;
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert_eq!(get(ready_app(), "/api/v1/images/..%2Fcatalogue.sqlite").await.problem().0, 404);
}

#[tokio::test]
async fn a_card_gets_the_smallest_copy_that_is_wide_enough() {
    // Its picture is 260 pixels wide: it has a copy of 240, and none of 480.
    let address = "/api/v1/images/tops%2Fc%20%C3%BC";
    let mut widths = Vec::new();
    for query in ["", "?width=100", "?width=240", "?width=241", "?width=480", "?width=800"] {
        let answer = get(ready_app(), &format!("{address}{query}")).await;
        let picture = image::load_from_memory_with_format(&answer.body, ImageFormat::Jpeg).expect("a JPEG");
        widths.push(picture.width());
        let again = Request::get(format!("{address}{query}")).header("if-none-match", answer.header("etag"));
        let again = call(ready_app(), again.body(Body::empty()).expect("a request")).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(widths, [260, 240, 240, 260, 260, 260]);
    for width in ["0", "801", "wide", "-1"] {
        assert_eq!(get(ready_app(), &format!("{address}?width={width}")).await.problem().0, 400, "{width}");
    }
}
