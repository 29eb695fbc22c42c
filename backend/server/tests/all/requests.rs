//! The server as a router, and requests without a network.

use std::path::Path;
use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use stl_server::config::Config;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::pipeline::search::SearchEngine;
use stl_types::wire::Problem;
use tower::ServiceExt as _;

use crate::support::{ON_PROCESSOR, SHOP, models};

/// A state that answers searches, shared by all tests. The pixels alone tell what a garment is: rectangles are no garments for a network.
pub(crate) static STATE: LazyLock<AppState> = LazyLock::new(|| {
    let state = AppState::new(&Config::for_testing(&SHOP.catalogue(), Path::new("no-page"))).expect("threads");
    state.set_engine(
        SearchEngine::load(&models().without_garment_head(), &SHOP.catalogue(), ON_PROCESSOR).expect("a catalogue"),
    );
    state
});

/// The server, ready, without a page.
pub(crate) fn ready_app() -> Router {
    app(&Config::for_testing(&SHOP.catalogue(), Path::new("no-page")), STATE.clone())
}

/// The server with another catalogue, ready, without a page.
pub(crate) fn ready_app_of(catalogue: &Path) -> Router {
    let config = Config::for_testing(catalogue, Path::new("no-page"));
    let state = AppState::new(&config).expect("threads");
    state.set_engine(SearchEngine::load(&models(), catalogue, ON_PROCESSOR).expect("a catalogue"));
    app(&config, state)
}

/// The server as it is before its catalogue is loaded, with the page of a folder.
pub(crate) fn loading_app(client: &Path) -> Router {
    let config = Config::for_testing(Path::new("no-catalogue"), client);
    app(&config, AppState::new(&config).expect("threads"))
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// Status and code of a problem, after checking that it is one.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("/problems/{}", problem.code));
        assert!(problem.detail.ends_with('.') && !problem.title.is_empty(), "{problem:?}");
        (problem.status, problem.code)
    }
}

pub(crate) async fn call(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(app: Router, path: &str) -> Answer {
    call(app, Request::get(path).body(Body::empty()).expect("a request")).await
}

pub(crate) async fn post(app: Router, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", content_type).body(body.into()).expect("a request");
    call(app, request).await
}

/// A `multipart/form-data` body of named parts, and its content type.
pub(crate) fn form(parts: &[(&str, Vec<u8>)]) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"blob\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    ("multipart/form-data; boundary=edge", body)
}
