//! A shard from start to stop. In: a checked [`Config`]. Out: nothing, or a [`ServeError`].

use std::io;
use std::sync::Arc;

use super::error::ServeError;
use super::listen::{Address, Inherited, listen};
use super::running::{FEED_INTERVAL, Stopping, open_replica, until_stopped};
use super::{metrics, service_manager, tls};
use crate::catalogue::{CatalogueError, StoreError};
use crate::config::Config;
use crate::errors::with_sources;
use crate::http::shard::ShardState;
use crate::matching::Part;
use crate::networks::models::Models;
use crate::parallel::StopFlag;
use crate::pipeline::search::LoadError;
use crate::publications::{InFolder, POLL_INTERVAL, Publications};
use crate::shards::{Shard, ShardToken};

/// Serves fronts until a signal.
///
/// # Errors
/// When it cannot listen or load.
pub(super) async fn serve(
    config: Config,
    models: Arc<Models>,
    (part, token): (Part, ShardToken),
    inherited: Inherited,
    on_listening: impl FnOnce(&[Address]),
) -> Result<(), ServeError> {
    let listeners = listen(&config, inherited).await?;
    let state = ShardState::new(&config, part, token, models.networks_sha256().to_string())?;
    if let Some(address) = config.metrics {
        let serving = metrics::serve(address, state.queue.clone()).await;
        serving.map_err(|source| ServeError::Metrics { address, source })?;
    }
    let app = state.clone().app(&config);
    let tls = config.tls.clone().map(tls::acceptor).transpose().map_err(ServeError::Tls)?;
    let addresses = listeners.iter().map(|listener| listener.address(tls.is_some())).collect::<Result<Vec<_>, _>>()?;
    on_listening(&addresses);
    service_manager::watch();
    let stop = Stopping(StopFlag::default());
    let stop_replica = stop.0.clone();
    let loaded = async move {
        service_manager::status("loading the catalogue");
        if let Some(replica) = open_replica(&config, models.fashion_dna_sha256(), stop_replica).await? {
            state.set_replica(replica);
        }
        loop {
            match load(&config, &models, part, None).await? {
                // The first import will bring one.
                Err(CatalogueError::Store(StoreError::Missing { .. })) if config.cluster.is_some() => {
                    tokio::time::sleep(FEED_INTERVAL).await;
                }
                loaded => {
                    state.add(loaded.map_err(LoadError::from)?);
                    break;
                }
            }
        }
        let articles = state.latest().map_or(0, |shard| shard.catalogue.len());
        tracing::info!(articles, "ready: part {part} of the catalogue is scored here");
        service_manager::ready(&format!("ready: {articles} articles of part {part}"));
        follow(&state, &config, &models).await;
        Ok::<(), ServeError>(())
    };
    // Its clients are a few fronts.
    until_stopped(listeners, tls.as_ref(), &app, None, loaded).await
}

async fn load(
    config: &Config,
    models: &Arc<Models>,
    part: Part,
    former: Option<Arc<Shard>>,
) -> io::Result<Result<Shard, CatalogueError>> {
    let (models, folder, options) = (Arc::clone(models), config.catalogue.clone(), config.matching);
    let loading = tokio::task::spawn_blocking(move || match former {
        None => Shard::load(&models, &folder, options, part),
        Some(former) => former.reloaded(&models, &folder, options),
    });
    loading.await.map_err(io::Error::other)
}

/// Adds each new version; never returns. One that cannot be loaded is logged once, and fronts keep the one before. The rules come from fronts.
async fn follow(state: &ShardState, config: &Config, models: &Arc<Models>) {
    let mut publications = Publications::of(&config.catalogue, state.replica());
    loop {
        publications.wait(POLL_INTERVAL).await;
        let Some(latest) = state.latest() else { continue };
        let former = latest.catalogue.publication();
        let InFolder::Other(published) = publications.held(former).await else { continue };
        let reason = match load(config, models, state.part(), Some(Arc::clone(&latest))).await {
            Ok(Ok(shard)) => {
                let (version, articles) = (shard.version.version, shard.catalogue.len());
                tracing::info!(version, articles, "a new version of the catalogue is scored");
                state.add(shard);
                continue;
            }
            Ok(Err(error)) => with_sources(&error),
            Err(panic) => panic.to_string(),
        };
        publications.refuse(published, former, &reason);
    }
}
