//! What a server measures of itself, and the ids of requests.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use stl_server::metrics::Recorder;

use crate::requests::{call, get, loading_app, ready_app};
use crate::support::{RED, png, rectangle};

/// A metric's value in a text: the line that begins with this.
fn value(text: &str, begin: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {text}"));
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect(line)
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_what_they_ask_for() {
    let recorder = Recorder::start().expect("a recorder");
    assert_eq!(get(ready_app(), "/api/v1/products/a-product-that-nobody-has").await.status, StatusCode::NOT_FOUND);
    get(ready_app(), "/a-file-that-is-none").await;
    let search = Request::post("/api/v1/search")
        .header("content-type", "image/png")
        .body(Body::from(png(&rectangle(60, 80, RED))))
        .expect("a request");
    assert_eq!(call(ready_app(), search).await.status, StatusCode::OK);
    let text = recorder.text();
    // Other tests count as well.
    let product = r#"shop_the_look_http_requests_total{route="/api/v1/products/{id}",method="GET",status="404"} "#;
    assert!(value(&text, product) >= 1.0);
    assert!(text.contains(r#"route="page""#), "{text}");
    assert!(
        value(&text, r#"shop_the_look_http_request_duration_seconds_count{route="/api/v1/search",method="POST"} "#)
            >= 1.0
    );
    for stage in ["decode", "encode", "match", "cards"] {
        assert!(value(&text, &format!("shop_the_look_search_stage_seconds_count{{stage=\"{stage}\"}} ")) >= 1.0);
    }
    assert!(value(&text, "process_resident_memory_bytes ") > 1e6);
    assert!(!text.contains("nobody-has") && !text.contains("a-file-that"), "{text}");
}

#[test]
fn alerts_and_dashboard_use_metrics_that_there_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = include_str!("../../src/metrics.rs");
    let documented = std::fs::read_to_string(root.join("docs/operate.md")).expect("read");
    let names = |text: &str| -> Vec<String> {
        let is_of_a_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let parts = text.split(|letter: char| !is_of_a_name(letter));
        parts.filter(|part| part.starts_with("shop_the_look_")).map(str::to_owned).collect()
    };
    for file in ["deploy/alerts.yml", "deploy/dashboard.json"] {
        let text = std::fs::read_to_string(root.join(file)).expect("read");
        let used = names(&text);
        assert!(used.len() >= 5, "{file}");
        for name in used {
            let name = name.trim_end_matches("_bucket");
            assert!(source.contains(&format!("\"{name}\"")), "{file}: {name}");
        }
    }
    for name in names(source).iter().filter(|name| !name.ends_with("look_")) {
        assert!(documented.contains(&format!("`{name}`")), "{name}");
    }
    serde_json::from_str::<Value>(&std::fs::read_to_string(root.join("deploy/dashboard.json")).expect("read"))
        .expect("JSON");
}

#[tokio::test]
async fn an_answer_and_its_problem_have_the_requests_id() {
    let request = |id: Option<&str>| {
        let request = Request::get("/readyz");
        id.map_or(Request::get("/readyz"), |id| request.header("X-Request-Id", id))
            .body(Body::empty())
            .expect("a request")
    };
    let loading = || loading_app(std::path::Path::new("no-page"));
    let answer = call(loading(), request(Some("proxy-7"))).await;
    assert_eq!((answer.status, answer.header("x-request-id")), (StatusCode::SERVICE_UNAVAILABLE, "proxy-7"));
    assert_eq!(answer.json::<Value>()["request_id"], "proxy-7");
    let answer = call(loading(), request(None)).await;
    assert_eq!(answer.json::<Value>()["request_id"], answer.header("x-request-id"));
    assert_eq!(answer.header("x-request-id").len(), 16);
}
