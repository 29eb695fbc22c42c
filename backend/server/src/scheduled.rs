//! A server fetches its feeds by itself. In: [`ScheduledFeeds`]. Out: imports, and a [`FeedState`] of each feed in the catalogue's database.
//!
//! A feed is asked for with the validators of the one that was imported last, so an unchanged one is not sent again. One that fails, cannot be
//! read or loses too many products leaves the catalogue as it is. After a failure the next try comes sooner than the schedule says. Of the
//! servers that share a catalogue, one fetches the feeds at a time; another goes on when it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use stl_types::wire::{FeedOutcome, FeedState};

use self::after::{Imported, Outcome, after, label, later, wait_until, words};
use self::shared::SharedFeeds;
use crate::catalogue::address::without_secrets;
use crate::catalogue::fetch::{FetchError, Fetched, Fetcher, Validators};
use crate::catalogue::import::{ImportError, ImportOptions, import};
use crate::catalogue::{Store, StoreError};
use crate::cluster::importing::{Sharing, import_shared, is_refused};
use crate::cluster::{ClusterAddress, ClusterError};
use crate::config::{ScheduledFeed, ScheduledFeeds};
use crate::digest::Digest;
use crate::errors::with_sources;
use crate::http::admin::upload_folder::upload_folder;
use crate::http::admin::{MAX_PROBLEMS, told};
use crate::metrics;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, available_threads};

mod after;
mod shared;

/// Bytes of a feed, packed and unpacked: as many as an uploaded one may have.
const MAX_FEED_BYTES: u64 = 256 << 20;

/// The longest sleep: the system's clock may be set. Each look reads a row of the database.
const MAX_SLEEP: Duration = Duration::from_secs(5);

