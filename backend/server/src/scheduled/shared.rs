//! Feeds of a catalogue that several servers share. In: this server's turn. Out: states that all servers have, and work that ends with the turn.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use stl_types::wire::FeedState;

use crate::cluster::absent::IfAbsent;
use crate::cluster::feed_turn::FeedTurn;
use crate::cluster::importing::IMPORTS;
use crate::cluster::{ClusterAddress, ClusterError};
use crate::errors::with_sources;
use crate::files::followed::Refused;
use crate::parallel::{StopFlag, locked};

/// How often work asks whether it is still this server's turn.
const KEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long the state of a feed is tried to be stored. One that is not is fetched again.
const STORE_LIMIT: Duration = Duration::from_secs(60);

/// The pause between two tries.
const STORE_INTERVAL: Duration = Duration::from_secs(2);

/// This server's part in fetching the feeds.
#[derive(Debug)]
pub(super) struct SharedFeeds {
    turn: Mutex<FeedTurn>,
    imports: ClusterAddress,
    /// What was logged last of PostgreSQL.
    refused: Mutex<Refused>,
}

impl SharedFeeds {
    /// Of a catalogue at these addresses, whose cache the server serves.
    pub(super) fn new(address: &ClusterAddress) -> Self {
        let turn = Mutex::new(FeedTurn::new(address.record.clone(), IfAbsent::MakeUnlessServed(address.cache.clone())));
        Self { turn, imports: address.beside(IMPORTS), refused: Mutex::default() }
    }

    /// Where imports are prepared.
    pub(super) const fn imports(&self) -> &ClusterAddress {
        &self.imports
    }

    /// PostgreSQL's time, if it is this server's turn.
    pub(super) fn turn(&self) -> Option<Timestamp> {
        match locked(&self.turn).take() {
            Ok(turn) => {
                locked(&self.refused).clear();
                turn
            }
            Err(error) => {
                let reason = with_sources(&error);
                if locked(&self.refused).is_new(&reason) {
                    tracing::warn!("no feed is fetched: {reason}");
                }
                None
            }
        }
    }

    /// Forgets other feeds than these. One that a server was fetching when it ended is not being fetched any more.
    pub(super) fn begin(&self, kept: &[(&str, &str)]) {
        let mut turn = locked(&self.turn);
        let mut begin = || -> Result<(), ClusterError> {
            turn.keep(kept)?;
            for (url, market) in kept {
                if let Some(state) = turn.state(url, market)?.filter(|state| !state.running_since.is_empty()) {
                    turn.set_state(url, &FeedState { running_since: String::new(), ..state })?;
                }
            }
            Ok(())
        };
        if let Err(error) = begin() {
            tracing::warn!("the state of the feeds is not tidied: {}", with_sources(&error));
        }
    }

    /// The state of a feed; none before its first fetch.
    ///
    /// # Errors
    /// When it cannot be read, or it is another server's turn.
    pub(super) fn state(&self, url: &str, market: &str) -> Result<Option<FeedState>, ClusterError> {
        locked(&self.turn).state(url, market)
    }

    /// Stores the state of a feed for all servers. False if that cannot be done, or it is another server's turn.
    pub(super) fn set_state(&self, url: &str, state: &FeedState, stop: &StopFlag) -> bool {
        let end = Instant::now() + STORE_LIMIT;
        loop {
            let set = {
                let mut turn = locked(&self.turn);
                turn.take().and_then(|_| turn.set_state(url, state))
            };
            match set {
                Ok(()) => return true,
                Err(error) if error.is_unreachable() && Instant::now() < end && !stop.is_stopped() => {
                    stop.wait_until(Instant::now() + STORE_INTERVAL);
                }
                Err(error) => {
                    tracing::warn!("the state of the feed is not stored: {}", with_sources(&error));
                    return false;
                }
            }
        }
    }

    /// Does work that should stop when this server should, or when another one has the turn. Returns what came of it, and whether it was asked to stop.
    pub(super) fn in_turn<T>(&self, stop: &StopFlag, work: impl FnOnce(&StopFlag) -> T) -> (T, bool) {
        let (stop_work, ended) = (StopFlag::default(), Ended(StopFlag::default()));
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.0.is_stopped() {
                    ended.0.wait_until(Instant::now() + KEEP_INTERVAL);
                    // While PostgreSQL is away, nobody can take the turn.
                    let is_lost = || matches!(locked(&self.turn).take(), Ok(None));
                    if stop.is_stopped() || is_lost() {
                        stop_work.stop();
                    }
                }
            });
            // Also if the work panics: the scope waits for its thread.
            let _end = Ended(ended.0.clone());
            work(&stop_work)
        });
        (done, stop_work.is_stopped())
    }
}

/// Ends a thread when it is dropped.
struct Ended(StopFlag);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.stop();
    }
}
