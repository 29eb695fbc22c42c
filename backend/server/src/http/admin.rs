//! What a shop's own systems may do to a running server. In: uploaded feeds and changes. Out: jobs that report progress.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use stl_types::wire::{ImportJob, JobState};
use subtle::ConstantTimeEq as _;
use tempfile::TempDir;

use crate::catalogue::feed::FeedOptions;
use crate::catalogue::import::{ImportOptions, ImportReport, import};
use crate::networks::models::Models;
use crate::parallel::available_threads;

/// Jobs that are remembered, the oldest forgotten first.
const MOST_JOBS: usize = 32;
/// Rows left out that a job tells of; how many there were it tells as well.
const MOST_PROBLEMS: usize = 100;

/// A bearer token of which only the hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Characters of a token at least: sixteen random ones are not guessed.
    pub const FEWEST_CHARS: usize = 16;

    /// The hash of a token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether this is the token, in a time that does not tell how much of it is right.
    #[must_use]
    pub fn is(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::new(token).0).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

/// The administration of a catalogue.
#[derive(Debug)]
pub struct Admin {
    /// Who may ask.
    pub token: AdminToken,
    /// The catalogue's folder.
    pub catalogue: PathBuf,
    /// The networks.
    pub models: Models,
    private_addresses_allowed: bool,
    is_importing: AtomicBool,
    last: AtomicU64,
    jobs: Mutex<VecDeque<Arc<Mutex<ImportJob>>>>,
}

/// An import is at work already.
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
            last: AtomicU64::new(0),
            jobs: Mutex::default(),
        }
    }

    /// Imports a feed in a thread of its own. `upload` is the folder that holds it, and goes with the job's end.
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
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let job = ImportJob { id, ..ImportJob::default() };
        let shared = Arc::new(Mutex::new(job.clone()));
        {
            let mut jobs = locked(&self.jobs);
            jobs.push_back(Arc::clone(&shared));
            if jobs.len() > MOST_JOBS {
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

    /// What is known of a job.
    #[must_use]
    pub fn job(&self, id: u64) -> Option<ImportJob> {
        let jobs = locked(&self.jobs);
        jobs.iter().map(|job| locked(job).clone()).find(|job| job.id == id)
    }

    fn run(&self, feed: &Path, options: FeedOptions, job: &Mutex<ImportJob>) {
        let options = ImportOptions {
            feed: options,
            // Searches go on meanwhile.
            threads: (available_threads() / 2).max(1),
            private_addresses_allowed: self.private_addresses_allowed,
        };
        let progress = |done: usize, of: usize| {
            let mut job = locked(job);
            (job.done, job.of) = (done, of);
        };
        let outcome = import(feed, &self.catalogue, &self.models, &options, progress);
        let mut job = locked(job);
        match outcome {
            Ok(ImportReport { imported, encoded, unchanged, predicted, hidden, merged, left_out }) => {
                (job.imported, job.encoded, job.unchanged, job.left_out) =
                    (imported, encoded, unchanged, left_out.len());
                (job.predicted, job.hidden, job.merged) = (predicted, hidden, merged);
                job.problems = left_out.iter().take(MOST_PROBLEMS).map(ToString::to_string).collect();
                job.state = JobState::Done;
            }
            Err(error) => {
                tracing::error!("import {}: {error}", job.id);
                job.problems = vec![error.to_string()];
                job.state = JobState::Failed;
            }
        }
    }
}

/// Ends a job's turn, even if it panics.
struct Running(Arc<Admin>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.is_importing.store(false, Ordering::Release);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token_and_it_is_never_printed() {
        let token = AdminToken::new("a-long-and-secret-token");
        assert!(token.is("a-long-and-secret-token"));
        assert!(!token.is("a-long-and-secret-tokem") && !token.is(""));
        assert_eq!(format!("{token:?}"), "AdminToken");
    }
}
