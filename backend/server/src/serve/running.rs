//! What every server does from its first request to its last. In: listeners and a service. Out: its end.

use std::io;
use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::connections::accept;
use super::error::ServeError;
use super::listen::Listener;
use super::service_manager;
use crate::cluster::replica::Replica;
use crate::config::Config;
use crate::digest::Digest;
use crate::parallel::StopFlag;

/// Connections that are open at once; more wait in the system's backlog. Each may hold one body of at most 4 MiB.
const MAX_CONNECTIONS: usize = 1024;

/// How long connections are accepted after a signal: the system has accepted some before it, and their requests may have come.
const LAST_CONNECTIONS: Duration = Duration::from_millis(250);

/// How long open requests may take to end after a signal: longer than any search.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// How often a server without a catalogue looks whether its feed has brought one.
pub(super) const FEED_INTERVAL: Duration = Duration::from_secs(2);

/// Answers requests, by HTTPS on ports if there is an acceptor, while `loaded` loads and follows the catalogue, until a signal; then open requests may end.
/// One client has at most `per_client` connections of ports.
pub(super) async fn until_stopped(
    listeners: Vec<Listener>,
    tls: Option<&TlsAcceptor>,
    app: &Router,
    per_client: Option<NonZero<u32>>,
    loaded: impl Future<Output = Result<(), ServeError>>,
) -> Result<(), ServeError> {
    let connections = GracefulShutdown::new();
    {
        let mut accepting = pin!(accept(&listeners, tls, app, &connections, (MAX_CONNECTIONS, per_client)));
        tokio::select! {
            outcome = loaded => outcome?,
            outcome = signal() => outcome?,
            // It never ends.
            () = &mut accepting => return Ok(()),
        }
        service_manager::stopping();
        tracing::info!("stopping: open requests may end");
        // A listener that closes takes what nobody has accepted with it, and a connection without a request ends at once.
        let _ = tokio::time::timeout(LAST_CONNECTIONS, accepting).await;
    }
    drop(listeners);
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
    Ok(())
}

/// What keeps the catalogue's folder up to date until it should stop, if it follows a record; once the folder is up to date. It takes versions of the server's
/// FashionDNA only.
///
/// It has a thread of its own: a runtime waits for its threads when it ends, and what a first start fetches takes minutes.
pub(super) async fn open_replica(
    config: &Config,
    network_sha256: Digest,
    stop: StopFlag,
) -> Result<Option<Arc<Replica>>, ServeError> {
    let Some(address) = config.cluster.clone() else { return Ok(None) };
    let limit_bytes = config.cache_bytes;
    let (tell, opened) = oneshot::channel();
    let run = move || match Replica::open(&address, network_sha256, limit_bytes) {
        Ok(replica) => {
            if tell.send(Ok(Arc::clone(&replica))).is_ok() {
                replica.follow(&stop);
            }
        }
        Err(error) => drop(tell.send(Err(error))),
    };
    std::thread::Builder::new().name("replica".to_owned()).spawn(run)?;
    Ok(Some(opened.await.map_err(io::Error::other)??))
}

/// Stops work when it is dropped.
pub(super) struct Stopping(pub(super) StopFlag);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Waits for ctrl-c or, on Unix, SIGTERM or SIGHUP. The latter comes when a terminal closes; open requests may then end as well.
async fn signal() -> io::Result<()> {
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        tokio::select! {
            outcome = &mut interrupt => outcome,
            _ = terminate.recv() => Ok(()),
            _ = hang_up.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    interrupt.await
}
