//! A running server takes up what is imported meanwhile. In: the catalogue's folder. Out: the state's engine, replaced.

use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::{CatalogueOptions, Store};
use crate::config::Config;
use crate::http::app::AppState;
use crate::networks::models::Models;
use crate::pipeline::search::{LoadError, SearchEngine};

/// How often the catalogue's version is read: a row of its database.
const EVERY: Duration = Duration::from_secs(2);

/// Replaces the engine whenever another version is published, for ever. A request that has begun ends with the version that it
/// began with. A version that cannot be loaded is reported once, and the former one stays in service. Sales need no new version:
/// facets and cards have the prices of the moment.
pub async fn follow(state: AppState, config: Config, models: Arc<Models>) {
    let (mut refused, mut is_told) = (None, false);
    loop {
        tokio::time::sleep(EVERY).await;
        let Ok(engine) = state.engine() else { continue };
        let (folder, former) = (config.catalogue.clone(), engine.catalogue.version());
        let published = tokio::task::spawn_blocking(move || Store::open(&folder)?.published()).await;
        let version = match published {
            Ok(Ok(published)) => {
                is_told = false;
                published.version
            }
            Ok(Err(error)) => {
                // Once, not every two seconds.
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!("whether there is a new catalogue cannot be told: {error}");
                }
                continue;
            }
            Err(_) => continue,
        };
        if version == former || refused == Some(version) {
            continue;
        }
        match load(&config, Arc::clone(&models), &engine).await {
            Ok(engine) => {
                let (version, articles) = (engine.catalogue.version(), engine.catalogue.len());
                tracing::info!(version, articles, "the catalogue was loaded anew");
                state.set_engine(engine);
            }
            Err(reason) => {
                tracing::error!("version {version} of the catalogue cannot be served, {former} serves on: {reason}");
                refused = Some(version);
            }
        }
    }
}

async fn load(config: &Config, models: Arc<Models>, engine: &Arc<SearchEngine>) -> Result<SearchEngine, String> {
    let (folder, options): (_, CatalogueOptions) = (config.catalogue.clone(), config.matching);
    let former = Arc::clone(engine);
    let loading = tokio::task::spawn_blocking(move || former.with_catalogue_of(&models, &folder, options));
    match loading.await {
        Ok(outcome) => outcome.map_err(|error: LoadError| error.to_string()),
        Err(panic) => Err(panic.to_string()),
    }
}
