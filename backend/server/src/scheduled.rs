//! A server fetches its feeds by itself. In: [`ScheduledFeeds`]. Out: imports, and a [`FeedState`] of each feed in the catalogue's database.
//!
//! A feed is asked for with the validators of the one that was imported last, so an unchanged one is not sent again. One that fails, cannot be
//! read or loses too many products leaves the catalogue as it is. After a failure the next try comes sooner than the schedule says.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use stl_types::wire::{FeedOutcome, FeedState};

use crate::catalogue::address::without_secrets;
use crate::catalogue::fetch::{FetchError, Fetched, Fetcher, Validators};
use crate::catalogue::import::{ImportError, ImportOptions, import};
use crate::catalogue::{LockError, Store, StoreError};
use crate::config::{ScheduledFeed, ScheduledFeeds};
use crate::digest::Digest;
use crate::errors::with_sources;
use crate::http::admin::upload_folder::upload_folder;
use crate::http::admin::{MAX_PROBLEMS, without_path};
use crate::metrics;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, available_threads};

/// Bytes of a feed, packed and unpacked: as many as an uploaded one may have.
const MAX_FEED_BYTES: u64 = 256 << 20;

/// The wait after a first failure; it doubles with each further one, up to the time from one fetch to the next.
const FIRST_WAIT: Duration = Duration::from_secs(5 * 60);

/// The wait while another import runs.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// The longest sleep: the system's clock may be set. Each look reads a row of the database.
const MAX_SLEEP: Duration = Duration::from_secs(5);

/// How much further away than a feed's interval its next try may be. Clocks are set by fractions of a second all the time.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// Fetches and imports feeds when they are due.
#[derive(Debug)]
pub struct FeedRunner {
    catalogue: PathBuf,
    models: Arc<Models>,
    feeds: ScheduledFeeds,
    private_addresses_allowed: bool,
    stop: StopFlag,
}

/// What came of a feed that was due.
struct Outcome {
    outcome: FeedOutcome,
    problems: Vec<String>,
    /// What is known of it, if it is the catalogue now.
    imported: Option<Imported>,
    /// The wait that a failure asks for.
    is_busy: bool,
}

struct Imported {
    validators: Validators,
    sha256: Digest,
    products: usize,
    left_out: usize,
}

impl Outcome {
    const fn without_import(outcome: FeedOutcome, problems: Vec<String>) -> Self {
        Self { outcome, problems, imported: None, is_busy: false }
    }
}

impl FeedRunner {
    /// Feeds of a catalogue.
    #[must_use]
    pub const fn new(
        catalogue: PathBuf,
        models: Arc<Models>,
        feeds: ScheduledFeeds,
        private_addresses_allowed: bool,
        stop: StopFlag,
    ) -> Self {
        Self { catalogue, models, feeds, private_addresses_allowed, stop }
    }

    /// Runs until it should stop.
    pub fn run(&self) {
        let kept: Vec<(&str, &str)> =
            self.feeds.feeds.iter().map(|feed| (feed.url.as_str(), feed.market.as_str())).collect();
        self.with_store("tidied", |store| {
            store.keep_feeds(&kept)?;
            kept.iter().try_for_each(|(url, market)| ended(store, url, market))
        });
        while !self.stop.is_stopped() {
            // Whole seconds are read more easily.
            let now = Timestamp::now();
            let next = self.run_due(Timestamp::from_second(now.as_second()).unwrap_or(now));
            let wait = next.map_or(MAX_SLEEP, |next| wait_until(next, Timestamp::now()).min(MAX_SLEEP));
            self.stop.wait_until(std::time::Instant::now() + wait);
        }
    }

