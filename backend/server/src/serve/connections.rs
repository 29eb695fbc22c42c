//! Connections within a bound. In: a listener and a service. Out: served connections.
//!
//! Browsers keep connections open, and anybody may open many. When all places are taken, the connection that has been idle for the
//! longest time is closed, so that the next visitor does not wait for a time limit. The same is done for a client that has as many as it may.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::listen::Listener;
use crate::http::clients::{Peer, household};
use crate::parallel::locked;

#[cfg(test)]
mod tests;

/// How long a client may take to send a request's headers, including the wait before the request. Idle connections close.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take for the handshake of TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take no byte of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection that has sent nothing yet stays if its place is needed.
const NEW_IDLE: Duration = Duration::from_secs(1);

/// How long a connection whose request was answered stays if its place is needed: its last answer must have left the server.
const KEPT_IDLE: Duration = Duration::from_secs(10);

/// Who connects to a Unix socket has no address: all of them are one client, unless a proxy's header names them.
#[cfg(unix)]
const NO_ADDRESS: Peer = Peer(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));

/// The wait for a place, if no connection may be closed.
const PLACE_INTERVAL: Duration = Duration::from_millis(100);

/// What a connection does at the moment.
#[derive(Debug)]
struct Activity {
    /// Who has opened it; none of a Unix socket.
    client: Option<IpAddr>,
    /// Requests whose answer is not sent whole.
    running: usize,
    /// Whether it had a request.
    is_used: bool,
    /// Since when nothing runs.
    idle_since: Instant,
    /// Closes it.
    close: Arc<Notify>,
    /// Whether it is being closed for another one of its client.
    is_leaving: bool,
}

impl Activity {
    /// For how long it has been idle beyond the time that it may.
    fn overdue(&self, now: Instant) -> Option<Duration> {
        let may = if self.is_used { KEPT_IDLE } else { NEW_IDLE };
        (self.running == 0).then(|| now.duration_since(self.idle_since).checked_sub(may)).flatten()
    }
}

/// All open connections.
#[derive(Clone, Debug)]
struct Connections {
    open: Arc<Mutex<HashMap<u64, Activity>>>,
    places: Arc<Semaphore>,
    per_client: Option<NonZero<u32>>,
    next_id: Arc<AtomicU64>,
}

/// What answers a connection's requests.
#[derive(Clone)]
struct Answering {
    http: http1::Builder,
    app: Router,
    write_timeout: Duration,
}

/// Accepts connections of all listeners until it is cancelled; at most `most` are open at once, and more wait in the system's backlog. Those
/// of ports speak TLS if there is an acceptor, and one client has at most `per_client` of them.
pub(super) async fn accept(
    listeners: &[Listener],
    tls: Option<&TlsAcceptor>,
    app: &Router,
    shutdown: &GracefulShutdown,
    (most, per_client): (usize, Option<NonZero<u32>>),
) {
    let limits = Limits { most, per_client, headers: HEADER_TIMEOUT, write: WRITE_TIMEOUT };
    accept_with(listeners, tls, app, shutdown, limits).await;
}

/// What connections may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// How many are open at once.
    most: usize,
    /// How many of one client; any number if there is none.
    per_client: Option<NonZero<u32>>,
    /// The wait for the headers of a request.
    headers: Duration,
    /// The wait until a client takes a byte.
    write: Duration,
}

async fn accept_with(
    listeners: &[Listener],
    tls: Option<&TlsAcceptor>,
    app: &Router,
    shutdown: &GracefulShutdown,
    limits: Limits,
) {
    let places = Arc::new(Semaphore::new(limits.most));
    let per_client = limits.per_client;
    let connections = Connections { open: Arc::default(), places, per_client, next_id: Arc::default() };
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.headers);
    let answering = Answering { http, app: app.clone(), write_timeout: limits.write };
    let accepting = listeners.iter().map(|listener| connections.accept(listener, tls, &answering, shutdown));
    futures_util::future::join_all(accepting).await;
}

