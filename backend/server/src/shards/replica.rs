//! One server of a shard. In: a search. Out: what it has found, or a [`Fault`].

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};

use super::message::{ABOUT, MAX_ANSWER_BYTES, RefusalBody, SEARCH, ShardAbout, ShardAnswer, ShardSearch};
use super::token::ShardToken;
use crate::parallel::locked;

/// How long a replica that has not answered is asked after the others.
const AWAY: Duration = Duration::from_secs(2);

/// A replica that is silent is asked at once what it is, if it was not silent before within this: it may have been late once.
const SILENCES_APART: Duration = Duration::from_secs(10);

/// Bytes of a refusal at most.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// A server of a shard.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) address: String,
    state: Mutex<State>,
    /// Whether a search tries it after a silence.
    is_tried: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// Why the last search was not answered; none if it was.
    away: Option<Away>,
    /// When a search has waited for it in vain.
    silent_at: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Away {
    /// Until when it is asked last.
    until: Instant,
    reason: String,
    silence: Silence,
}

/// Whether a search would wait for a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// What was wrong showed at once.
    No,
    /// The last search waited in vain: no other does.
    Yes,
    /// So did the last search, but the replica has told what it is since: one search at a time tries it.
    Ended,
}

/// Why a replica has found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has not the version that is searched, or has it no longer.
    OtherVersion,
    /// It has more searches than it takes.
    Busy,
    /// It cannot be reached, or is loading.
    Away(String),
    /// It does not answer in time.
    Silent(String),
    /// It is no shard of this front's.
    Contradiction(String),
}

/// What a search sends to a replica.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    pub(super) search: &'a ShardSearch,
    /// The rules' text, which is sent when the replica asks for it.
    pub(super) rules_text: &'a str,
    /// Which request it is for.
    pub(super) headers: &'a HeaderMap,
}

/// Lets a search ask a replica.
pub(super) struct Admission<'a>(Option<&'a AtomicBool>);

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(is_tried) = self.0 {
            is_tried.store(false, Ordering::Release);
        }
    }
}

