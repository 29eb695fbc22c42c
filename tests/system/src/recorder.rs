//! A forward proxy that keeps everything a browser sends. In: the browser's requests, whatever the host. Out:
//! [`Recorded`] requests with their bodies.
//!
//! The browser is started with this as its only way out, loopback included, so that a request that page or worker
//! make cannot be missed, as it could be by listening to the browser's own events.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::Channel;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A request as the browser sent it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its method.
    pub method: Method,
    /// Its whole address.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// A running recorder.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

#[derive(Clone)]
struct Forwarder {
    client: Client<HttpConnector, Full<Bytes>>,
    requests: Arc<Mutex<Vec<Recorded>>>,
    line: Option<Line>,
}

/// A slow line, which all answers share.
#[derive(Clone)]
struct Line {
    bytes_s: u32,
    free: Arc<tokio::sync::Mutex<()>>,
}

impl Recorder {
    /// Starts a recorder on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self> {
        Self::start_with(None).await
    }

    /// Starts one through which so many bytes of answers come in a second, all of them together: a browser's own tools slow down the
    /// page, and not its workers.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start_slow(bytes_s: u32) -> Result<Self> {
        Self::start_with(Some(Line { bytes_s, free: Arc::default() })).await
    }

    async fn start_with(line: Option<Line>) -> Result<Self> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let forwarder = Forwarder { client, requests: Arc::clone(&requests), line };
        let app = Router::new().fallback(forward).with_state(forwarder);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, requests })
    }

    /// Everything recorded so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Line {
    /// The same body at the line's pace; ends where it breaks off.
    fn slowed(self, mut body: Body) -> Body {
        let (mut sender, slowed) = Channel::new(1);
        tokio::spawn(async move {
            while let Some(Ok(frame)) = body.frame().await {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let turn = self.free.lock().await;
                tokio::time::sleep(Duration::from_secs_f64(bytes as f64 / f64::from(self.bytes_s))).await;
                drop(turn);
                if sender.send(frame).await.is_err() {
                    // The browser no longer wants it.
                    return;
                }
            }
        });
        Body::new::<Channel<Bytes>>(slowed)
    }
}

/// Keeps a request and passes it on to 127.0.0.1; other hosts are kept and refused.
async fn forward(State(forwarder): State<Forwarder>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return StatusCode::BAD_REQUEST.into_response() };
    let recorded = Recorded {
        method: parts.method.clone(),
        uri: parts.uri.clone(),
        headers: parts.headers.clone(),
        body: body.to_bytes(),
    };
    let body = Full::new(recorded.body.clone());
    forwarder.requests.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    if parts.uri.host() != Some("127.0.0.1") || parts.method == Method::CONNECT {
        return (StatusCode::FORBIDDEN, "this test lets nothing out").into_response();
    }
    match forwarder.client.request(axum::http::Request::from_parts(parts, body)).await {
        Ok(response) => match forwarder.line {
            Some(line) => response.map(|body| line.slowed(Body::new(body))),
            None => response.map(Body::new),
        },
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
