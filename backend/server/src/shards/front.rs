//! A front asks its shards. In: the queries of a search, and what may be found. Out: [`Found`]: hits of one pass over the whole catalogue, and
//! which parts are missing.
//!
//! All shards are asked at once, each by way of its [`replicas`](super::replicas).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::address::ShardAddresses;
use super::error::ShardsError;
use super::message::{ServedVersion, ShardAbout, ShardRules, ShardSearch, packed_query};
use super::replica::{Fault, Sent};
use super::replicas::{Asker, Outcome, Replicas, watch};
use super::token::ShardToken;
use crate::authorities::trusting;
use crate::catalogue::AppliedRules;
use crate::catalogue::filter::Filter;
use crate::errors::with_sources;
use crate::matching::{CategoryScores, Hits, MatchQuery, Part};
use crate::request_id::{REQUEST_ID, RequestId};
use crate::traces;

/// A connection is made within this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an idle connection stays: less than a server keeps it.
const IDLE: Duration = Duration::from_secs(15);

/// Idle connections to one replica: as many as a front has searches at once, within reason.
const MOST_IDLE: usize = 64;

/// What a search is that misses a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum WhenMissing {
    /// Its answer has the other parts' products and says which are missing.
    #[default]
    Answer,
    /// An error.
    Refuse,
}

/// The shards of a front.
#[derive(Debug)]
pub struct Shards {
    shards: Arc<Vec<Replicas>>,
    asker: Arc<Asker>,
    when_missing: WhenMissing,
    /// Where requests run.
    runtime: Handle,
    /// Asks replicas that have failed what they are.
    watch: JoinHandle<()>,
}

impl Drop for Shards {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// What shards are asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The version of the catalogue.
    pub version: &'a ServedVersion,
    /// Its articles.
    pub articles: usize,
    /// The market's name.
    pub market: &'a str,
    /// Only articles that pass.
    pub filter: &'a Filter,
    /// The shop's rules.
    pub rules: Option<&'a AppliedRules>,
    /// The moment of prices and rules.
    pub now: Timestamp,
    /// f(I) by category, without selection or offsets, with the same limit and pinned articles.
    pub queries: &'a [MatchQuery],
}

/// What shards have found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// For each query its hits.
    pub hits: Vec<Vec<Hits>>,
    /// Parts that are not in them.
    pub missing: Vec<Part>,
}