impl Replica {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), state: Mutex::default(), is_tried: AtomicBool::default() }
    }

    /// Whether it is asked after the others.
    pub(super) fn is_away(&self) -> bool {
        locked(&self.state).away.as_ref().is_some_and(|away| Instant::now() < away.until)
    }

    /// Whether it has not answered the last search.
    pub(super) fn has_failed(&self) -> bool {
        locked(&self.state).away.is_some()
    }

    /// Lets a search ask, unless it would wait in vain.
    pub(super) fn admit(&self) -> Option<Admission<'_>> {
        let silence = locked(&self.state).away.as_ref().map_or(Silence::No, |away| away.silence);
        match silence {
            Silence::No => Some(Admission(None)),
            Silence::Yes => None,
            Silence::Ended if self.is_tried.swap(true, Ordering::Acquire) => None,
            Silence::Ended => Some(Admission(Some(&self.is_tried))),
        }
    }

    /// What the replica is.
    pub(super) async fn about(&self, client: &Client, token: &ShardToken) -> Result<ShardAbout, Fault> {
        let asked = client.get(format!("{}{ABOUT}", self.address)).header("authorization", token.header());
        let (status, body) = received(asked.send().await.map_err(away)?).await?;
        match status {
            StatusCode::OK => serde_json::from_slice(&body).map_err(|_| no_shard()),
            status => Err(refused(status, &body)),
        }
    }

    /// Searches.
    pub(super) async fn search(
        &self,
        client: &Client,
        token: &ShardToken,
        Sent { search, rules_text, headers }: Sent<'_>,
    ) -> Result<ShardAnswer, Fault> {
        let post = async |search: &ShardSearch| {
            let body = serde_json::to_vec(search).map_err(|error| Fault::Away(error.to_string()))?;
            let asked = client.post(format!("{}{SEARCH}", self.address)).headers(headers.clone());
            let asked = asked.header("authorization", token.header());
            received(asked.header("content-type", "application/json").body(body).send().await.map_err(away)?).await
        };
        let (mut status, mut body) = post(search).await?;
        if let (Some(rules), "unknown-rules") = (&search.rules, code(&body).as_str()) {
            let mut rules = rules.clone();
            rules.text = Some(rules_text.to_owned());
            (status, body) = post(&ShardSearch { rules: Some(rules), ..search.clone() }).await?;
        }
        match status {
            StatusCode::OK => serde_json::from_slice(&body).map_err(|_| no_shard()),
            status => Err(refused(status, &body)),
        }
    }

    /// Notes what came of a search, and logs what is new of it. Whether the replica should be asked now what it is.
    pub(super) fn note(&self, fault: Option<&Fault>) -> bool {
        let (mut state, now) = (locked(&self.state), Instant::now());
        let (reason, silence) = match fault {
            Some(Fault::Away(reason) | Fault::Contradiction(reason)) => (reason, Silence::No),
            Some(Fault::Silent(reason)) => (reason, Silence::Yes),
            Some(Fault::OtherVersion | Fault::Busy) | None => {
                if state.away.take().is_some() {
                    tracing::info!("the shard at {} answers again", self.address);
                }
                return false;
            }
        };
        if state.away.as_ref().is_none_or(|known| known.reason != *reason) {
            tracing::warn!("the shard at {} {reason}", self.address);
        }
        state.away = Some(Away { until: now + AWAY, reason: reason.clone(), silence });
        if silence == Silence::No {
            return false;
        }
        let former = state.silent_at.replace(now);
        former.is_none_or(|former| now - former >= SILENCES_APART)
    }

    /// Notes what a replica that has failed says that it is.
    pub(super) fn note_about(&self, about: Result<&ShardAbout, &Fault>) {
        let mut state = locked(&self.state);
        let Some(away) = &mut state.away else { return };
        away.silence = match about {
            Ok(_) if away.silence == Silence::No => Silence::No,
            Ok(_) => Silence::Ended,
            Err(Fault::Silent(_)) => Silence::Yes,
            Err(_) => Silence::No,
        };
        if about.is_ok() {
            away.until = Instant::now();
        }
    }
}

/// Status and body of an answer, within its bound.
async fn received(mut response: Response) -> Result<(StatusCode, Vec<u8>), Fault> {
    let status = response.status();
    let most = if status == StatusCode::OK { MAX_ANSWER_BYTES } else { MAX_REFUSAL_BYTES };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > most {
            return Err(Fault::Away(format!("answers with more than {most} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

fn code(body: &[u8]) -> String {
    serde_json::from_slice::<RefusalBody>(body).map(|refusal| refusal.code).unwrap_or_default()
}

fn refused(status: StatusCode, body: &[u8]) -> Fault {
    let detail = serde_json::from_slice::<RefusalBody>(body).map(|refusal| refusal.detail);
    match (status, code(body).as_str()) {
        (StatusCode::CONFLICT, "other-version") => Fault::OtherVersion,
        (StatusCode::UNAUTHORIZED, _) => Fault::Contradiction("refuses the token of --shard-token".to_owned()),
        (StatusCode::SERVICE_UNAVAILABLE, "busy") => Fault::Busy,
        (StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT, _) => {
            Fault::Away("is busy or loading its catalogue".to_owned())
        }
        (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _) => no_shard(),
        _ => Fault::Contradiction(detail.unwrap_or_else(|_| format!("answers with status {status}"))),
    }
}

fn no_shard() -> Fault {
    Fault::Contradiction("is no shard: expected a server with --shard".to_owned())
}

/// The reason without the address, which is said before it.
fn away(error: reqwest::Error) -> Fault {
    if error.is_timeout() {
        return Fault::Silent("does not answer in time".to_owned());
    }
    let what = if error.is_connect() { "cannot be connected to" } else { "has ended the connection" };
    Fault::Away(what.to_owned())
}
