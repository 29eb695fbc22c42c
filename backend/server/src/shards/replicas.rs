//! The replicas of a part, which take turns. In: a search. Out: an [`Outcome`].
//!
//! A replica that does not answer in time, or has not the version of the catalogue that is searched, leaves the search to the next; each is
//! asked once, and all of them have one deadline. While a replica is silent no search waits for it: it is asked in the background what it
//! is, and once it has told that, one search at a time tries it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Client;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::message::ShardAbout;
use super::replica::{Fault, Replica, Sent};
use super::token::ShardToken;
use crate::matching::{CategoryScores, Part};
use crate::metrics;
use crate::parallel::locked;

/// How many replicas a search can wait for: one that hangs, and another one.
const WAITS: u32 = 2;

/// How often replicas that have failed, or of which none answers, are asked what they are, and how long each may take.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// How a front asks.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) client: Client,
    pub(super) token: ShardToken,
    /// SHA-256 of the front's networks.
    pub(super) networks: String,
    /// How long one replica may take.
    pub(super) timeout: Duration,
    /// Told when a replica should be asked now what it is.
    pub(super) check_now: Notify,
}

/// The replicas of a part.
#[derive(Debug)]
pub(super) struct Replicas {
    pub(super) part: Part,
    replicas: Vec<Replica>,
    /// Which one is next.
    turn: AtomicUsize,
    /// Since when no replica answers.
    missing_since: Mutex<Option<Instant>>,
}

/// What came of a search in a part.
#[derive(Debug)]
pub(super) enum Outcome {
    /// What was found, of each query each category.
    Scores(Vec<Vec<CategoryScores>>),
    /// No replica has the version that is searched.
    OtherVersion,
    /// Each replica that answers has more searches than it takes.
    Busy,
    /// No replica has answered.
    Missing(Part),
}

impl Replicas {
    pub(super) fn new(part: Part, addresses: &[String]) -> Self {
        let replicas = addresses.iter().map(|address| Replica::new(address)).collect();
        Self { part, replicas, turn: AtomicUsize::default(), missing_since: Mutex::default() }
    }

    /// What the first replica that answers has found, from the next one on, those last that were away.
    pub(super) async fn ask(&self, asker: &Asker, sent: Sent<'_>, (articles, queries): (usize, usize)) -> Outcome {
        let (mut has_other_version, mut is_busy) = (false, false);
        let end = Instant::now() + WAITS * asker.timeout;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<&Replica> =
            (0..self.replicas.len()).map(|at| &self.replicas[(turn + at) % self.replicas.len()]).collect();
        order.sort_by_key(|replica| replica.is_away());
        for replica in order {
            let left = end.saturating_duration_since(Instant::now()).min(asker.timeout);
            // Another search may have found it silent meanwhile.
            let Some(_admission) = replica.admit() else { continue };
            let answer = timeout(left, replica.search(&asker.client, &asker.token, sent)).await;
            if answer.is_err() && left < asker.timeout {
                // It is not to blame: those before have taken its time.
                break;
            }
            let answer = answer.unwrap_or_else(|_| Err(late(asker.timeout)));
            let scores = answer.and_then(|answer| {
                let refused = |reason| Fault::Contradiction(format!("has sent a wrong answer: {reason}"));
                answer.unpacked(self.part, articles, queries).map_err(refused)
            });
            if replica.note(scores.as_ref().err()) {
                asker.check_now.notify_one();
            }
            match scores {
                Ok(scores) => {
                    *locked(&self.missing_since) = None;
                    return Outcome::Scores(scores);
                }
                Err(Fault::OtherVersion) => has_other_version = true,
                Err(Fault::Busy) => is_busy = true,
                Err(Fault::Away(_) | Fault::Silent(_) | Fault::Contradiction(_)) => {}
            }
        }
        if has_other_version || is_busy {
            *locked(&self.missing_since) = None;
            return if has_other_version { Outcome::OtherVersion } else { Outcome::Busy };
        }
        locked(&self.missing_since).get_or_insert_with(Instant::now);
        metrics::shard_missing(self.part.to_string());
        Outcome::Missing(self.part)
    }

