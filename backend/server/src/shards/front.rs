//! A front asks its shards. In: the queries of a search, and what may be found. Out: [`Found`]: hits of one pass over the whole catalogue, and
//! which parts are missing.
//!
//! Each shard has replicas that take turns. One that does not answer within the deadline, or has not the version of the catalogue that is
//! searched, leaves the search to the next; each is asked once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use tokio::runtime::Handle;

use super::address::ShardAddresses;
use super::error::ShardsError;
use super::message::{ServedVersion, ShardAbout, ShardRules, ShardSearch, packed_query};
use super::replica::{Fault, Replica};
use super::token::ShardToken;
use crate::authorities::trusting;
use crate::catalogue::AppliedRules;
use crate::catalogue::filter::Filter;
use crate::errors::with_sources;
use crate::matching::{CategoryScores, Hits, MatchQuery, Part};
use crate::metrics;
use crate::parallel::locked;

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
    shards: Vec<Replicas>,
    networks: String,
    token: ShardToken,
    timeout: Duration,
    when_missing: WhenMissing,
    client: Client,
    /// Where requests run.
    runtime: Handle,
}

#[derive(Debug)]
struct Replicas {
    part: Part,
    replicas: Vec<Replica>,
    /// Which one is next.
    turn: AtomicUsize,
    /// Since when no replica answers.
    missing_since: Mutex<Option<Instant>>,
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

enum Outcome {
    Scores(Vec<Vec<CategoryScores>>),
    OtherVersion,
    Missing(Part),
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
        let replicas = |(part, addresses): (Part, &[String])| Replicas {
            part,
            replicas: addresses.iter().map(|address| Replica::new(address)).collect(),
            turn: AtomicUsize::default(),
            missing_since: Mutex::default(),
        };
        let shards = addresses.parts().map(replicas).collect();
        Ok(Self { shards, networks, token, timeout, when_missing, client, runtime: Handle::current() })
    }

    /// How many shards there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.shards.len()
    }

    /// Whether there are none, which no front has.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
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
                Err(Fault::Away(reason)) => tracing::warn!("the shard at {address} {reason}"),
                Err(Fault::OtherVersion) => {}
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
        let lacks = |replicas: &[(String, Result<ShardAbout, Fault>)]| {
            let mut answered = replicas.iter().filter_map(|(_, about)| about.as_ref().ok()).peekable();
            answered.peek().is_some() && !answered.any(|about| about.versions.contains(version))
        };
        let parts = self.shards.iter().map(|shard| shard.part);
        parts.zip(self.about().await).filter(|(_, replicas)| lacks(replicas)).map(|(part, _)| part).collect()
    }

    /// What each replica of each shard says that it is.
    async fn about(&self) -> Vec<Vec<(String, Result<ShardAbout, Fault>)>> {
        let one = async |part: Part, replica: &Replica| {
            let asked = tokio::time::timeout(self.timeout, replica.about(&self.client, &self.token));
            let about = asked.await.unwrap_or_else(|_| Err(late(self.timeout)));
            (replica.address.clone(), about.and_then(|about| self.agreeing(part, about)))
        };
        let of_shard = async |shard: &Replicas| {
            futures_util::future::join_all(shard.replicas.iter().map(|replica| one(shard.part, replica))).await
        };
        futures_util::future::join_all(self.shards.iter().map(of_shard)).await
    }

    /// What a replica says that it is, if it is what this front needs of a part.
    fn agreeing(&self, part: Part, about: ShardAbout) -> Result<ShardAbout, Fault> {
        if about.part != part {
            return Err(Fault::Contradiction(format!("is part {}: expected part {part}", about.part)));
        }
        if about.networks != self.networks {
            let (expected, received) = (&self.networks, &about.networks);
            let reason = format!("has other networks: expected those of {expected}, got those of {received}");
            return Err(Fault::Contradiction(reason));
        }
        Ok(about)
    }

    /// Searches all shards at once and waits for them. Not for threads of the runtime.
    ///
    /// # Errors
    /// When a shard has not the version, or is missing and searches without it are refused, or all are missing.
    pub fn search(&self, asked: &Asked<'_>) -> Result<Found, ShardsError> {
        let (limit, pinned) = asked.queries.first().map_or((0, &[][..]), |query| (query.limit, &query.pinned[..]));
        if asked.queries.is_empty() {
            return Ok(Found::default());
        }
        let search = |part| ShardSearch {
            part,
            networks: self.networks.clone(),
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
        let of_shard = async |shard: &Replicas| {
            self.ask(shard, &search(shard.part), rules_text, (asked.articles, asked.queries.len())).await
        };
        let outcomes = self.runtime.block_on(futures_util::future::join_all(self.shards.iter().map(of_shard)));
        let (mut parts, mut missing) = (Vec::with_capacity(outcomes.len()), Vec::new());
        for outcome in outcomes {
            match outcome {
                Outcome::Scores(scores) => parts.push(scores),
                Outcome::OtherVersion => return Err(ShardsError::OtherVersion),
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

    /// What a shard has found: that of the first replica that answers, from the next one on, those last that were away.
    async fn ask(
        &self,
        shard: &Replicas,
        search: &ShardSearch,
        rules_text: &str,
        (articles, queries): (usize, usize),
    ) -> Outcome {
        let mut has_other_version = false;
        let turn = shard.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<&Replica> =
            (0..shard.replicas.len()).map(|at| &shard.replicas[(turn + at) % shard.replicas.len()]).collect();
        order.sort_by_key(|replica| replica.is_away());
        for replica in order {
            let asked = replica.search(&self.client, &self.token, search, rules_text);
            let answer = tokio::time::timeout(self.timeout, asked).await.unwrap_or_else(|_| Err(late(self.timeout)));
            let scores = answer.and_then(|answer| {
                let refused = |reason| Fault::Contradiction(format!("has sent a wrong answer: {reason}"));
                answer.unpacked(shard.part, articles, queries).map_err(refused)
            });
            replica.note(scores.as_ref().err());
            match scores {
                Ok(scores) => {
                    *locked(&shard.missing_since) = None;
                    return Outcome::Scores(scores);
                }
                Err(Fault::OtherVersion) => has_other_version = true,
                Err(Fault::Away(_) | Fault::Contradiction(_)) => {}
            }
        }
        if has_other_version {
            return Outcome::OtherVersion;
        }
        locked(&shard.missing_since).get_or_insert_with(Instant::now);
        metrics::shard_missing(shard.part.to_string());
        Outcome::Missing(shard.part)
    }

    /// The shards that do not answer, a sentence each; addresses are logged, not sent.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let fault = |shard: &Replicas| {
            let since = (*locked(&shard.missing_since))?;
            Some(format!("no server of part {} answers for {} s", shard.part, since.elapsed().as_secs()))
        };
        self.shards.iter().filter_map(fault).collect()
    }
}

fn late(timeout: Duration) -> Fault {
    Fault::Away(format!("does not answer within {} ms", timeout.as_millis()))
}
