//! A running server loads each new version of its catalogue. In: the catalogue's folder. Out: a new engine in the state.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::catalogue::CatalogueOptions;
use crate::catalogue::rules::stored::{self, StoredRulesError};
use crate::config::Config;
use crate::errors::with_sources;
use crate::files::followed::Refused;
use crate::http::state::AppState;
use crate::networks::models::Models;
use crate::pipeline::search::{LoadError, SearchEngine};
use crate::publications::{InFolder, POLL_INTERVAL, Publications};

/// How often shards are asked whether they have a version that waits for them. Once they are late, they are asked every [`POLL_INTERVAL`].
const SHARDS_INTERVAL: Duration = Duration::from_millis(50);

/// Shards load a version in seconds. Those that take longer are late, and the log says so.
const SHARDS_LATE: Duration = Duration::from_secs(5);

/// Replaces the engine whenever another version is published, or the folder holds another catalogue; never returns. Each request keeps the version that it started
/// with. If a version cannot be loaded, this logs it once and the server keeps the version that it has. Sales need no new
/// version: facets and cards use the prices of the moment.
pub async fn follow(state: AppState, config: Config, models: Arc<Models>) {
    let mut publications = Publications::of(&config.catalogue, state.replica());
    let (mut waiting, mut refused_rules) = (Waiting::default(), Refused::default());
    loop {
        publications.wait(waiting.pause(&state)).await;
        serve_next_of_shards(&state).await;
        waiting.warn_once(&state);
        // The latest, though shards may not have it yet.
        let Some(latest) = state.next().or_else(|| state.engine().ok()) else { continue };
        match publications.held(latest.catalogue.publication()).await {
            InFolder::Unknown => {}
            InFolder::Known => {
                // Also of the version that serves while later ones wait.
                for engine in state.all_next().iter().cloned().chain(state.engine().ok()) {
                    follow_rules(&engine, &config.catalogue, &mut refused_rules).await;
                }
            }
            InFolder::Other(published) => {
                let mut loading = pin!(load(&config, Arc::clone(&models), &latest));
                let loaded = loop {
                    tokio::select! {
                        loaded = &mut loading => break loaded,
                        // All articles take seconds, in which shards may get a version that waits and have it no more.
                        () = tokio::time::sleep(waiting.pause(&state)) => serve_next_of_shards(&state).await,
                    }
                };
                match loaded {
                    Ok(engine) => take_up(&state, engine).await,
                    Err(reason) => publications.refuse(published, latest.catalogue.publication(), &reason),
                }
            }
        }
    }
}

/// Serves a version from now on; that of a front as soon as all shards that answer have it, which [`follow`] asks them.
pub async fn take_up(state: &AppState, engine: SearchEngine) {
    if engine.version_of_shards().is_some() {
        // Shards may have got one that waits and would be replaced.
        serve_next_of_shards(state).await;
        state.set_next(engine);
        serve_next_of_shards(state).await;
    } else {
        log_served(state, &engine);
        state.set_engine(engine);
    }
}

/// Serves the latest of the versions that wait for shards that all of them that answer have.
async fn serve_next_of_shards(state: &AppState) {
    let waiting = state.all_next();
    let Some((shards, _)) = waiting.first().and_then(|engine| engine.version_of_shards()) else { return };
    let versions: Vec<_> = waiting.iter().filter_map(|engine| Some(engine.version_of_shards()?.1)).collect();
    let lacking = shards.lacking_each(&versions).await;
    if let Some((engine, _)) = waiting.iter().zip(&lacking).find(|(_, lacking)| lacking.is_empty()) {
        log_served(state, engine);
        state.serve_waiting(engine);
    }
    state.note_lacking(lacking.into_iter().next().unwrap_or_default());
}

/// How long versions have waited for shards.
#[derive(Debug, Default)]
struct Waiting {
    /// The version that is served meanwhile, if there is one, and since when a later one waits; none if none waits. Others that come do not end it.
    since: Option<(Option<u64>, Instant)>,
    is_warned: bool,
}

impl Waiting {
    /// How long to wait before shards are asked, or the folder is read.
    fn pause(&mut self, state: &AppState) -> Duration {
        if state.next().is_none() {
            *self = Self::default();
            return POLL_INTERVAL;
        }
        let served = state.engine().ok().map(|engine| engine.catalogue.version());
        match self.since {
            Some((known, since)) if known == served && since.elapsed() >= SHARDS_LATE => POLL_INTERVAL,
            Some((known, _)) if known == served => SHARDS_INTERVAL,
            _ => {
                *self = Self { since: Some((served, Instant::now())), is_warned: false };
                SHARDS_INTERVAL
            }
        }
    }

    /// Logs once for which shards a version waits, when they are late.
    fn warn_once(&mut self, state: &AppState) {
        let is_late = self.since.is_some_and(|(_, since)| since.elapsed() >= SHARDS_LATE);
        if self.is_warned || !is_late {
            return;
        }
        if let Some(reason) = state.waiting() {
            tracing::warn!("{reason}, which takes longer than {} s", SHARDS_LATE.as_secs());
            self.is_warned = true;
        }
    }
}

/// Logs a change; of the first version, the start tells.
fn log_served(state: &AppState, engine: &SearchEngine) {
    if state.engine().is_err() {
        return;
    }
    let (version, articles) = (engine.catalogue.version(), engine.catalogue.len());
    tracing::info!(version, articles, "a new version of the catalogue is served");
}

/// Replaces the rules if their file has changed. Why rules cannot be used is logged once, and the former ones stay.
async fn follow_rules(engine: &Arc<SearchEngine>, folder: &Path, refused: &mut Refused) {
    let (engine, folder) = (Arc::clone(engine), folder.to_owned());
    let reading = tokio::task::spawn_blocking(move || {
        let rules = &engine.catalogue.rules;
        if stored::stamp(&folder) == rules.stored().stamp {
            return Ok(());
        }
        let stored = stored::read(&folder)?;
        tracing::info!(rules = stored.rules.iter().len(), "other rules of the shop are followed");
        rules.replace(stored);
        Ok::<_, StoredRulesError>(())
    });
    match reading.await {
        Ok(Ok(())) => refused.clear(),
        Ok(Err(error)) => {
            let reason = with_sources(&error);
            if refused.is_new(&reason) {
                tracing::error!("the shop's rules cannot be used, the former ones are still followed: {reason}");
            }
        }
        Err(panic) => tracing::error!("the shop's rules were not read: {panic}"),
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