    /// What each replica says that it is.
    pub(super) async fn about(&self, asker: &Asker) -> Vec<(String, Result<ShardAbout, Fault>)> {
        let asked = self.replicas.iter().map(|replica| self.about_one(replica, asker, asker.timeout));
        let addresses = self.replicas.iter().map(|replica| replica.address.clone());
        addresses.zip(join_all(asked).await).collect()
    }

    /// Asks the replicas that have failed what they are, and all of them while the part is missing: a search that asked none of them, as
    /// others were trying them, may have noted it last. The part is not missing any more if one of them can search.
    async fn check(&self, asker: &Asker) {
        let is_missing = locked(&self.missing_since).is_some();
        let asked = self.replicas.iter().filter(|replica| is_missing || replica.has_failed());
        let can_search = join_all(asked.map(|replica| self.check_one(replica, asker))).await;
        if can_search.contains(&true) {
            *locked(&self.missing_since) = None;
        }
    }

    async fn check_one(&self, replica: &Replica, asker: &Asker) -> bool {
        let about = self.about_one(replica, asker, CHECK_INTERVAL).await;
        replica.note_about(about.as_ref());
        about.is_ok_and(|about| !about.versions.is_empty())
    }

    /// What a replica says that it is, if that is what a front needs of this part.
    async fn about_one(&self, replica: &Replica, asker: &Asker, most: Duration) -> Result<ShardAbout, Fault> {
        let most = most.min(asker.timeout);
        let about = timeout(most, replica.about(&asker.client, &asker.token)).await;
        let about = about.unwrap_or_else(|_| Err(late(most)))?;
        if about.part != self.part {
            return Err(Fault::Contradiction(format!("is part {}: expected part {}", about.part, self.part)));
        }
        if about.networks != asker.networks {
            let (expected, received) = (&asker.networks, &about.networks);
            let reason = format!("has other networks: expected those of {expected}, got those of {received}");
            return Err(Fault::Contradiction(reason));
        }
        Ok(about)
    }

    /// That no replica answers, in words; addresses are logged, not sent.
    pub(super) fn fault(&self) -> Option<String> {
        let since = (*locked(&self.missing_since))?;
        Some(format!("no server of part {} answers for {} s", self.part, since.elapsed().as_secs()))
    }
}

/// Asks replicas that have failed what they are, again and again; never returns.
pub(super) async fn watch(shards: Arc<Vec<Replicas>>, asker: Arc<Asker>) {
    loop {
        // At once when it is asked for, which each replica bounds.
        let _ = timeout(CHECK_INTERVAL, asker.check_now.notified()).await;
        join_all(shards.iter().map(|shard| shard.check(&asker))).await;
    }
}

fn late(timeout: Duration) -> Fault {
    Fault::Silent(format!("does not answer within {} ms", timeout.as_millis()))
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Json, Router};

    use super::super::message::{ABOUT, ServedVersion};
    use super::*;

    #[tokio::test]
    async fn a_missing_part_is_back_when_a_replica_that_has_not_failed_can_search() {
        let part: Part = "2/2".parse().expect("a part");
        let version = ServedVersion { version: 1, mark: String::new(), weights: String::new() };
        let about = ShardAbout { part, networks: "networks".to_owned(), versions: vec![version] };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Router::new().route(ABOUT, get(move || async move { Json(about) }));
        tokio::spawn(async move { axum::serve(listener, server).await });

        let _ = rustls::crypto::ring::default_provider().install_default();
        let replicas = Replicas::new(part, &[address]);
        let asker = Asker {
            client: Client::builder().no_proxy().build().expect("a client"),
            token: ShardToken::checked("0123456789abcdef").expect("a token"),
            networks: "networks".to_owned(),
            timeout: Duration::from_secs(20),
            check_now: Notify::new(),
        };
        // As a search leaves it that found the only replica being tried by another one.
        *locked(&replicas.missing_since) = Some(Instant::now());
        assert!(!replicas.replicas[0].has_failed() && replicas.fault().is_some());
        replicas.check(&asker).await;
        assert_eq!(replicas.fault(), None);
    }
}
