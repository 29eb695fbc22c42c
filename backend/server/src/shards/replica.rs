//! One server of a shard. In: a search. Out: what it has found, or a [`Fault`].

use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::{Client, Response, StatusCode};

use super::message::{ABOUT, MAX_ANSWER_BYTES, RefusalBody, SEARCH, ShardAbout, ShardAnswer, ShardSearch};
use super::token::ShardToken;
use crate::parallel::locked;

/// How long a replica that has not answered is asked after the others.
const AWAY: Duration = Duration::from_secs(2);

/// Bytes of a refusal at most.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// A server of a shard.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) address: String,
    /// Since when it has not answered, and until when it is asked last.
    away: Mutex<Option<Away>>,
}

#[derive(Clone, Debug)]
struct Away {
    until: Instant,
    reason: String,
}

/// Why a replica has found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has not the version that is searched, or has it no longer.
    OtherVersion,
    /// It does not answer, or is busy or loading.
    Away(String),
    /// It is no shard of this front's.
    Contradiction(String),
}

impl Replica {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), away: Mutex::default() }
    }

    /// Whether it is asked after the others.
    pub(super) fn is_away(&self) -> bool {
        locked(&self.away).as_ref().is_some_and(|away| Instant::now() < away.until)
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

    /// Searches. The rules' text is sent when the replica asks for it.
    pub(super) async fn search(
        &self,
        client: &Client,
        token: &ShardToken,
        search: &ShardSearch,
        rules_text: &str,
    ) -> Result<ShardAnswer, Fault> {
        let post = async |search: &ShardSearch| {
            let body = serde_json::to_vec(search).map_err(|error| Fault::Away(error.to_string()))?;
            let asked = client.post(format!("{}{SEARCH}", self.address)).header("authorization", token.header());
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

    /// Notes what came of it, and logs what is new of it.
    pub(super) fn note(&self, fault: Option<&Fault>) {
        let mut away = locked(&self.away);
        let reason = match fault {
            Some(Fault::Away(reason) | Fault::Contradiction(reason)) => reason,
            Some(Fault::OtherVersion) => return,
            None => {
                if away.take().is_some() {
                    tracing::info!("the shard at {} answers again", self.address);
                }
                return;
            }
        };
        if away.as_ref().is_none_or(|known| known.reason != *reason) {
            tracing::warn!("the shard at {} {reason}", self.address);
        }
        *away = Some(Away { until: Instant::now() + AWAY, reason: reason.clone() });
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
    let what = if error.is_timeout() {
        "does not answer in time"
    } else if error.is_connect() {
        "cannot be connected to"
    } else {
        "has ended the connection"
    };
    Fault::Away(what.to_owned())
}
