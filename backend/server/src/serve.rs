//! The server from start to stop: listen, load, serve, shut down. In: a checked [`Config`]. Out: nothing, or a [`ServeError`].

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use stl_types::wire::{SegmenterFiles, paths};

use self::connections::accept;
use self::listen::listen;
pub use self::listen::{Address, Inherited};
pub use self::listen_error::ListenError;
use crate::cluster::ClusterError;
use crate::cluster::replica::Replica;
use crate::config::Config;
use crate::follow::follow;
use crate::http::admin::{Admin, Keyring};
use crate::http::app::app;
use crate::http::events::Events;
use crate::http::state::AppState;
use crate::networks::models::{Models, ModelsError};
use crate::parallel::StopFlag;
use crate::pipeline::search::{LoadError, SearchEngine};
use crate::scheduled::FeedRunner;

mod connections;
mod listen;
mod listen_error;
mod metrics;
mod service_manager;
mod tls;
#[cfg(unix)]
mod unix_socket;

/// Connections that are open at once; more wait in the system's backlog. Each may hold one body of at most 4 MiB.
const MAX_CONNECTIONS: usize = 1024;

/// How long open requests may take to end after a signal: longer than any search.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// How often a server without a catalogue looks whether its feed has brought one.
const FEED_INTERVAL: Duration = Duration::from_secs(2);

/// Why the server stopped without a signal.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no certificate any more.
    #[error("{0}")]
    Tls(String),
    /// The address of the metrics cannot be listened on.
    #[error("--metrics: cannot listen on {address}")]
    Metrics {
        /// The address.
        address: std::net::SocketAddr,
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
    /// The client has other networks.
    #[error(
        "searches by numbers would be refused: {list} is of a client with other networks than the server's; build the client again"
    )]
    OtherClient {
        /// The client's list.
        list: String,
    },
    /// The catalogue's record cannot be followed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Networks or catalogue cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Serves until SIGTERM, SIGHUP or ctrl-c. It listens at once and is ready when networks and catalogue are loaded.
///
/// It listens on the sockets that a service manager has opened, if there are any. Calls `on_listening(addresses)` with what it listens on.
///
/// # Errors
/// When it cannot listen or load.
pub async fn serve(
    config: Config,
    inherited: Inherited,
    on_listening: impl FnOnce(&[Address]),
) -> Result<(), ServeError> {
    let models = Models::open(&config.models)?.with_runtime(config.runtime.clone());
    let models = Arc::new(models.on_device(config.matching.device)?);
    check_client(&config, &models)?;
    let listeners = listen(&config, inherited).await?;
    let state = AppState::new(&config)?.with_terms(models.terms());
    let state = match (&config.admin_token, &config.admin_tokens) {
        (None, None) => state,
        (token, file) => {
            let keys = Keyring::new(token.clone(), file.as_deref());
            let private = config.private_addresses_allowed;
            let admin = Admin::new(keys, &config.catalogue, Models::clone(&models), private);
            state.with_admin(admin.with_fetch(config.feeds.fetch.clone()))
        }
    };
    let state = if config.events { state.with_events(Events::start(&config.catalogue)?) } else { state };
    if let Some(address) = config.metrics {
        let serving = metrics::serve(address, state.queue.clone()).await;
        serving.map_err(|source| ServeError::Metrics { address, source })?;
    }
    let replica = match config.cluster.clone() {
        None => None,
        Some(address) => {
            let limit_bytes = config.cache_bytes;
            let opening = tokio::task::spawn_blocking(move || Replica::open(&address, limit_bytes));
            Some(opening.await.map_err(io::Error::other)??)
        }
    };
    let state = if let Some(replica) = replica.clone() { state.with_replica(replica) } else { state };
    let app = app(&config, state.clone());
    let tls = config.tls.clone().map(tls::acceptor).transpose().map_err(ServeError::Tls)?;
    let addresses = listeners.iter().map(|listener| listener.address(tls.is_some())).collect::<Result<Vec<_>, _>>()?;
    on_listening(&addresses);
    service_manager::watch();

    // Stopped when the server ends; an import that runs leaves the former catalogue.
    let stop_feeds = Stopping(StopFlag::default());
    if !config.feeds.feeds.is_empty() {
        let (folder, feeds) = (config.catalogue.clone(), config.feeds.clone());
        let (private, stop) = (config.private_addresses_allowed, stop_feeds.0.clone());
        let runner = FeedRunner::new(folder, Arc::clone(&models), feeds, private, stop);
        std::thread::Builder::new().name("feeds".to_owned()).spawn(move || runner.run())?;
    }
    if let Some(replica) = replica {
        let stop = stop_feeds.0.clone();
        std::thread::Builder::new().name("replica".to_owned()).spawn(move || replica.follow(&stop))?;
    }

    let (catalogue, matching) = (config.catalogue.clone(), config.matching);
    let loaded_models = Arc::clone(&models);
    let waits_for_import = !config.feeds.feeds.is_empty() || config.cluster.is_some();
    let loaded = async move {
        let mut is_waiting = false;
        service_manager::status("loading networks and catalogue");
        let engine = loop {
            let (models, catalogue) = (Arc::clone(&loaded_models), catalogue.clone());
            let loading = tokio::task::spawn_blocking(move || SearchEngine::load(&models, &catalogue, matching));
            match loading.await.map_err(io::Error::other)? {
                // The first import will bring one.
                Err(error) if waits_for_import && error.is_missing_catalogue() => {
                    if !is_waiting {
                        service_manager::ready("waiting for the first import");
                        is_waiting = true;
                    }
                    tokio::time::sleep(FEED_INTERVAL).await
                }
                outcome => break outcome?,
            }
        };
        let articles = engine.catalogue.len();
        tracing::info!(articles, "ready: articles are scored by {}", engine.catalogue.matcher.engine_name());
        state.set_engine(engine);
        service_manager::ready(&format!("ready: {articles} articles"));
        // From here on only a signal stops the server.
        follow(state, config, models).await;
        Ok::<(), ServeError>(())
    };
    let connections = GracefulShutdown::new();
    let outcome = tokio::select! {
        outcome = loaded => outcome,
        outcome = signal() => outcome.map_err(ServeError::from),
        () = accept(&listeners, tls.as_ref(), &app, &connections, MAX_CONNECTIONS) => Ok(()),
    };
    drop(listeners);
    outcome?;
    service_manager::stopping();
    tracing::info!("stopping: open requests may end");
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
    Ok(())
}

/// Stops work when it is dropped.
struct Stopping(StopFlag);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Compares the networks that the client encodes with and the server's. A client without a list of them is not compared.
///
/// # Errors
/// When they differ and the server accepts numbers only: every search would be refused.
fn check_client(config: &Config, models: &Models) -> Result<(), ServeError> {
    let list = config.client.join(paths::SEGMENTER.trim_start_matches('/'));
    let Ok(file) = std::fs::read(&list) else { return Ok(()) };
    let Ok(files) = serde_json::from_slice::<SegmenterFiles>(&file) else { return Ok(()) };
    let received = files.encoder.query.network.sha256;
    if received == models.query_sha256() {
        return Ok(());
    }
    let error = ServeError::OtherClient { list: list.display().to_string() };
    if config.shop.only_numbers {
        return Err(error);
    }
    tracing::warn!("{error}");
    Ok(())
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