    /// Fetches what is due at a moment. Returns when the next feed is due; never without feeds.
    #[must_use]
    pub fn run_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.feeds.feeds.iter().map(|feed| self.run_if_due(feed, now)).min()
    }

    fn run_if_due(&self, feed: &ScheduledFeed, now: Timestamp) -> Timestamp {
        let known = self.state(feed);
        let next = known.as_ref().and_then(|state| state.next_try.parse::<Timestamp>().ok());
        // One that is further away than the interval was stored when the file named a longer one, or before the clock was set back.
        let furthest = later(now, feed.every.saturating_add(CLOCK_TOLERANCE));
        if let Some(next) = next.filter(|next| *next > now && *next <= furthest) {
            return next;
        }
        let known = FeedState {
            url: without_secrets(&feed.url),
            market: feed.market.clone(),
            every_s: feed.every.as_secs(),
            running_since: String::new(),
            ..known.unwrap_or_default()
        };
        let running = FeedState { running_since: now.to_string(), ..known.clone() };
        self.with_store("stored", |store| store.set_feed(&feed.url, &running));
        tracing::info!("the feed {} is fetched", known.url);
        let outcome = self.fetch_and_import(feed, &known);
        let (state, next) = after(feed, known, outcome, now);
        metrics::feed(&state, label(state.outcome));
        match state.outcome {
            FeedOutcome::Imported | FeedOutcome::Unchanged => {
                tracing::info!("the feed {}: {}", state.url, words(state.outcome));
            }
            outcome => tracing::error!("the feed {}: {}: {}", state.url, words(outcome), state.problems.join("; ")),
        }
        self.with_store("stored", |store| store.set_feed(&feed.url, &state));
        next
    }

    /// Writes to the database, which is made if there is none yet. A failure is logged: the feed is only fetched more often then.
    fn with_store(&self, what: &str, write: impl FnOnce(&Store) -> Result<(), StoreError>) {
        if let Err(error) = std::fs::create_dir_all(&self.catalogue) {
            tracing::warn!("{} cannot be made: {error}", self.catalogue.display());
        } else if let Err(error) = Store::create(&self.catalogue).and_then(|store| write(&store)) {
            tracing::warn!("the state of the feeds is not {what}: {}", with_sources(&error));
        }
    }

    fn state(&self, feed: &ScheduledFeed) -> Option<FeedState> {
        match Store::open(&self.catalogue).and_then(|store| store.feed(&feed.url, &feed.market)) {
            Ok(state) => state,
            Err(StoreError::Missing { .. }) => None,
            Err(error) => {
                tracing::warn!("the state of the feed cannot be read: {error}");
                None
            }
        }
    }

    fn fetch_and_import(&self, feed: &ScheduledFeed, known: &FeedState) -> Outcome {
        let validators = Validators { etag: known.etag.clone(), last_modified: known.last_modified.clone() };
        let has_validators = validators != Validators::default();
        let fetcher = Fetcher::for_feeds(self.private_addresses_allowed, &self.feeds.fetch, self.stop.clone());
        let (file, validators) = match fetcher.fetch(&feed.url, MAX_FEED_BYTES, has_validators.then_some(&validators)) {
            Ok(Fetched::Unchanged) => return Outcome::without_import(FeedOutcome::Unchanged, Vec::new()),
            Ok(Fetched::File { file, validators }) => (file, validators),
            Err(FetchError::TooLong { limit_bytes }) => {
                let problem = format!("the feed has more than {} MiB, the most that are accepted", limit_bytes >> 20);
                return Outcome::without_import(FeedOutcome::Failed, vec![problem]);
            }
            Err(error) => return Outcome::without_import(FeedOutcome::Failed, vec![with_sources(&error)]),
        };
        let sha256 = Digest::of(&file);
        // A host without validators sends it each time.
        if known.sha256 == sha256.to_string() {
            return Outcome::without_import(FeedOutcome::Unchanged, Vec::new());
        }
        self.import(feed, &file, (validators, sha256))
    }

    fn import(&self, feed: &ScheduledFeed, file: &[u8], (validators, sha256): (Validators, Digest)) -> Outcome {
        let written = std::fs::create_dir_all(&self.catalogue).and_then(|()| {
            let folder = upload_folder(&self.catalogue)?;
            let path = folder.path().join(file_name(&feed.url));
            std::fs::write(&path, file)?;
            Ok((folder, path))
        });
        let (folder, path) = match written {
            Ok(written) => written,
            Err(error) => return Outcome::without_import(FeedOutcome::Failed, vec![error.to_string()]),
        };
        let options = ImportOptions {
            market: feed.market.clone(),
            feed: feed.options.clone(),
            // Half of the cores are left to searches.
            threads: (available_threads() / 2).max(1),
            workers: (available_threads() / 2).max(1) + ImportOptions::WAITING_WORKERS,
            private_addresses_allowed: self.private_addresses_allowed,
            fetch: self.feeds.fetch.clone(),
            max_drop_percent: feed.max_drop_percent,
            stop: self.stop.clone(),
            ..ImportOptions::default()
        };
        let outcome = import(&path, &self.catalogue, &self.models, &options, |_, _| {});
        drop(folder);
        match outcome {
            Ok(report) => {
                // Rows that are left out, then what is to be known of the feed as a whole.
                let problems = report.left_out.iter().map(ToString::to_string).chain(report.hints.iter().cloned());
                let (products, left_out) = (report.imported, report.left_out.len());
                Outcome {
                    outcome: FeedOutcome::Imported,
                    problems: problems.take(MAX_PROBLEMS).collect(),
                    imported: Some(Imported { validators, sha256, products, left_out }),
                    is_busy: false,
                }
            }
            Err(error) => {
                let is_busy = matches!(error, ImportError::Lock(LockError::Busy { .. }));
                let outcome = match &error {
                    ImportError::TooManyLost { .. } => FeedOutcome::HeldBack,
                    _ => FeedOutcome::Failed,
                };
                let rows = error.left_out().iter().map(ToString::to_string);
                let problems = std::iter::once(without_path(&with_sources(&error), &path)).chain(rows);
                Outcome { is_busy, ..Outcome::without_import(outcome, problems.take(MAX_PROBLEMS).collect()) }
            }
        }
    }
}

