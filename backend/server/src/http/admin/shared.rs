//! Changes of a catalogue that several servers share. In: what is done with a folder. Out: the same for all servers.
//!
//! A server's cache is what it serves, so that changes are made in two caches of their own beside it: one for what takes a moment, one for
//! imports, which other changes do not wait for. Counts of events are read in a third one, so that changes do not wait for that either. They are made when
//! they are needed first.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use crate::cluster::absent::IfAbsent;
use crate::cluster::cache::wait_for_change;
use crate::cluster::desk::Desk;
use crate::cluster::edit::Cluster;
use crate::cluster::importing::IMPORTS;
use crate::cluster::pull::Extent;
use crate::cluster::{ClusterAddress, ClusterError};
use crate::http::error::AppError;

/// The folder of changes in a server's cache.
const EDITS: &str = "edits";

/// The folder of counts in a server's cache.
const COUNTS: &str = "counts";

/// How long a change waits for others, of this server and of all together: less than a request may take.
const TURN_LIMIT: Duration = Duration::from_secs(20);

/// How often a change looks whether it is its turn.
const TURN_INTERVAL: Duration = Duration::from_millis(20);

/// How long an answer waits until this server follows its change. Others follow as fast.
const FOLLOW_LIMIT: Duration = Duration::from_secs(5);

/// Where a server changes a catalogue that it shares.
#[derive(Debug)]
pub(crate) struct Shared {
    served: PathBuf,
    edits: ClusterAddress,
    counts: ClusterAddress,
    /// Where imports are prepared.
    pub(super) imports: ClusterAddress,
    /// What all administrations share.
    pub(super) desk: Arc<Desk>,
    if_absent: IfAbsent,
    editing: Mutex<()>,
    counting: Mutex<()>,
}

impl Shared {
    /// At these addresses, whose cache the server serves.
    pub(super) fn new(address: &ClusterAddress) -> Self {
        let if_absent = IfAbsent::MakeUnlessServed(address.cache.clone());
        Self {
            served: address.cache.clone(),
            edits: address.beside(EDITS),
            counts: address.beside(COUNTS),
            imports: address.beside(IMPORTS),
            desk: Arc::new(Desk::new(address.record.clone(), if_absent.clone())),
            if_absent,
            editing: Mutex::default(),
            counting: Mutex::default(),
        }
    }

    /// Runs `work` on a folder and publishes what it has changed, as commands do. Returns when this server has the change as well, or a few seconds later.
    pub(super) fn change<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        self.changed(|cluster| cluster.change(work))
    }

    /// The same for work that changes offers of some articles: only the rows that it writes are compared with those before.
    pub(super) fn change_offers<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        self.changed(|cluster| cluster.change_offers(work))
    }

    fn changed<T>(
        &self,
        change: impl FnOnce(&mut Cluster) -> Result<Result<T, AppError>, ClusterError>,
    ) -> Result<T, AppError> {
        // One end for all waits, which an answer still comes after.
        let end = Instant::now() + TURN_LIMIT;
        let _one = turn(&self.editing, end)?;
        let mut cluster = Cluster::create_until(&self.edits, &self.if_absent, end)?;
        let done = change(&mut cluster)??;
        if !wait_for_change(&self.served, cluster.change_here()?, FOLLOW_LIMIT) {
            tracing::warn!("a change is published, and this server does not follow it yet");
        }
        Ok(done)
    }

    /// Runs `work` on a folder that has what all servers have counted of shoppers' events.
    pub(super) fn counts<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        let _one = turn(&self.counting, Instant::now() + TURN_LIMIT)?;
        work(Cluster::open(&self.counts, Extent::WithCounts)?.folder())
    }
}

/// One user of a cache at a time.
fn turn(cache: &Mutex<()>, end: Instant) -> Result<MutexGuard<'_, ()>, AppError> {
    loop {
        match cache.try_lock() {
            Ok(turn) => return Ok(turn),
            // A change that has panicked is undone when the cache is opened again.
            Err(TryLockError::Poisoned(turn)) => return Ok(turn.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(TURN_INTERVAL),
            Err(TryLockError::WouldBlock) => return Err(AppError::ImportRunning),
        }
    }
}
