//! Pages of other origins: the answers that they may read, and that they may read none until an origin is allowed.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use stl_server::config::Config;
use stl_server::http::app::app;
use tempfile::TempDir;

use crate::requests::{Answer, STATE, call, ready_app};
use crate::support::{RED, SHOP, png, rectangle};

const SHOP_ORIGIN: &str = "https://shop.example";

/// A page and the widget's files.
fn client() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("index.html", "<!doctype html>"),
        ("widget.js", "export {}"),
        ("widget.json", "{}"),
        ("widget.d.ts", "export {}"),
        ("widget-0123456789abcdef.css", ":host {}"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

/// The server, open to two shops.
fn open_app(client: &Path) -> Router {
    let mut config = Config::for_testing(&SHOP.catalogue(), client);
    config.allowed_origins =
        [SHOP_ORIGIN, "http://127.0.0.1:8000"].map(|origin| origin.parse().expect("an origin")).into();
    app(&config, STATE.clone())
}

async fn send(app: Router, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    call(app, request.body(Body::from(body)).expect("a request")).await
}

async fn read(app: Router, path: &str, origin: &str) -> Answer {
    send(app, Method::GET, path, &[("origin", origin)], Vec::new()).await
}

#[tokio::test]
async fn an_allowed_page_searches_and_reads_and_another_one_does_not() {
    let client = client();
    let cutout = png(&rectangle(90, 120, RED));
    for (origin, allowed) in [
        (SHOP_ORIGIN, SHOP_ORIGIN),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://shop.example.evil.example", ""),
        ("http://shop.example", ""),
        ("null", ""),
    ] {
        let headers = [("origin", origin), ("content-type", "image/png")];
        let answer = send(open_app(client.path()), Method::POST, "/api/v1/search", &headers, cutout.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "what a server allows is for browsers to enforce");
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "there is nothing to log in to");
        // Beside what the compression of JSON depends on.
        let vary: Vec<_> = answer.headers.get_all("vary").into_iter().collect();
        assert!(vary.iter().any(|vary| *vary == "origin"), "{vary:?}");
        for path in ["/widget.json", "/widget-0123456789abcdef.css", "/api/v1/nothing"] {
            let answer = read(open_app(client.path()), path, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{path} for {origin}");
            let vary: Vec<_> = answer.headers.get_all("vary").into_iter().collect();
            assert!(vary.iter().any(|vary| *vary == "origin"), "{path}: {vary:?}");
        }
    }
}

#[tokio::test]
async fn a_preflight_is_answered_without_reaching_a_handler() {
    let client = client();
    let preflight = async |origin| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        send(open_app(client.path()), Method::OPTIONS, "/api/v1/search", &headers, Vec::new()).await
    };
    let answer = preflight(SHOP_ORIGIN).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), SHOP_ORIGIN);
    assert_eq!(answer.header("access-control-allow-methods"), "GET,HEAD,POST");
    assert_eq!(answer.header("access-control-allow-headers"), "accept,content-type");
    assert_eq!(answer.header("access-control-max-age"), "7200");
    assert_eq!(preflight("https://other.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn the_administration_is_for_no_page() {
    let client = client();
    for path in ["/api/v1/admin", "/api/v1/admin/catalogue", "/api/v1/admin/products/1"] {
        for method in [Method::GET, Method::OPTIONS, Method::DELETE] {
            let headers = [("origin", SHOP_ORIGIN), ("access-control-request-method", "DELETE")];
            let answer = send(open_app(client.path()), method, path, &headers, Vec::new()).await;
            let cors_header = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
            assert_eq!((cors_header, answer.status.is_success()), (None, false), "{path}");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        }
    }
}

#[tokio::test]
async fn widget_and_pictures_may_be_embedded_where_somebody_is_allowed_and_the_page_and_answers_may_not() {
    let client = client();
    for (path, policy) in [
        ("/widget.js", "cross-origin"),
        ("/widget.json", "cross-origin"),
        ("/widget-0123456789abcdef.css", "cross-origin"),
        ("/api/v1/images/shirts-a", "cross-origin"),
        ("/", "same-origin"),
        ("/api/v1/products/shirts-a", "same-origin"),
    ] {
        let answer = read(open_app(client.path()), path, SHOP_ORIGIN).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), policy, "{path}");
    }
}

#[tokio::test]
async fn the_loader_is_readable_by_everybody_so_that_it_can_say_why_it_does_nothing() {
    let client = client();
    for origin in [SHOP_ORIGIN, "https://other.example"] {
        let answer = read(open_app(client.path()), "/widget.js", origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
    let types = read(open_app(client.path()), "/widget.d.ts", SHOP_ORIGIN).await;
    assert_eq!(types.header("content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn until_somebody_is_allowed_no_answer_speaks_of_other_origins() {
    for path in ["/api/v1/images/shirts-a", "/api/v1/products/shirts-a", "/widget.js"] {
        let answer = read(ready_app(), path, SHOP_ORIGIN).await;
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(!answer.header("vary").contains("origin"));
    }
    let headers = [("origin", SHOP_ORIGIN), ("access-control-request-method", "POST")];
    let answer = send(ready_app(), Method::OPTIONS, "/api/v1/search", &headers, Vec::new()).await;
    assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()));
}
