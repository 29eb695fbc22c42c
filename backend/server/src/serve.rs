//! The server from start to stop: listen, load, serve, shut down. In: a checked [`Config`]. Out: nothing, or a [`ServeError`].

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::follow::follow;
use crate::http::admin::Admin;
use crate::http::app::app;
use crate::http::state::AppState;
use crate::networks::models::{Models, ModelsError};
use crate::pipeline::search::{LoadError, SearchEngine};

/// Connections that are open at once; more wait in the system's backlog. Each may hold one body of at most 4 MiB.
const MAX_CONNECTIONS: usize = 1024;

/// How long a client may take to send a request's headers, including the wait before the request. Idle connections close.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long open requests may take to end after a signal: longer than any search.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// Why the server stopped without a signal.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens on the port.
    #[error("{host}:{port} is already in use: stop what listens there, or choose another --port")]
    PortInUse {
        /// Host name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {host}:{port}")]
    Listen {
        /// Host name or address.
        host: String,
        /// The port.
        port: u16,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The system refuses threads or signal handlers.
    #[error("the server cannot be started")]
    System(#[from] io::Error),
    /// The networks' manifest cannot be read.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// Networks or catalogue cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Serves until SIGTERM or ctrl-c. It listens at once and is ready when networks and catalogue are loaded.
///
/// Calls `on_listening(address)` with the address that it listens on.
///
/// # Errors
/// When it cannot listen or load.
pub async fn serve(config: Config, on_listening: impl FnOnce(std::net::SocketAddr)) -> Result<(), ServeError> {
    let models = Arc::new(Models::open(&config.models)?.with_runtime(config.runtime.clone()));
    let listener = listen(&config).await?;
    let state = AppState::new(&config)?.with_terms(models.terms());
    let state = match &config.admin_token {
        None => state,
        Some(token) => {
            let (token, private) = (token.clone(), config.private_addresses_allowed);
            state.with_admin(Admin::new(token, &config.catalogue, Models::clone(&models), private))
        }
    };
    let app = app(&config, state.clone());
    on_listening(listener.local_addr()?);

    let (catalogue, matching) = (config.catalogue.clone(), config.matching);
    let loaded_models = Arc::clone(&models);
    let loading = tokio::task::spawn_blocking(move || SearchEngine::load(&loaded_models, &catalogue, matching));
    let loaded = async move {
        let engine = loading.await.map_err(io::Error::other)??;
        let articles = engine.catalogue.len();
        tracing::info!(articles, "ready: articles are scored by {}", engine.catalogue.matcher.engine_name());
        state.set_engine(engine);
        // From here on only a signal stops the server.
        follow(state, config, models).await;
        Ok::<(), ServeError>(())
    };
    let service = TowerToHyperService::new(app);
    let connections = GracefulShutdown::new();
    let outcome = tokio::select! {
        outcome = loaded => outcome,
        outcome = signal() => outcome.map_err(ServeError::from),
        () = accept(&listener, &service, &connections) => Ok(()),
    };
    drop(listener);
    outcome?;
    tracing::info!("stopping: open requests may end");
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
    Ok(())
}

async fn listen(config: &Config) -> Result<TcpListener, ServeError> {
    let (host, port) = (config.host.clone(), config.port);
    TcpListener::bind((host.as_str(), port)).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortInUse { host, port },
        _ => ServeError::Listen { host, port, source },
    })
}

/// Accepts connections until it is cancelled.
async fn accept(listener: &TcpListener, service: &TowerToHyperService<axum::Router>, connections: &GracefulShutdown) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Usually out of file descriptors: give open connections time to end.
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            drop(permit);
        });
    }
}

/// Waits for ctrl-c or, on Unix, SIGTERM.
async fn signal() -> io::Result<()> {
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            outcome = &mut interrupt => outcome,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    interrupt.await
}
