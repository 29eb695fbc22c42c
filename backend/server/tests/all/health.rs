//! `/healthz` and `/readyz`.

use std::path::Path;

use axum::http::StatusCode;

use crate::requests::{get, loading_app, ready_app};

#[tokio::test]
async fn the_process_is_healthy_before_it_is_ready() {
    let loading = || loading_app(Path::new("no-page"));
    assert_eq!(get(loading(), "/healthz").await.status, StatusCode::OK);
    assert_eq!(get(loading(), "/readyz").await.problem(), (503, "not-ready".to_owned()));
    assert_eq!(get(ready_app(), "/readyz").await.status, StatusCode::OK);
}
