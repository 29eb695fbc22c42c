//! Metrics on an address of their own. In: an address. Out: `GET /metrics` there, for as long as the process runs.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::http::queue::WorkQueue;
use crate::metrics::{self, Recorder};

/// Prometheus' text format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A scrape that waits longer is given up.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Starts to measure and to answer.
///
/// # Errors
/// When the address cannot be listened on.
pub(super) async fn serve(address: SocketAddr, queue: WorkQueue) -> std::io::Result<()> {
    let recorder = Recorder::start().map_err(std::io::Error::other)?;
    // Alerts compare it, so it has to be there from the start.
    metrics::not_ready();
    let listener = TcpListener::bind(address).await?;
    tracing::info!("metrics are at http://{}/metrics", listener.local_addr()?);
    let text = async move || {
        let (jobs, limit) = queue.load();
        metrics::queue(jobs, limit);
        let text = tokio::task::spawn_blocking(move || recorder.text());
        let text = tokio::time::timeout(TIMEOUT, text).await;
        ([(header::CONTENT_TYPE, MEDIA_TYPE)], text.map(Result::unwrap_or_default).unwrap_or_default())
    };
    let app = Router::new().route("/metrics", get(text));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(())
}
