//! What all handlers share. In: a checked [`Config`]. Out: an [`AppState`], ready once it has a [`SearchEngine`].

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::http::HeaderValue;
use axum::response::Response;

use crate::cluster::replica::Replica;
use crate::config::{Config, Shop};
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::events::Events;
use crate::http::queue::WorkQueue;
use crate::http::version::CATALOGUE_VERSION;
use crate::matching::Part;
use crate::metrics;
use crate::pipeline::search::SearchEngine;

/// How long a search is asked again of versions that shards may have.
const VERSION_WAIT: Duration = Duration::from_secs(1);

/// The pause between, in which shards load a version.
const VERSION_PAUSE: Duration = Duration::from_millis(50);

/// Versions that wait for shards, if they share the articles that were read: shards may have an earlier one of them when the last one comes.
const MOST_WAITING: usize = 4;

/// What all handlers share; clones are cheap.
#[derive(Clone, Debug)]
pub struct AppState {
    engine: Arc<ArcSwapOption<SearchEngine>>,
    /// The engines of a front that have later versions, which not all shards have yet; the latest first.
    next: Arc<ArcSwap<Vec<Arc<SearchEngine>>>>,
    /// The parts whose servers had not the latest version of `next` when they were asked last.
    lacking: Arc<ArcSwap<Vec<Part>>>,
    /// The threads that run searches.
    pub queue: WorkQueue,
    /// The administration, if the configuration has a token for it.
    pub admin: Option<Arc<Admin>>,
    /// What counts events, if the configuration says so.
    pub events: Option<Arc<Events>>,
    /// What keeps the catalogue's folder up to date, once it follows a record.
    replica: Arc<OnceLock<Arc<Replica>>>,
    /// The shop's settings.
    pub shop: Arc<Shop>,
    /// What the networks may be used for, for the API's description.
    pub terms: Arc<str>,
}

impl AppState {
    /// A state without a search engine: requests that need one are answered with 503.
    ///
    /// # Errors
    /// When the system refuses the workers' threads.
    pub fn new(config: &Config) -> std::io::Result<Self> {
        let queue = WorkQueue::start(config.workers, config.queue, config.search_timeout)?;
        let shop = Arc::new(config.shop.clone());
        Ok(Self {
            engine: Arc::default(),
            next: Arc::default(),
            lacking: Arc::default(),
            queue,
            admin: None,
            events: None,
            replica: Arc::default(),
            shop,
            terms: Arc::default(),
        })
    }

    /// The same state with an administration.
    #[must_use]
    pub fn with_admin(self, admin: Admin) -> Self {
        Self { admin: Some(Arc::new(admin)), ..self }
    }

    /// The same state, which counts events.
    #[must_use]
    pub fn with_events(self, events: Events) -> Self {
        Self { events: Some(Arc::new(events)), ..self }
    }

    /// Notes what keeps the catalogue's folder up to date: the first one that is given.
    pub fn set_replica(&self, replica: Arc<Replica>) {
        let _ = self.replica.set(replica);
    }

    /// What keeps the catalogue's folder up to date; none until it follows a record.
    #[must_use]
    pub fn replica(&self) -> Option<Arc<Replica>> {
        self.replica.get().cloned()
    }

    /// The same state with the terms of the networks.
    #[must_use]
    pub fn with_terms(self, terms: &str) -> Self {
        Self { terms: terms.into(), ..self }
    }

    /// Makes the state ready, or replaces the engine for all later requests.
    pub fn set_engine(&self, engine: SearchEngine) {
        self.serve(Arc::new(engine));
    }

    /// Keeps an engine until all shards have its version; beside those that wait already, if it has only other offers.
    pub fn set_next(&self, engine: SearchEngine) {
        self.lacking.store(Arc::default());
        let earlier = self.all_next();
        let kept = earlier.iter().take_while(|earlier| earlier.catalogue.shares_articles(&engine.catalogue)).cloned();
        let kept: Vec<_> = kept.take(MOST_WAITING - 1).collect();
        self.next.store(Arc::new(std::iter::once(Arc::new(engine)).chain(kept).collect()));
    }

