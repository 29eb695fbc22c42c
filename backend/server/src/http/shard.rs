//! A shard's interface, for fronts only. In: searches with the fronts' token. Out: candidates, or a refusal.
//!
//! Nothing of it is for visitors: a shard has no page, no product and no picture to answer with.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::cluster::replica::Replica;
use crate::config::Config;
use crate::http::app::{Traceparent, is_of_front, routed, traced, within_time};
use crate::http::queue::{QueueError, WorkQueue};
use crate::matching::Part;
use crate::shards::message::{ABOUT, MAX_SEARCH_BYTES, RefusalBody, SEARCH};
use crate::shards::{Refusal, Shard, ShardAbout, ShardSearch, ShardToken};
use crate::{metrics, traces};

/// Versions with articles of their own that a shard can search: fronts change from one to the next one after the other.
pub const KEPT_VERSIONS: usize = 2;

/// Versions in all: those with other offers share the articles, and have columns of filters of their own. Several, as each front and each shard
/// passes over other ones when offers change quickly.
pub const MOST_VERSIONS: usize = 6;

/// What all handlers of a shard share; clones are cheap.
#[derive(Clone, Debug)]
pub struct ShardState {
    part: Part,
    networks: Arc<str>,
    token: Arc<ShardToken>,
    /// The latest first; none until the catalogue is loaded.
    versions: Arc<ArcSwap<Vec<Arc<Shard>>>>,
    /// The threads that run searches.
    pub queue: WorkQueue,
    /// What keeps the catalogue's folder up to date, once it follows a record.
    replica: Arc<OnceLock<Arc<Replica>>>,
}

impl ShardState {
    /// A shard without a catalogue.
    ///
    /// # Errors
    /// When the system refuses the workers' threads.
    pub fn new(config: &Config, part: Part, token: ShardToken, networks: String) -> std::io::Result<Self> {
        let queue = WorkQueue::start(config.workers, config.queue, config.search_timeout)?;
        let (networks, token) = (networks.into(), Arc::new(token));
        Ok(Self { part, networks, token, versions: Arc::default(), queue, replica: Arc::default() })
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

    /// Which part it is.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// The latest version.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Shard>> {
        self.versions.load().first().cloned()
    }

    /// Searches a version from now on, and some before it: see [`KEPT_VERSIONS`] and [`MOST_VERSIONS`].
    pub fn add(&self, shard: Shard) {
        let (catalogue, matcher) = (&shard.catalogue, &shard.catalogue.matcher);
        let device = matcher.engine_name().into_owned();
        metrics::catalogue(catalogue.version(), catalogue.len(), matcher.resident_bytes(), device);
        metrics::served_match(catalogue.adapted.as_ref());
        let versions = kept(Arc::new(shard), &self.versions.load());
        self.versions.store(Arc::new(versions));
    }

    /// The shard as a service.
    pub fn app(self, config: &Config) -> Router {
        let traceparent = Traceparent::Fronts(Arc::clone(&self.token));
        let of_fronts = Router::new()
            .route(ABOUT, get(about))
            .route(SEARCH, post(search))
            .layer(DefaultBodyLimit::max(MAX_SEARCH_BYTES))
            .route_layer(from_fn_with_state(self.clone(), authorised));
        of_fronts
            .route("/healthz", get(async || ([(header::CACHE_CONTROL, "no-store")], "ok\n")))
            .route("/readyz", get(readyz))
            .with_state(self)
            .layer(from_fn_with_state(config.request_timeout, within_time))
            .layer(from_fn(routed))
            .layer(from_fn_with_state(traceparent, traced))
    }
}

/// Lets fronts in.
async fn authorised(State(state): State<ShardState>, headers: HeaderMap, request: Request, next: Next) -> Response {
    if is_of_front(&headers, &state.token) {
        return next.run(request).await;
    }
    refused(StatusCode::UNAUTHORIZED, "unauthorised", "expected the token of --shard-token".to_owned())
}

/// The versions that can be searched beside the latest one. If there are too many with the same articles, the one that was searched longest ago goes:
/// fronts keep the one that they serve.
fn kept(latest: Arc<Shard>, former: &[Arc<Shard>]) -> Vec<Arc<Shard>> {
    let (mut kept, mut reads) = (vec![latest], 1);
    for shard in former {
        let is_shared = kept.last().is_some_and(|later| later.catalogue.shares_articles(&shard.catalogue));
        reads += usize::from(!is_shared);
        if reads > KEPT_VERSIONS {
            break;
        }
        kept.push(Arc::clone(shard));
    }
    while kept.len() > MOST_VERSIONS {
        let longest_ago = (1..kept.len()).min_by_key(|&place| kept[place].searched_at());
        kept.remove(longest_ago.unwrap_or(MOST_VERSIONS));
    }
    kept
}

async fn about(State(state): State<ShardState>) -> Response {
    let versions: Vec<_> = state.versions.load().iter().map(|shard| shard.version.clone()).collect();
    Json(ShardAbout { part: state.part, networks: state.networks.to_string(), versions }).into_response()
}

async fn search(State(state): State<ShardState>, body: Bytes) -> Response {
    let search: ShardSearch = match serde_json::from_slice(&body) {
        Ok(search) => search,
        Err(error) => return refusal(&Refusal::Bad(error.to_string())),
    };
    if let Err(reason) = Shard::check(&search, state.part, &state.networks) {
        return refusal(&reason);
    }
    let versions = state.versions.load_full();
    if versions.is_empty() {
        return not_ready();
    }
    let Some(shard) = versions.iter().find(|shard| shard.version == search.version).cloned() else {
        return refusal(&Refusal::OtherVersion { received: search.version });
    };
    let search = move || {
        let _stage = traces::stage("match");
        shard.search(&search)
    };
    match state.queue.run(search).await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(reason)) => refusal(&reason),
        Err(QueueError::Full | QueueError::TooSlow(_)) => {
            refused(StatusCode::SERVICE_UNAVAILABLE, "busy", "is busy".to_owned())
        }
        Err(QueueError::Lost) => refused(StatusCode::INTERNAL_SERVER_ERROR, "internal", "has failed".to_owned()),
    }
}

async fn readyz(State(state): State<ShardState>) -> Response {
    let Some(shard) = state.latest() else { return not_ready() };
    let faults = state.replica().map(|replica| replica.faults()).unwrap_or_default();
    let (part, version) = (state.part, shard.version.version);
    let body = if faults.is_empty() {
        format!("ready: part {part}\n")
    } else {
        format!("ready: part {part}, version {version} is served on: {}\n", faults.join("; "))
    };
    ([(header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn not_ready() -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "is loading its catalogue".to_owned())
}

fn refusal(reason: &Refusal) -> Response {
    let status = if matches!(reason, Refusal::Bad(_)) { StatusCode::BAD_REQUEST } else { StatusCode::CONFLICT };
    refused(status, reason.code(), reason.to_string())
}

fn refused(status: StatusCode, code: &str, detail: String) -> Response {
    let body = RefusalBody { code: code.to_owned(), detail };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
