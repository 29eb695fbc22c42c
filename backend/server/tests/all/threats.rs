//! What somebody may try who reaches the server alone. Further threats are tested where their defence is: docs/security.md names each.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use serde_json::Value;
use stl_server::config::Config;
use stl_server::http::app::app;

use crate::requests::{Answer, STATE, call, get, ready_app};
use crate::support::{RED, SHOP, png, rectangle};

/// The server with a page, ready.
fn with_page(folder: &Path) -> Router {
    let html = "<!doctype html><html><head><title>Shop the look</title></head><body></body></html>";
    std::fs::write(folder.join("index.html"), html).expect("written");
    app(&Config::for_testing(&SHOP.catalogue(), folder), STATE.clone())
}

async fn with_headers(app: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    call(app.clone(), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn no_answer_may_be_framed_or_sent_by_a_form_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = with_page(folder.path());
    for path in ["/", "/products/tops-a", "/admin", "/api/v1/products", "/nothing"] {
        let answer = with_headers(&page, path, &[("accept", "text/html")]).await;
        let policy = answer.header("content-security-policy");
        for part in ["frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
    }
}

#[tokio::test]
async fn what_a_request_says_of_its_host_is_in_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = with_page(folder.path());
    let forged = [
        ("accept", "text/html"),
        // Problems name it.
        ("x-request-id", "the-request"),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-proto", "evil.example"),
        ("x-original-url", "/evil.example"),
        ("x-rewrite-url", "/evil.example"),
        ("referer", "https://evil.example/"),
        ("user-agent", "evil.example"),
    ];
    for path in ["/", "/products/tops-a", "/api/v1/products?id=tops-a", "/api/v1/shop", "/nothing.js"] {
        let [plain, answer] = [with_headers(&page, path, &forged[..2]).await, with_headers(&page, path, &forged).await];
        assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{path}");
        let headers =
            answer.headers.values().filter(|value| String::from_utf8_lossy(value.as_bytes()).contains("evil"));
        assert_eq!(headers.count(), 0, "{path}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn no_cache_keeps_an_answer_that_is_for_one_visitor_or_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = with_page(folder.path());
    let search = Request::post("/api/v1/search").header("content-type", "image/png");
    let search = search.body(Body::from(png(&rectangle(90, 120, RED)))).expect("a request");
    let found = call(page.clone(), search).await;
    assert!(found.status.is_success() && !found.header("cache-control").contains("public"), "{:?}", found.headers);
    for path in ["/api/v1/products/nobody", "/api/v1/nothing", "/api/v1/facets?market=nowhere"] {
        let answer = get(page.clone(), path).await;
        assert_eq!((answer.status.is_client_error(), answer.header("cache-control")), (true, "no-store"), "{path}");
    }
}

/// The longest list of numbers in a value.
fn longest_list(value: &Value) -> usize {
    match value {
        Value::Array(values) if values.iter().all(Value::is_number) => values.len(),
        Value::Array(values) => values.iter().map(longest_list).max().unwrap_or(0),
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or(0),
        _ => 0,
    }
}

/// The longest text in a value.
fn longest_text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(longest_text).max().unwrap_or(0),
        Value::Object(fields) => fields.values().map(longest_text).max().unwrap_or(0),
        _ => 0,
    }
}

#[tokio::test]
async fn no_answer_has_an_embedding_that_could_be_turned_back() {
    let search = Request::post("/api/v1/search").header("content-type", "image/png");
    let search = search.body(Body::from(png(&rectangle(90, 120, RED)))).expect("a request");
    let mut answers = vec![call(ready_app(), search).await];
    for path in ["products?id=tops-a", "products/tops-a", "products/tops-a/similar", "products/tops-a/looks", "facets"]
    {
        answers.push(get(ready_app(), &format!("/api/v1/{path}")).await);
    }
    for answer in answers {
        assert!(answer.status.is_success(), "{:?}", answer.body);
        let body: Value = answer.json();
        // f(I) has 128 numbers and more, as text some hundred letters.
        assert!(longest_list(&body) < 64 && longest_text(&body) < 200, "{body}");
    }
}

#[tokio::test]
async fn an_answer_has_a_bound_whatever_is_asked_for() {
    let ids = "id=tops-a&".repeat(2000);
    let many = get(ready_app(), &format!("/api/v1/products?{ids}")).await;
    assert_eq!(many.problem(), (400, "bad-parameter".to_owned()));
    for query in ["limit=51", "further=51", "limit=-1", "limit=1e9"] {
        let answer = get(ready_app(), &format!("/api/v1/products/tops-a/similar?{query}")).await;
        assert_eq!(answer.problem(), (400, "bad-parameter".to_owned()), "{query}");
    }
    let brands = "brand=x&".repeat(65);
    let answer = get(ready_app(), &format!("/api/v1/products/tops-a/similar?{brands}")).await;
    assert_eq!(answer.problem(), (400, "bad-parameter".to_owned()));
}

#[tokio::test]
async fn a_body_that_stops_arriving_is_given_up() {
    let mut config = Config::for_testing(&SHOP.catalogue(), Path::new("no-page"));
    config.request_timeout = Duration::from_millis(200);
    let server = app(&config, STATE.clone());
    let begin = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"\x89PNG"))]);
    let body = Body::from_stream(futures_util::StreamExt::chain(begin, futures_util::stream::pending()));
    let request = Request::post("/api/v1/search").header("content-type", "image/png").body(body);
    let answer = call(server, request.expect("a request")).await;
    assert_eq!(answer.problem(), (408, "request-timeout".to_owned()));
}
