//! The page that measures. In: its files. Out: the measurements as JSON.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::Value;
use stl_tests::Browser;

use crate::files::Files;

/// Longest wait for the measurements.
const TIMEOUT: Duration = Duration::from_secs(480);

/// Runs both runtimes in turn in headless Chromium and returns the page's measurements.
pub(super) async fn measure(files: Files) -> Result<Value> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let files: &'static Files = Box::leak(Box::new(files));
    let app = Router::new()
        .route("/", get(async || file(files, "/")))
        .route("/{*path}", get(async move |Path(path): Path<String>| file(files, &format!("/{path}"))));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let browser = Browser::start(None).await?;
    browser.open(&origin).await?;
    let script = "return window.failed ? {failed: window.failed} : window.measured ?? null;";
    let deadline = tokio::time::Instant::now() + TIMEOUT;
    let measured = loop {
        let measured = browser.run(script).await?;
        if !measured.is_null() {
            break measured;
        }
        ensure!(tokio::time::Instant::now() < deadline, "the page measures for more than {TIMEOUT:?}");
        // Each poll takes time from the page.
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    browser.close().await?;
    if let Some(failed) = measured["failed"].as_str() {
        bail!("the page failed: {failed}");
    }
    Ok(measured)
}

/// A file, under the content security policy of the product's page: neither threads nor `unsafe-eval`.
fn file(files: &Files, path: &str) -> Response {
    let Some((media_type, bytes)) = files.get(path) else { return StatusCode::NOT_FOUND.into_response() };
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data: blob:";
    ([(header::CONTENT_TYPE, *media_type), (header::CONTENT_SECURITY_POLICY, policy)], bytes.clone()).into_response()
}
