//! What all handlers share. In: a checked [`Config`]. Out: an [`AppState`], ready once it has a [`SearchEngine`].

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::cluster::replica::Replica;
use crate::config::{Config, Shop};
use crate::http::admin::Admin;
use crate::http::error::AppError;
use crate::http::events::Events;
use crate::http::queue::WorkQueue;
use crate::metrics;
use crate::pipeline::search::SearchEngine;

/// What all handlers share; clones are cheap.
#[derive(Clone, Debug)]
pub struct AppState {
    engine: Arc<ArcSwapOption<SearchEngine>>,
    /// The threads that run searches.
    pub queue: WorkQueue,
    /// The administration, if the configuration has a token for it.
    pub admin: Option<Arc<Admin>>,
    /// What counts events, if the configuration says so.
    pub events: Option<Arc<Events>>,
    /// What keeps the catalogue's folder up to date, if it follows a record.
    pub replica: Option<Arc<Replica>>,
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
            queue,
            admin: None,
            events: None,
            replica: None,
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

    /// The same state, whose catalogue follows a record.
    #[must_use]
    pub fn with_replica(self, replica: Arc<Replica>) -> Self {
        Self { replica: Some(replica), ..self }
    }

    /// The same state with the terms of the networks.
    #[must_use]
    pub fn with_terms(self, terms: &str) -> Self {
        Self { terms: terms.into(), ..self }
    }

    /// Makes the state ready, or replaces the engine for all later requests.
    pub fn set_engine(&self, engine: SearchEngine) {
        let (catalogue, matcher) = (&engine.catalogue, &engine.catalogue.matcher);
        metrics::catalogue(
            catalogue.version(),
            catalogue.len(),
            matcher.resident_bytes(),
            matcher.engine_name().into_owned(),
        );
        self.engine.store(Some(Arc::new(engine)));
    }

    /// The search engine. A request calls this once, so that one version of the catalogue answers it.
    ///
    /// # Errors
    /// [`AppError::NotReady`] until it is loaded.
    pub fn engine(&self) -> Result<Arc<SearchEngine>, AppError> {
        self.engine.load_full().ok_or(AppError::NotReady)
    }
}
