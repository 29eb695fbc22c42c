//! Import jobs of a catalogue in a folder, in memory while they run and in the catalogue's database. In: a job's states. Out: the job, after a restart too.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use stl_types::wire::{ImportJob, JobState};

use super::{MAX_JOBS, interrupted};
use crate::catalogue::{Store, StoreError};
use crate::parallel::locked;

/// What a job that a former process left says.
const INTERRUPTED: &str = "the server ended while the import ran: the catalogue stays as it was, send the feed again";

/// The jobs of a catalogue. If its database cannot be written, such as on a full disk, they are remembered in memory only.
#[derive(Debug)]
pub(in crate::http::admin) struct LocalJobs {
    catalogue: PathBuf,
    jobs: Mutex<VecDeque<Arc<Mutex<ImportJob>>>>,
}

impl LocalJobs {
    /// The stored jobs. If `is_left_over`, no process runs those that are said to be running: they were interrupted.
    pub(in crate::http::admin) fn open(catalogue: &Path, is_left_over: bool) -> Self {
        let stored = match Store::open(catalogue).and_then(|store| store.jobs()) {
            Ok(jobs) => jobs,
            Err(StoreError::Missing { .. }) => Vec::new(),
            Err(error) => {
                tracing::warn!("former import jobs cannot be read: {error}");
                Vec::new()
            }
        };
        let jobs = Self { catalogue: catalogue.to_owned(), jobs: Mutex::default() };
        for job in stored {
            if is_left_over && job.state == JobState::Running {
                let job = interrupted(job, INTERRUPTED);
                jobs.store(&job);
                jobs.remember(job);
            } else {
                jobs.remember(job);
            }
        }
        jobs
    }

    /// A new job that runs, of a market.
    pub(super) fn add(&self, market: &str) -> Arc<Mutex<ImportJob>> {
        let mut job = ImportJob { market: market.to_owned(), ..ImportJob::default() };
        let last = locked(&self.jobs).iter().map(|job| locked(job).id).max().unwrap_or(0);
        let stored = std::fs::create_dir_all(&self.catalogue)
            .map_err(|error| error.to_string())
            .and_then(|()| Store::create(&self.catalogue).map_err(|error| error.to_string()))
            .and_then(|store| store.add_job(&job, last, MAX_JOBS as u64).map_err(|error| error.to_string()));
        job.id = stored.unwrap_or_else(|error| {
            tracing::warn!("the import job is not stored: {error}");
            last + 1
        });
        self.remember(job)
    }

    /// A job by its number, if it is remembered.
    pub(super) fn get(&self, id: u64) -> Option<ImportJob> {
        locked(&self.jobs).iter().map(|job| locked(job).clone()).find(|job| job.id == id)
    }

    /// All that are remembered, the last one first.
    pub(super) fn all(&self) -> Vec<ImportJob> {
        locked(&self.jobs).iter().rev().map(|job| locked(job).clone()).collect()
    }

    /// Stores the state of a job.
    pub(super) fn store(&self, job: &ImportJob) {
        if let Err(error) = Store::open(&self.catalogue).and_then(|store| store.set_job(job)) {
            tracing::warn!("the state of import job {} is not stored: {error}", job.id);
        }
    }

    fn remember(&self, job: ImportJob) -> Arc<Mutex<ImportJob>> {
        let job = Arc::new(Mutex::new(job));
        let mut jobs = locked(&self.jobs);
        jobs.push_back(Arc::clone(&job));
        if jobs.len() > MAX_JOBS {
            jobs.pop_front();
        }
        job
    }
}
