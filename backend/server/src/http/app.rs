//! The server as one service. In: a checked [`Config`] and an [`AppState`]. Out: a [`Router`] that tests can call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use stl_types::wire::paths;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate as _, SizeAbove};
use tracing::Instrument as _;

use crate::config::Config;
use crate::http::clients::{Clients, within_limit};
use crate::http::error::AppError;
use crate::http::headers::security_headers;
use crate::http::notice::NoticePage;
use crate::http::origins::{with_cors, with_resource_policy};
use crate::http::page::Page;
use crate::http::routes::{self, Client};
use crate::http::state::AppState;
use crate::http::version::with_version;
use crate::request_id::{REQUEST_ID, RequestId};
use crate::shards::ShardToken;
use crate::{metrics, traces};

/// The route of all of the client's files in metrics.
const FILES: &str = "page";

/// Smaller answers take one packet anyway.
const MIN_COMPRESSED_BYTES: u64 = 1024;

/// Of gzip's levels. The answer of a search, 79 kB, becomes 10.6 kB in 0.18 ms; level 6 makes it 10.1 kB in 0.30 ms, level 2 12.1 kB in 0.08.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(4);

/// Builds the whole server.
pub fn app(config: &Config, state: AppState) -> Router {
    let page = Page::read(&config.client, &config.shop);
    let headers = Arc::new(security_headers(&page.as_ref().map(|page| page.html(None)).unwrap_or_default()));
    let client = Client::new(&config.client, page).with_notice(NoticePage::read(config));
    let server = routes::router(client, &state)
        .with_state(state)
        .layer(axum::middleware::from_fn(with_version))
        .layer(
            CompressionLayer::new()
                .quality(COMPRESSION)
                .compress_when(SizeAbove::new(MIN_COMPRESSED_BYTES).and(is_text)),
        )
        .layer(from_fn_with_state(config.request_timeout, within_time));
    let server = match &config.client_limit {
        None => server,
        Some(limit) => {
            let clients = Arc::new(Clients::new(limit.clone()));
            server.layer(from_fn_with_state(clients, within_limit))
        }
    };
    let server = server.layer(axum::middleware::from_fn(routed));
    let is_embeddable = !config.allowed_origins.is_empty();
    with_cors(server, &config.allowed_origins)
        .layer(from_fn_with_state((headers, is_embeddable), with_headers))
        .layer(from_fn_with_state(Traceparent::of(config), traced))
}

/// JSON, the page and its style sheet. The client's other files have compressed copies, and pictures do not get smaller.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| {
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        ["application/json", "text/html", "text/css"].contains(&media_type)
    })
}

/// Limits the time of a request. Uploads of feeds limit silence and rate instead, once the client is authorised.
pub(super) async fn within_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response {
    if is_feed(&request) {
        return next.run(request).await;
    }
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => AppError::RequestTimeout.into_response(),
    }
}

fn is_feed(request: &Request) -> bool {
    let path = request.uri().path().strip_prefix(paths::ADMIN).unwrap_or_default();
    matches!((request.method().as_str(), path), ("POST", "/feeds") | ("PATCH", "/products"))
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
        with_resource_policy(&path, response.headers_mut());
    }
    response
}

/// The pattern of a request's path, which its answer has for the metrics.
#[derive(Clone)]
struct Route(MatchedPath);

/// Notes the route in the answer: what lies around the routes does not know it.
pub(super) async fn routed(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Route(route));
    }
    response
}

/// Whose header `traceparent` is.
#[derive(Clone)]
pub(super) enum Traceparent {
    /// The proxy's: a request continues its trace.
    Proxy,
    /// A front's if the request has its token: a shard continues its trace. Of others it is not read.
    Fronts(Arc<ShardToken>),
    /// Anybody's: it is not read.
    Anybody,
}

impl Traceparent {
    pub(super) const fn of(config: &Config) -> Self {
        if config.traceparent_trusted { Self::Proxy } else { Self::Anybody }
    }

    /// The span that a request continues.
    fn parent(&self, headers: &HeaderMap) -> Option<traces::Context> {
        let is_read = match self {
            Self::Proxy => true,
            Self::Fronts(token) => is_of_front(headers, token),
            Self::Anybody => false,
        };
        if is_read { traces::parent_of(headers) } else { None }
    }
}

/// Whether a request has the fronts' token.
pub(super) fn is_of_front(headers: &HeaderMap, token: &ShardToken) -> bool {
    token.is_in(headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Logs one line for each request: its id, method, path, status and milliseconds; never the body, the query string or the client. Its span for a
/// collector has the pattern in place of the path.
pub(super) async fn traced(State(traceparent): State<Traceparent>, request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let method = metrics::method(request.method());
    let sent = traces::request(method, id.as_str(), traceparent.parent(request.headers()));
    let span =
        tracing::info_span!("request", id = id.as_str(), method = %request.method(), path = request.uri().path());
    let answered = async {
        let start = Instant::now();
        let mut response = next.run(request).await;
        let (status, elapsed) = (response.status().as_u16(), start.elapsed());
        let route = response.extensions().get::<Route>().map_or(FILES, |Route(path)| path.as_str());
        metrics::request(route, method, status, elapsed);
        traces::answered(method, route, status);
        tracing::info!(status, ms = (elapsed.as_secs_f64() * 10_000.0).round() / 10.0, "answered");
        response.headers_mut().insert(REQUEST_ID, id.header());
        response
    };
    id.scope(answered).instrument(span).instrument(sent).await
}