    /// Notes which parts have not the latest version that waits.
    pub fn note_lacking(&self, parts: Vec<Part>) {
        self.lacking.store(Arc::new(parts));
    }

    /// Which version waits for which shards, in words, the latest one; none if none waits.
    #[must_use]
    pub fn waiting(&self) -> Option<String> {
        let version = self.next()?.catalogue.version();
        let parts: Vec<String> = self.lacking.load().iter().map(Part::to_string).collect();
        (!parts.is_empty()).then(|| format!("version {version} waits for part {}", parts.join(", ")))
    }

    /// The latest engine that waits for shards.
    #[must_use]
    pub fn next(&self) -> Option<Arc<SearchEngine>> {
        self.next.load().first().cloned()
    }

    /// All engines that wait for shards, the latest first.
    #[must_use]
    pub fn all_next(&self) -> Arc<Vec<Arc<SearchEngine>>> {
        self.next.load_full()
    }

    /// Serves the latest engine that waits.
    pub fn serve_next(&self) {
        if let Some(engine) = self.next() {
            self.serve_waiting(&engine);
        }
    }

    /// Serves an engine that waits. Later ones wait on, earlier ones do not.
    pub fn serve_waiting(&self, engine: &Arc<SearchEngine>) {
        self.serve(Arc::clone(engine));
        let later = |other: &&Arc<SearchEngine>| !Arc::ptr_eq(other, engine);
        self.next.rcu(|waiting| waiting.iter().take_while(later).cloned().collect::<Vec<_>>());
    }

    /// Answers with an engine on a thread of the queue; with a later one, or the one that serves by then, if the shards do not have its version any
    /// more. Each answer is of one engine whole. No thread is held between.
    ///
    /// # Errors
    /// Those of `answer`; [`AppError::Busy`] if the queue is full.
    pub async fn answered(
        &self,
        mut engine: Arc<SearchEngine>,
        answer: impl Fn(&SearchEngine) -> Result<Response, AppError> + Send + Sync + 'static,
    ) -> Result<Response, AppError> {
        let answer = Arc::new(move |engine: &SearchEngine| {
            let mut response = answer(engine)?;
            response.headers_mut().insert(CATALOGUE_VERSION, HeaderValue::from(engine.catalogue.version()));
            Ok::<_, AppError>(response)
        });
        let (end, mut is_again) = (Instant::now() + VERSION_WAIT, false);
        loop {
            let (answer, asked) = (Arc::clone(&answer), Arc::clone(&engine));
            match self.queue.run(move || answer(&asked)).await? {
                Err(AppError::Search(error)) if error.is_of_another_version() && Instant::now() < end => {}
                outcome => return outcome,
            }
            // One after the other of those that there are, until shards and front have come together.
            let all: Vec<_> = self.all_next().iter().cloned().chain(self.engine.load_full()).collect();
            let next = all.iter().position(|other| Arc::ptr_eq(other, &engine)).map_or(0, |place| place + 1);
            let other = all.into_iter().cycle().nth(next).filter(|other| !Arc::ptr_eq(other, &engine));
            // Another one is tried at once, the first time.
            if other.is_none() || is_again {
                tokio::time::sleep(VERSION_PAUSE).await;
            }
            is_again = true;
            engine = other.unwrap_or(engine);
        }
    }

    fn serve(&self, engine: Arc<SearchEngine>) {
        let (catalogue, matcher) = (&engine.catalogue, &engine.catalogue.matcher);
        metrics::catalogue(
            catalogue.version(),
            catalogue.len(),
            matcher.resident_bytes(),
            matcher.engine_name().into_owned(),
        );
        metrics::served_match(catalogue.adapted.as_ref());
        self.engine.store(Some(engine));
    }

    /// The search engine. A request calls this once, so that one version of the catalogue answers it.
    ///
    /// # Errors
    /// [`AppError::NotReady`] until it is loaded; [`AppError::WaitsForShards`] until the shards of a front have its version.
    pub fn engine(&self) -> Result<Arc<SearchEngine>, AppError> {
        let missing = || self.waiting().map_or(AppError::NotReady, AppError::WaitsForShards);
        self.engine.load_full().ok_or_else(missing)
    }
}