/// The state of a feed after what came of it at a moment, and when it is due again.
fn after(feed: &ScheduledFeed, known: FeedState, outcome: Outcome, now: Timestamp) -> (FeedState, Timestamp) {
    let Outcome { outcome, problems, imported, is_busy } = outcome;
    let is_failure = outcome == FeedOutcome::Failed;
    let failures = if is_failure { known.failures.saturating_add(1) } else { 0 };
    let wait = match failures {
        _ if is_busy => BUSY_WAIT.min(feed.every),
        0 => feed.every,
        failures => FIRST_WAIT.saturating_mul(1 << (failures - 1).min(16)).min(feed.every),
    };
    let next = later(now, wait);
    let state = FeedState {
        outcome,
        failures,
        last_try: now.to_string(),
        next_try: next.to_string(),
        problems: match (outcome, known.outcome) {
            // An unchanged feed has the faults that it had.
            (FeedOutcome::Unchanged, FeedOutcome::Imported | FeedOutcome::Unchanged) => known.problems.clone(),
            _ => problems,
        },
        ..known
    };
    let state = match imported {
        None if outcome == FeedOutcome::Unchanged => FeedState { last_good: now.to_string(), ..state },
        None => state,
        Some(Imported { validators: Validators { etag, last_modified }, sha256, products, left_out }) => FeedState {
            last_good: now.to_string(),
            last_import: now.to_string(),
            products,
            left_out,
            etag,
            last_modified,
            sha256: sha256.to_string(),
            ..state
        },
    };
    (state, next)
}

/// A feed that a server was fetching when it ended is not being fetched any more.
fn ended(store: &Store, url: &str, market: &str) -> Result<(), StoreError> {
    match store.feed(url, market)?.filter(|state| !state.running_since.is_empty()) {
        Some(state) => store.set_feed(url, &FeedState { running_since: String::new(), ..state }),
        None => Ok(()),
    }
}

/// The name of a feed's file, by which its format is told.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    // The fetcher has unpacked it.
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_plain = (1..=6).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { format!("feed.{ending}") } else { "feed".to_owned() }
}

/// An outcome for a log.
const fn words(outcome: FeedOutcome) -> &'static str {
    match outcome {
        FeedOutcome::Imported => "imported",
        FeedOutcome::Unchanged => "unchanged",
        FeedOutcome::HeldBack => "held back",
        FeedOutcome::Failed => "failed",
    }
}

/// An outcome for metrics.
const fn label(outcome: FeedOutcome) -> &'static str {
    match outcome {
        FeedOutcome::HeldBack => "held_back",
        other => words(other),
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

fn wait_until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::feed::FeedOptions;

    fn feed() -> ScheduledFeed {
        ScheduledFeed {
            url: "https://shop.example/feed.XML.gz?key=secret".to_owned(),
            market: "de".to_owned(),
            every: Duration::from_secs(3600),
            max_drop_percent: 25,
            options: FeedOptions::default(),
        }
    }

    #[test]
    fn after_failures_the_next_try_comes_sooner_but_ever_later() {
        let now: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
        let (mut state, mut waits_s) = (FeedState::default(), Vec::new());
        for _ in 0..6 {
            let next;
            (state, next) =
                after(&feed(), state, Outcome::without_import(FeedOutcome::Failed, vec!["no".to_owned()]), now);
            waits_s.push(next.duration_since(now).as_secs());
        }
        assert_eq!(waits_s, [300, 600, 1200, 2400, 3600, 3600]);
        assert_eq!((state.failures, state.problems.len(), state.last_good.as_str()), (6, 1, ""));
        let (state, next) = after(&feed(), state, Outcome::without_import(FeedOutcome::HeldBack, Vec::new()), now);
        assert_eq!((state.failures, next.duration_since(now).as_secs()), (0, 3600), "another feed may come by then");
        let busy = Outcome { is_busy: true, ..Outcome::without_import(FeedOutcome::Failed, Vec::new()) };
        assert_eq!(after(&feed(), state, busy, now).1.duration_since(now).as_secs(), 60);
    }

    #[test]
    fn a_feeds_file_has_its_ending_and_its_address_keeps_its_secret() {
        assert_eq!(file_name(&feed().url), "feed.xml");
        assert_eq!((file_name("https://a/b?c=.csv"), file_name("https://a/..%2f")), ("feed".into(), "feed".into()));
        assert_eq!(without_secrets(&feed().url), "https://shop.example/feed.XML.gz");
    }
}