impl Connections {
    /// A place for the next connection. If all are taken, idle connections are closed.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if self.places.available_permits() == 0 {
                self.close_longest_idle();
            }
            let place = Arc::clone(&self.places).acquire_owned();
            match tokio::time::timeout(PLACE_INTERVAL, place).await {
                // The semaphore is never closed.
                Ok(place) => return place.ok(),
                Err(_) => continue,
            }
        }
    }

    fn close_longest_idle(&self) {
        let now = Instant::now();
        let open = self.locked();
        let overdue = open.values().filter_map(|activity| Some((activity.overdue(now)?, activity)));
        if let Some((_, activity)) = overdue.max_by_key(|(overdue, _)| *overdue) {
            activity.close.notify_one();
        }
    }

    /// Whether a client may have one more connection. If it has as many as it may, the one that has been idle for the longest time is closed.
    fn admits(&self, client: IpAddr) -> bool {
        let Some(most) = self.per_client else { return true };
        let now = Instant::now();
        let mut open = self.locked();
        let is_its = |activity: &&mut Activity| activity.client == Some(client) && !activity.is_leaving;
        let own: Vec<&mut Activity> = open.values_mut().filter(is_its).collect();
        if own.len() < most.get() as usize {
            return true;
        }
        let overdue = own.into_iter().filter_map(|activity| Some((activity.overdue(now)?, activity)));
        let Some((_, activity)) = overdue.max_by_key(|(overdue, _)| *overdue) else { return false };
        activity.is_leaving = true;
        activity.close.notify_one();
        true
    }

    async fn accept(
        &self,
        listener: &Listener,
        tls: Option<&TlsAcceptor>,
        answering: &Answering,
        shutdown: &GracefulShutdown,
    ) {
        loop {
            let Some(place) = self.place().await else { return };
            let accepted = match listener {
                Listener::Tcp(listener) => listener.accept().await.map(|(stream, address)| {
                    let client = household(address.ip());
                    if !self.admits(client) {
                        tracing::debug!("a connection was closed: its client has as many as it may");
                        return;
                    }
                    let _ = stream.set_nodelay(true);
                    let (peer, answering, watcher) = (Peer(address.ip()), answering.clone(), shutdown.watcher());
                    let client = Some(client);
                    match tls.cloned() {
                        None => self.spawn(place, client, move |open| open.serve(stream, peer, answering, watcher)),
                        Some(tls) => self.spawn(place, client, async move |open: Open| {
                            let shaken = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream));
                            match open.unless_closed(shaken).await {
                                Some(Ok(Ok(stream))) => open.serve(stream, peer, answering, watcher).await,
                                Some(Ok(Err(error))) => tracing::debug!("no TLS with a client: {error}"),
                                Some(Err(_)) | None => {}
                            }
                        }),
                    }
                }),
                #[cfg(unix)]
                Listener::Unix { listener, .. } => listener.accept().await.map(|(stream, _)| {
                    let (answering, watcher) = (answering.clone(), shutdown.watcher());
                    self.spawn(place, None, move |open| open.serve(stream, NO_ADDRESS, answering, watcher));
                }),
            };
            if let Err(error) = accepted {
                // Usually out of file descriptors: give open connections time to end.
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// Runs what a new connection does, and frees its place then.
    fn spawn<W, F>(&self, place: OwnedSemaphorePermit, client: Option<IpAddr>, work: W)
    where
        W: FnOnce(Open) -> F + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let close = Arc::new(Notify::new());
        let (idle_since, closing) = (Instant::now(), Arc::clone(&close));
        let activity = Activity { client, running: 0, is_used: false, idle_since, close: closing, is_leaving: false };
        self.locked().insert(id, activity);
        let open = Open { connections: self.clone(), id, close };
        let connections = self.clone();
        tokio::spawn(async move {
            work(open).await;
            connections.locked().remove(&id);
            drop(place);
        });
    }

    fn is_idle(&self, id: u64) -> bool {
        self.locked().get(&id).is_some_and(|activity| activity.overdue(Instant::now()).is_some())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Activity>> {
        locked(&self.open)
    }
}

/// An open connection.
struct Open {
    connections: Connections,
    id: u64,
    close: Arc<Notify>,
}

impl Open {
    /// Answers the requests of a stream until its end.
    async fn serve(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
        Answering { http, app, write_timeout }: Answering,
        watcher: Watcher,
    ) {
        let (connections, id) = (self.connections.clone(), self.id);
        let service = tower::service_fn(move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            let (running, app) = (Running::begin(connections.clone(), id), app.clone());
            async move { app.oneshot(request.map(Body::new)).await.map(|response| until_sent(dated(response), running)) }
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write_timeout));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
        if let Some(Err(error)) = self.unless_closed(watcher.watch(connection)).await {
            tracing::debug!("a connection ended early: {error}");
        }
    }

    /// What comes of `work`; `None` if the connection is closed for another before.
    async fn unless_closed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                // A request may have come since.
                () = self.close.notified() => if self.connections.is_idle(self.id) {
                    return None;
                }
            }
        }
    }
}

/// A request that is being answered; its connection is not closed for another.
struct Running {
    connections: Connections,
    id: u64,
}

impl Running {
    fn begin(connections: Connections, id: u64) -> Self {
        if let Some(activity) = connections.locked().get_mut(&id) {
            activity.running += 1;
            activity.is_used = true;
            // It came before the connection was closed, which stays then.
            activity.is_leaving = false;
        }
        Self { connections, id }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(activity) = self.connections.locked().get_mut(&self.id) {
            activity.running = activity.running.saturating_sub(1);
            activity.idle_since = Instant::now();
        }
    }
}

/// The response with the date of the moment. The one that hyper would add stands still when the system's clock is set back.
fn dated(mut response: Response) -> Response {
    let now = httpdate::fmt_http_date(SystemTime::now());
    if let Ok(date) = HeaderValue::try_from(now) {
        response.headers_mut().entry(header::DATE).or_insert(date);
    }
    response
}

/// The response, which runs until its body was taken whole.
fn until_sent(response: Response, running: Running) -> Response {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _running = &running;
            frame
        }))
    })
}
