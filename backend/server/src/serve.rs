//! The server from start to stop: listen, load, serve, shut down. In: a checked [`Config`]. Out: nothing, or a [`ServeError`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use stl_types::wire::{SegmenterFiles, paths};

pub use self::error::ServeError;
use self::listen::listen;
pub use self::listen::{Address, Inherited};
pub use self::listen_error::ListenError;
use self::running::{FEED_INTERVAL, Stopping, open_replica, until_stopped};
use crate::config::{Config, Front, Role};
use crate::follow::{follow, take_up};
use crate::http::admin::{Admin, Keyring};
use crate::http::app::app;
use crate::http::events::Events;
use crate::http::state::AppState;
use crate::networks::models::Models;
use crate::parallel::StopFlag;
use crate::pipeline::search::SearchEngine;
use crate::scheduled::FeedRunner;
use crate::shards::{Shards, ShardsError};

/// How often a front that waits for its shards looks whether it is ready.
const SHARDS_INTERVAL: Duration = Duration::from_millis(100);

mod connections;
mod error;
mod listen;
mod listen_error;
mod metrics;
mod running;
mod service_manager;
mod shard;
mod tls;
#[cfg(unix)]
mod unix_socket;

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
    if let Role::Shard(part, token) = &config.role {
        let (part, token) = (*part, token.clone());
        return shard::serve(config, models, (part, token), inherited, on_listening).await;
    }
    check_client(&config, &models)?;
    let shards = match &config.role {
        Role::Front(front) => Some(Arc::new(open_shards(front, &models).await?)),
        Role::Whole | Role::Shard(..) => None,
    };
    let listeners = listen(&config, inherited).await?;
    let state = AppState::new(&config)?.with_terms(models.terms());
    let state = match (&config.admin_token, &config.admin_tokens) {
        (None, None) => state,
        (token, file) => {
            let keys = Keyring::new(token.clone(), file.as_deref());
            let private = config.private_addresses_allowed;
            let networks = Models::clone(&models);
            let admin = match &config.cluster {
                None => Admin::new(keys, &config.catalogue, networks, private),
                Some(address) => Admin::of_shared(keys, address, networks, private),
            };
            state.with_admin(admin.with_fetch(config.feeds.fetch.clone()))
        }
    };
    let state = if config.events { state.with_events(Events::start(&config.catalogue)?) } else { state };
    if let Some(address) = config.metrics {
        let serving = metrics::serve(address, state.queue.clone()).await;
        serving.map_err(|source| ServeError::Metrics { address, source })?;
    }
    let app = app(&config, state.clone());
    let tls = config.tls.clone().map(tls::acceptor).transpose().map_err(ServeError::Tls)?;
    let addresses = listeners.iter().map(|listener| listener.address(tls.is_some())).collect::<Result<Vec<_>, _>>()?;
    on_listening(&addresses);
    service_manager::watch();

    // Stopped when the server ends; an import that runs leaves the former catalogue.
    let stop_feeds = Stopping(StopFlag::default());
    if config.cluster.is_none() {
        fetch_feeds(&config, &models, &stop_feeds.0)?;
    }

    let (catalogue, matching, per_client) = (config.catalogue.clone(), config.matching, config.connections_per_client);
    let loaded_models = Arc::clone(&models);
    let stop_replica = stop_feeds.0.clone();
    let waits_for_import = !config.feeds.feeds.is_empty() || config.cluster.is_some();
    let loaded = async move {
        let mut is_waiting = false;
        service_manager::status("loading networks and catalogue");
        if let Some(replica) = open_replica(&config, loaded_models.fashion_dna_sha256(), stop_replica.clone()).await? {
            // The cache is this process's from here on.
            if let Some(admin) = &state.admin {
                admin.tidy_cache();
            }
            state.set_replica(replica);
            fetch_feeds(&config, &models, &stop_replica)?;
        }
        let engine = loop {
            let (models, catalogue, shards) = (Arc::clone(&loaded_models), catalogue.clone(), shards.clone());
            let load = move || SearchEngine::load_scored(&models, &catalogue, matching, shards);
            let loading = tokio::task::spawn_blocking(load);
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
        take_up(&state, engine).await;
        // From here on only a signal stops the server.
        tokio::join!(tell_when_ready(&state), follow(state.clone(), config, models));
        Ok::<(), ServeError>(())
    };
    until_stopped(listeners, tls.as_ref(), &app, per_client, loaded).await
}

/// Begins to fetch the feeds on schedule, if there are any, in a thread of its own.
fn fetch_feeds(config: &Config, models: &Arc<Models>, stop: &StopFlag) -> io::Result<()> {
    if config.feeds.feeds.is_empty() {
        return Ok(());
    }
    let (folder, feeds) = (config.catalogue.clone(), config.feeds.clone());
    let runner = FeedRunner::new(folder, Arc::clone(models), feeds, config.private_addresses_allowed, stop.clone());
    let runner = match &config.cluster {
        None => runner,
        Some(address) => runner.of_shared(address),
    };
    std::thread::Builder::new().name("feeds".to_owned()).spawn(move || runner.run()).map(drop)
}

/// Tells the service manager when searches are answered. A front that waits for its shards has started: they may take any time.
async fn tell_when_ready(state: &AppState) {
    let mut waiting = None;
    let engine = loop {
        match state.engine() {
            Ok(engine) => break engine,
            Err(_) if state.waiting() == waiting => {}
            Err(_) => {
                waiting = state.waiting();
                if let Some(reason) = &waiting {
                    tracing::info!("not ready: {reason}");
                    service_manager::ready(reason);
                }
            }
        }
        tokio::time::sleep(SHARDS_INTERVAL).await;
    };
    let articles = engine.catalogue.len();
    tracing::info!(articles, "ready: articles are scored by {}", engine.catalogue.matcher.engine_name());
    service_manager::ready(&format!("ready: {articles} articles"));
}

/// The shards of a front, once none of those that answer contradicts it.
async fn open_shards(front: &Front, models: &Models) -> Result<Shards, ShardsError> {
    let Front { addresses, token, timeout, when_missing } = front;
    let networks = models.networks_sha256().to_string();
    let shards = Shards::new(addresses, networks, token.clone(), *timeout, *when_missing)?;
    shards.check().await?;
    Ok(shards)
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
