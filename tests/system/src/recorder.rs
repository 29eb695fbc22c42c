//! A forward proxy that records all requests of a browser. In: the browser's requests to any host. Out: [`Recorded`] requests with
//! their bodies.
//!
//! The browser sends all its traffic through this proxy, loopback included. The proxy therefore records every request of page and
//! worker; the browser's own events could miss some.

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

/// A request of the browser.
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
    /// The proxy's address.
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

#[derive(Clone)]
struct Forwarder {
    client: Client<HttpConnector, Full<Bytes>>,
    requests: Arc<Mutex<Vec<Recorded>>>,
    slow: Option<SlowConnection>,
}

/// A slow connection that all responses share.
#[derive(Clone)]
struct SlowConnection {
    bytes_s: u32,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Recorder {
    /// The browser's arguments that send everything through it: without the second, requests to loopback addresses would bypass it.
    #[must_use]
    pub fn browser_args(&self) -> [String; 2] {
        [format!("--proxy-server=http://{}", self.address), "--proxy-bypass-list=<-loopback>".to_owned()]
    }

    /// Starts a recorder on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self> {
        Self::start_with(None).await
    }

    /// Starts a recorder that limits all responses together to this many bytes per second. Chromium's own throttling applies to the page
    /// but not to its workers.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start_slow(bytes_s: u32) -> Result<Self> {
        Self::start_with(Some(SlowConnection { bytes_s, turn: Arc::default() })).await
    }

    async fn start_with(slow: Option<SlowConnection>) -> Result<Self> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let forwarder = Forwarder { client, requests: Arc::clone(&requests), slow };
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

impl SlowConnection {
    /// The same body at the connection's speed.
    fn slowed(self, mut body: Body) -> Body {
        let (mut sender, slowed) = Channel::new(1);
        tokio::spawn(async move {
            while let Some(Ok(frame)) = body.frame().await {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let turn = self.turn.lock().await;
                tokio::time::sleep(Duration::from_secs_f64(bytes as f64 / f64::from(self.bytes_s))).await;
                drop(turn);
                if sender.send(frame).await.is_err() {
                    // The browser has cancelled the request.
                    return;
                }
            }
        });
        Body::new::<Channel<Bytes>>(slowed)
    }
}

/// Records a request. Forwards it to 127.0.0.1, and refuses other hosts.
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
        return (StatusCode::FORBIDDEN, "this test allows no other host").into_response();
    }
    match forwarder.client.request(axum::http::Request::from_parts(parts, body)).await {
        Ok(response) => match forwarder.slow {
            Some(slow) => response.map(|body| slow.slowed(Body::new(body))),
            None => response.map(Body::new),
        },
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
