//! Compressed answers.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;
use stl_types::wire::paths;

use crate::requests::{Answer, call, get, ready_app};

async fn get_gzip(path: &str) -> Answer {
    let request = Request::get(path).header("accept-encoding", "gzip, br");
    call(ready_app(), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn large_json_is_compressed_for_those_who_accept_it_and_nothing_else_is() {
    let plain = get(ready_app(), paths::OPENAPI).await;
    assert_eq!(plain.header("content-encoding"), "");
    let small = get_gzip(paths::OPENAPI).await;
    assert_eq!((small.header("content-encoding"), small.header("vary")), ("gzip", "accept-encoding"));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&small.body[..]).read_to_end(&mut unpacked).expect("gzip");
    assert!(unpacked == plain.body, "the same answer");
    assert!(small.body.len() * 3 < plain.body.len(), "{} of {} bytes", small.body.len(), plain.body.len());
    assert_eq!(get_gzip("/healthz").await.header("content-encoding"), "", "a few bytes");
    let facets = get_gzip(paths::FACETS).await;
    assert_eq!(facets.header("content-encoding") == "gzip", facets.body.starts_with(&[0x1f, 0x8b]));
}