/// How often a server asks whether it is its turn.
const TURN_INTERVAL: Duration = Duration::from_secs(2);

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
    /// Whose turn it is, if other servers serve the catalogue as well.
    shared: Option<SharedFeeds>,
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
        Self { catalogue, models, feeds, private_addresses_allowed, stop, shared: None }
    }

    /// The same of a catalogue that several servers share: one of them fetches the feeds at a time.
    #[must_use]
    pub fn of_shared(self, address: &ClusterAddress) -> Self {
        Self { shared: Some(SharedFeeds::new(address)), ..self }
    }

    /// Runs until it should stop.
    pub fn run(&self) {
        match &self.shared {
            None => self.run_alone(),
            Some(shared) => self.run_in_turn(shared),
        }
    }

    fn run_alone(&self) {
        let kept = self.kept();
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

    /// Fetches the feeds while it is this server's turn, by PostgreSQL's clock.
    fn run_in_turn(&self, shared: &SharedFeeds) {
        let mut was_ours = false;
        while !self.stop.is_stopped() {
            let turn = shared.turn();
            if turn.is_some() && !was_ours {
                tracing::info!("this server fetches the feeds from now on");
                shared.begin(&self.kept());
            }
            was_ours = turn.is_some();
            let wait = match turn {
                Some(now) => self.run_due(now).map_or(MAX_SLEEP, |next| wait_until(next, now).min(MAX_SLEEP)),
                None => TURN_INTERVAL,
            };
            self.stop.wait_until(std::time::Instant::now() + wait);
        }
    }

    /// The address and the market of each feed.
    fn kept(&self) -> Vec<(&str, &str)> {
        self.feeds.feeds.iter().map(|feed| (feed.url.as_str(), feed.market.as_str())).collect()
    }

    /// Fetches what is due at a moment. Returns when the next feed is due; never without feeds.
    #[must_use]
    pub fn run_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.feeds.feeds.iter().map(|feed| self.run_if_due(feed, now)).min()
    }

    fn run_if_due(&self, feed: &ScheduledFeed, now: Timestamp) -> Timestamp {
        let known = match self.state(feed) {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!("the state of the feed cannot be read: {}", with_sources(&error));
                return later(now, MAX_SLEEP);
            }
        };
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
        if !self.set_state(feed, &running) {
            return later(now, MAX_SLEEP);
        }
        tracing::info!("the feed {} is fetched", known.url);
        let outcome = match &self.shared {
            None => self.fetch_and_import(feed, &known, &self.stop),
            Some(shared) => {
                let (outcome, is_stopped) =
                    shared.in_turn(&self.stop, |stop| self.fetch_and_import(feed, &known, stop));
                if is_stopped && outcome.outcome == FeedOutcome::Failed {
                    // The server whose turn it is now fetches it again.
                    tracing::info!("the feed {} is left to another server", known.url);
                    return later(now, MAX_SLEEP);
                }
                outcome
            }
        };
        let (state, next) = after(feed, known, outcome, now);
        metrics::feed(&state, label(state.outcome));
        match state.outcome {
            FeedOutcome::Imported | FeedOutcome::Unchanged => {
                tracing::info!("the feed {}: {}", state.url, words(state.outcome));
            }
            outcome => tracing::error!("the feed {}: {}: {}", state.url, words(outcome), state.problems.join("; ")),
        }
        self.set_state(feed, &state);
        next
    }

    /// Stores the state of a feed. False if it is another server's turn: the feed is that one's then.
    fn set_state(&self, feed: &ScheduledFeed, state: &FeedState) -> bool {
        match &self.shared {
            None => {
                self.with_store("stored", |store| store.set_feed(&feed.url, state));
                true
            }
            Some(shared) => shared.set_state(&feed.url, state, &self.stop),
        }
    }

    /// Writes to the database, which is made if there is none yet. A failure is logged: the feed is only fetched more often then.
    fn with_store(&self, what: &str, write: impl FnOnce(&Store) -> Result<(), StoreError>) {
        if let Err(error) = std::fs::create_dir_all(&self.catalogue) {
            tracing::warn!("{} cannot be made: {error}", self.catalogue.display());
        } else if let Err(error) = Store::create(&self.catalogue).and_then(|store| write(&store)) {
            tracing::warn!("the state of the feeds is not {what}: {}", with_sources(&error));
        }
    }

    /// The state of a feed; none before its first fetch, or if that of one that this server alone fetches cannot be read.
    fn state(&self, feed: &ScheduledFeed) -> Result<Option<FeedState>, ClusterError> {
        match &self.shared {
            None => Ok(self.stored_state(feed)),
            Some(shared) => shared.state(&feed.url, &feed.market),
        }
    }

    fn stored_state(&self, feed: &ScheduledFeed) -> Option<FeedState> {
        match Store::open(&self.catalogue).and_then(|store| store.feed(&feed.url, &feed.market)) {
            Ok(state) => state,
            Err(StoreError::Missing { .. }) => None,
            Err(error) => {
                tracing::warn!("the state of the feed cannot be read: {error}");
                None
            }
        }
    }

    fn fetch_and_import(&self, feed: &ScheduledFeed, known: &FeedState, stop: &StopFlag) -> Outcome {
        let validators = Validators { etag: known.etag.clone(), last_modified: known.last_modified.clone() };
        let has_validators = validators != Validators::default();
        let fetcher = Fetcher::for_feeds(self.private_addresses_allowed, &self.feeds.fetch, stop.clone());
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
        self.import(feed, &file, (validators, sha256), stop)
    }

    fn import(
        &self,
        feed: &ScheduledFeed,
        file: &[u8],
        (validators, sha256): (Validators, Digest),
        stop: &StopFlag,
    ) -> Outcome {
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
            stop: stop.clone(),
            ..ImportOptions::default()
        };
        let models = &self.models;
        let outcome = match &self.shared {
            None => import(&path, &self.catalogue, models, &options, |_, _| {}),
            Some(shared) => {
                let sharing = Sharing::of_server(&self.catalogue);
                import_shared(&path, shared.imports(), models, &options, &sharing, |_, _| {})
            }
        };
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
                let is_busy = is_refused(&error);
                let outcome = match &error {
                    ImportError::TooManyLost { .. } => FeedOutcome::HeldBack,
                    _ => FeedOutcome::Failed,
                };
                let rows = error.left_out().iter().map(ToString::to_string);
                let problems = std::iter::once(told(&error, &path)).chain(rows);
                Outcome { is_busy, ..Outcome::without_import(outcome, problems.take(MAX_PROBLEMS).collect()) }
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::after::tests::feed;
    use super::*;

    #[test]
    fn a_feeds_file_has_its_ending_and_its_address_keeps_its_secret() {
        assert_eq!(file_name(&feed().url), "feed.xml");
        assert_eq!((file_name("https://a/b?c=.csv"), file_name("https://a/..%2f")), ("feed".into(), "feed".into()));
        assert_eq!(without_secrets(&feed().url), "https://shop.example/feed.XML.gz");
    }
}
