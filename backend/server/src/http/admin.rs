//! The administration of a running server's catalogue. In: uploaded feeds. Out: import jobs that report their progress.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use stl_types::wire::{ImportJob, JobState};
use tempfile::TempDir;

use crate::catalogue::feed::FeedOptions;
use crate::catalogue::import::{ImportOptions, ImportReport, import};
use crate::config::AdminToken;
use crate::networks::models::Models;
use crate::parallel::available_threads;

/// Jobs that are remembered; the oldest is forgotten first. A shop imports a few times a day.
const MAX_JOBS: usize = 32;
/// Rows left out that an answer lists; it counts all of them. A hundred show what is wrong with a feed.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// The administration of a catalogue.
#[derive(Debug)]
pub struct Admin {
    /// The token that every request must carry.
    pub token: AdminToken,
    /// The catalogue's folder.
    pub catalogue: PathBuf,
    /// The networks.
    pub models: Models,
    private_addresses_allowed: bool,
    is_importing: AtomicBool,
    last_id: AtomicU64,
    jobs: Mutex<VecDeque<Arc<Mutex<ImportJob>>>>,
}

/// Another import is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another import is running")]
pub struct ImportRunning;

impl Admin {
    /// The administration of a folder.
    #[must_use]
    pub fn new(token: AdminToken, catalogue: &Path, models: Models, private_addresses_allowed: bool) -> Self {
        Self {
            token,
            catalogue: catalogue.to_owned(),
            models,
            private_addresses_allowed,
            is_importing: AtomicBool::new(false),
            last_id: AtomicU64::new(0),
            jobs: Mutex::default(),
        }
    }

    /// Imports a feed in a thread of its own. `upload` is the folder that holds the feed; it is deleted when the job ends.
    ///
    /// # Errors
    /// When another import is running.
    pub fn start(
        self: &Arc<Self>,
        upload: TempDir,
        feed: PathBuf,
        options: FeedOptions,
    ) -> Result<ImportJob, ImportRunning> {
        if self.is_importing.swap(true, Ordering::AcqRel) {
            return Err(ImportRunning);
        }
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let job = ImportJob { id, ..ImportJob::default() };
        let shared = Arc::new(Mutex::new(job.clone()));
        {
            let mut jobs = locked(&self.jobs);
            jobs.push_back(Arc::clone(&shared));
            if jobs.len() > MAX_JOBS {
                jobs.pop_front();
            }
        }
        let admin = Arc::clone(self);
        let work = move || {
            let running = Running(admin);
            running.0.run(&feed, options, &shared);
            drop(upload);
        };
        if std::thread::Builder::new().name(format!("import-{id}")).spawn(work).is_err() {
            self.is_importing.store(false, Ordering::Release);
            return Err(ImportRunning);
        }
        Ok(job)
    }

    /// The state of a job, if it is remembered.
    #[must_use]
    pub fn job(&self, id: u64) -> Option<ImportJob> {
        let jobs = locked(&self.jobs);
        jobs.iter().map(|job| locked(job).clone()).find(|job| job.id == id)
    }

    fn run(&self, feed: &Path, options: FeedOptions, job: &Mutex<ImportJob>) {
        let options = ImportOptions {
            feed: options,
            // Half of the cores are left to searches.
            threads: (available_threads() / 2).max(1),
            private_addresses_allowed: self.private_addresses_allowed,
        };
        let progress = |done: usize, total: usize| {
            let mut job = locked(job);
            (job.done, job.of) = (done, total);
        };
        let outcome = import(feed, &self.catalogue, &self.models, &options, progress);
        let mut job = locked(job);
        match outcome {
            Ok(ImportReport { imported, encoded, unchanged, predicted, hidden, merged, left_out }) => {
                (job.imported, job.encoded, job.unchanged, job.left_out) =
                    (imported, encoded, unchanged, left_out.len());
                (job.predicted, job.hidden, job.merged) = (predicted, hidden, merged);
                job.problems = left_out.iter().take(MAX_PROBLEMS).map(ToString::to_string).collect();
                job.state = JobState::Done;
            }
            Err(error) => {
                tracing::error!("import {} failed: {error}", job.id);
                job.problems = vec![error.to_string()];
                job.state = JobState::Failed;
            }
        }
    }
}

/// Lets the next import start when this one ends, even if it panics.
struct Running(Arc<Admin>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.is_importing.store(false, Ordering::Release);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
