//! The server as one service. In: a checked [`Config`]. Out: a [`Router`] that tests can call, and its [`AppState`].

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use crate::config::Config;
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::headers::security_headers;
use crate::http::origins::{embedding, with_cors};
use crate::http::queue::WorkQueue;
use crate::http::routes::{self, Client};
use crate::pipeline::search::SearchEngine;

/// What all handlers share; clones are cheap.
#[derive(Clone, Debug)]
pub struct AppState {
    engine: Arc<ArcSwapOption<SearchEngine>>,
    /// Where searches run.
    pub queue: WorkQueue,
    /// Who changes the catalogue, if somebody may.
    pub admin: Option<Arc<Admin>>,
}

impl AppState {
    /// A state without a search engine: requests that need one are answered with 503.
    ///
    /// # Errors
    /// When the system refuses the workers' threads.
    pub fn new(config: &Config) -> std::io::Result<Self> {
        let queue = WorkQueue::start(config.workers, config.queue, config.search_timeout)?;
        Ok(Self { engine: Arc::default(), queue, admin: None })
    }

    /// The same state, administered.
    #[must_use]
    pub fn with_admin(self, admin: Admin) -> Self {
        Self { admin: Some(Arc::new(admin)), ..self }
    }

    /// Makes the state ready, or replaces the engine for requests that begin from now on.
    pub fn set_engine(&self, engine: SearchEngine) {
        self.engine.store(Some(Arc::new(engine)));
    }

    /// The search engine. A request asks once, so that it is answered from one version of the catalogue.
    ///
    /// # Errors
    /// [`AppError::NotReady`] until it is loaded.
    pub fn engine(&self) -> Result<Arc<SearchEngine>, AppError> {
        self.engine.load_full().ok_or(AppError::NotReady)
    }
}

/// Builds the whole server.
pub fn app(config: &Config, state: AppState) -> Router {
    let headers = Arc::new(security_headers(&index_html(&config.client)));
    let server = routes::router(Client::new(&config.client), &state)
        .with_state(state)
        .layer(from_fn_with_state(config.request_timeout, within_time));
    let is_embeddable = !config.allowed_origins.is_empty();
    with_cors(server, &config.allowed_origins)
        .layer(from_fn_with_state((headers, is_embeddable), with_headers))
        .layer(axum::middleware::from_fn(traced))
}

fn index_html(client: &Path) -> String {
    let path = client.join("index.html");
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        tracing::warn!("no page is served: {}: {error}", path.display());
        String::new()
    })
}

async fn within_time(State(most): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(most, next.run(request)).await {
        Ok(response) => response,
        Err(_) => AppError::RequestTimeout.into_response(),
    }
}

async fn with_headers(
    State((headers, is_embeddable)): State<(Arc<HeaderMap>, bool)>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    for (name, value) in headers.iter() {
        response.headers_mut().insert(name, value.clone());
    }
    if is_embeddable {
        embedding(&path, response.headers_mut());
    }
    response
}

/// One line for each request: method, path, status and milliseconds; never a body, a query or who asked.
async fn traced(request: Request, next: Next) -> Response {
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path());
    async {
        let start = Instant::now();
        let response = next.run(request).await;
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(status = response.status().as_u16(), ms = (ms * 10.0).round() / 10.0, "answered");
        response
    }
    .instrument(span)
    .await
}