impl Shards {
    /// The shards at some addresses, asked from the current runtime. `networks` is the SHA-256 of the front's networks.
    ///
    /// # Errors
    /// When the client of HTTP cannot be made.
    pub fn new(
        addresses: &ShardAddresses,
        networks: String,
        token: ShardToken,
        timeout: Duration,
        when_missing: WhenMissing,
    ) -> Result<Self, ShardsError> {
        // For https; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = trusting(|roots| {
            let roots = roots.iter().map(|root| Certificate::from_der(root)).collect::<Result<Vec<_>, _>>()?;
            Client::builder()
                .tls_certs_merge(roots)
                .no_proxy()
                .redirect(Policy::none())
                .connect_timeout(CONNECT_TIMEOUT.min(timeout))
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(MOST_IDLE)
                .tcp_nodelay(true)
                .build()
        });
        let client = client.map_err(|error| ShardsError::Client(with_sources(&error)))?;
        let shards = addresses.parts().map(|(part, addresses)| Replicas::new(part, addresses)).collect();
        let (shards, runtime) = (Arc::new(shards), Handle::current());
        let asker = Arc::new(Asker { client, token, networks, timeout, check_now: Notify::new() });
        let watch = runtime.spawn(watch(Arc::clone(&shards), Arc::clone(&asker)));
        Ok(Self { shards, asker, when_missing, runtime, watch })
    }

    /// How many shards there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Whether there are none, which no front has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Asks all replicas what they are. Those that do not answer may come later.
    ///
    /// # Errors
    /// When one has another part, other networks or another token, or is no shard.
    pub async fn check(&self) -> Result<(), ShardsError> {
        for (address, about) in self.about().await.into_iter().flatten() {
            match about {
                Ok(_) => {}
                Err(Fault::Contradiction(reason)) => return Err(ShardsError::Contradiction { address, reason }),
                Err(Fault::Away(reason) | Fault::Silent(reason)) => tracing::warn!("the shard at {address} {reason}"),
                Err(Fault::OtherVersion | Fault::Busy) => {}
            }
        }
        Ok(())
    }

    /// Whether all shards that answer can search a version: then a front may change to it.
    pub async fn have(&self, version: &ServedVersion) -> bool {
        self.lacking(version).await.is_empty()
    }

    /// The parts whose servers answer, and none of them can search a version.
    pub async fn lacking(&self, version: &ServedVersion) -> Vec<Part> {
        self.lacking_each(&[version]).await.pop().unwrap_or_default()
    }

    /// The same of several versions, in their order; each server is asked once.
    pub async fn lacking_each(&self, versions: &[&ServedVersion]) -> Vec<Vec<Part>> {
        let lacks = |replicas: &[(String, Result<ShardAbout, Fault>)], version: &ServedVersion| {
            let mut answered = replicas.iter().filter_map(|(_, about)| about.as_ref().ok()).peekable();
            answered.peek().is_some() && !answered.any(|about| about.versions.contains(version))
        };
        let abouts = self.about().await;
        let parts = || self.shards.iter().map(|shard| shard.part).zip(&abouts);
        let of = |version| parts().filter(|(_, about)| lacks(about, version)).map(|(part, _)| part).collect();
        versions.iter().copied().map(of).collect()
    }

    /// What each replica of each shard says that it is.
    async fn about(&self) -> Vec<Vec<(String, Result<ShardAbout, Fault>)>> {
        join_all(self.shards.iter().map(|shard| shard.about(&self.asker))).await
    }

    /// Searches all shards at once and waits for them. Not for threads of the runtime.
    ///
    /// # Errors
    /// When a shard has not the version, is busy, or is missing and searches without it are refused, or all are missing.
    pub fn search(&self, asked: &Asked<'_>) -> Result<Found, ShardsError> {
        let (limit, pinned) = asked.queries.first().map_or((0, &[][..]), |query| (query.limit, &query.pinned[..]));
        if asked.queries.is_empty() {
            return Ok(Found::default());
        }
        let search = |part| ShardSearch {
            part,
            networks: self.asker.networks.clone(),
            version: asked.version.clone(),
            market: asked.market.to_owned(),
            filter: asked.filter.clone(),
            rules: asked.rules.map(|rules| ShardRules {
                sha256: rules.sha256.to_string(),
                off: rules.choice.off,
                variant: rules.choice.variant.clone(),
                text: None,
            }),
            now: asked.now.to_string(),
            limit,
            pinned: pinned.to_vec(),
            queries: asked.queries.iter().map(packed_query).collect(),
        };
        let rules_text = asked.rules.map_or("", |rules| &rules.text);
        let headers = of_request();
        let of_shard = async |shard: &Replicas| {
            let sent = Sent { search: &search(shard.part), rules_text, headers: &headers };
            shard.ask(&self.asker, sent, (asked.articles, asked.queries.len())).await
        };
        let outcomes = self.runtime.block_on(join_all(self.shards.iter().map(of_shard)));
        let (mut parts, mut missing) = (Vec::with_capacity(outcomes.len()), Vec::new());
        for outcome in outcomes {
            match outcome {
                Outcome::Scores(scores) => parts.push(scores),
                Outcome::OtherVersion => return Err(ShardsError::OtherVersion),
                Outcome::Busy => return Err(ShardsError::Busy),
                Outcome::Missing(part) => missing.push(part),
            }
        }
        if parts.is_empty() || !missing.is_empty() && self.when_missing == WhenMissing::Refuse {
            return Err(ShardsError::Missing { missing });
        }
        let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
        let mut hits = || {
            let of_parts = parts.iter_mut().filter_map(Iterator::next).collect();
            CategoryScores::hits(CategoryScores::merged(of_parts, pinned, limit), limit)
        };
        Ok(Found { hits: asked.queries.iter().map(|_| hits()).collect(), missing })
    }

    /// The shards that do not answer, a sentence each; addresses are logged, not sent.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.shards.iter().filter_map(Replicas::fault).collect()
    }
}

/// Which request shards are asked for: its id, which their logs have then as well, and its span, whose trace they continue.
fn of_request() -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(id) = RequestId::current() {
        headers.insert(REQUEST_ID, id.header());
    }
    traces::name_parent(&mut headers);
    headers
}
