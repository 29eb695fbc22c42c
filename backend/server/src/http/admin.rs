//! The administration of a running server's catalogue. In: uploaded feeds. Out: import jobs that report their progress.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use stl_types::wire::{ImportJob, JobState};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::jobs::Jobs;
pub use self::keyring::Keyring;
pub(crate) use self::keyring::{Access, Denied};
use self::upload_folder::{UploadFolder, delete_leftovers};
use crate::audit::{AuditEntry, AuditLog};
use crate::catalogue::fetch::{FetchOptions, Waits};
use crate::catalogue::import::{ImportError, ImportOptions, ImportReport, import};
use crate::catalogue::is_importing;
use crate::errors::with_sources;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, available_threads, locked};

mod jobs;
mod keyring;
pub(crate) mod upload_folder;

/// Rows left out that an answer lists; it counts all of them. A hundred show what is wrong with a feed.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// Feeds that are received at once: each takes up to 256 MiB of disk, and one import runs at a time.
const MAX_UPLOADS: usize = 4;

/// A job says which host it waits for from then on: others are slow at times.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// The administration of a catalogue.
#[derive(Debug)]
pub struct Admin {
    /// The tokens of which every request must carry one.
    pub keys: Arc<Keyring>,
    /// What notes changes.
    pub audit: Arc<AuditLog>,
    /// The catalogue's folder.
    pub catalogue: PathBuf,
    /// The networks.
    pub models: Models,
    private_addresses_allowed: bool,
    fetch: FetchOptions,
    uploads: Arc<Semaphore>,
    jobs: Jobs,
    /// The import that runs: its job's number, what stops it, and what it waits for.
    running: Mutex<Option<(u64, StopFlag, Waits)>>,
}

/// Another import is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another import is running")]
pub struct ImportRunning;

/// Why a job cannot be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    /// No job has this number.
    #[error("there is no such job")]
    Unknown,
    /// It has ended.
    #[error("the job has ended")]
    Ended,
}

impl Admin {
    /// The administration of a folder. Jobs and uploads that a former process left are closed and deleted, unless another process is
    /// importing now.
    #[must_use]
    pub fn new(keys: impl Into<Keyring>, catalogue: &Path, models: Models, private_addresses_allowed: bool) -> Self {
        let is_left_over = !is_importing(catalogue);
        if is_left_over {
            delete_leftovers(catalogue);
        }
        Self {
            keys: Arc::new(keys.into()),
            audit: Arc::new(AuditLog::new(catalogue)),
            catalogue: catalogue.to_owned(),
            models,
            private_addresses_allowed,
            fetch: FetchOptions::default(),
            uploads: Arc::new(Semaphore::new(MAX_UPLOADS)),
            jobs: Jobs::open(catalogue, is_left_over),
            running: Mutex::default(),
        }
    }

    /// The same, which asks the hosts of pictures so.
    #[must_use]
    pub fn with_fetch(self, fetch: FetchOptions) -> Self {
        Self { fetch, ..self }
    }

    /// Leave to receive a feed; none if enough are being received.
    pub(crate) fn upload_permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.uploads).try_acquire_owned().ok()
    }

    /// Imports a feed in a thread of its own. `upload` is the folder that holds the feed; it is deleted when the job ends.
    ///
    /// # Errors
    /// When another import is running.
    pub(crate) fn start(
        self: &Arc<Self>,
        upload: UploadFolder,
        feed: PathBuf,
        options: ImportOptions,
    ) -> Result<ImportJob, ImportRunning> {
        let stop = StopFlag::default();
        let shared = {
            let mut running = locked(&self.running);
            if running.is_some() {
                return Err(ImportRunning);
            }
            let shared = self.jobs.add(&options.market);
            *running = Some((locked(&shared).id, stop.clone(), options.waits.clone()));
            shared
        };
        let job = locked(&shared).clone();
        let options = ImportOptions {
            // Half of the cores are left to searches.
            threads: (available_threads() / 2).max(1),
            workers: (available_threads() / 2).max(1) + ImportOptions::WAITING_WORKERS,
            private_addresses_allowed: self.private_addresses_allowed,
            fetch: self.fetch.clone(),
            stop,
            ..options
        };
        let admin = Arc::clone(self);
        let work = move || {
            let running = Running(admin);
            let ended = running.0.run(&feed, upload, &options, &shared);
            // Before the end is told: who is told it may start the next import.
            drop(running);
            *locked(&shared) = ended;
        };
        if std::thread::Builder::new().name(format!("import-{}", job.id)).spawn(work).is_err() {
            *locked(&self.running) = None;
            return Err(ImportRunning);
        }
        Ok(job)
    }

    /// The state of a job, if it is remembered.
    #[must_use]
    pub fn job(&self, id: u64) -> Option<ImportJob> {
        self.jobs.get(id).map(|job| self.with_wait(job))
    }

    /// All jobs that are remembered, the last one first.
    #[must_use]
    pub fn jobs(&self) -> Vec<ImportJob> {
        self.jobs.all().into_iter().map(|job| self.with_wait(job)).collect()
    }

    /// A job with what it waits for, if it is the one that runs.
    fn with_wait(&self, job: ImportJob) -> ImportJob {
        let running = locked(&self.running);
        let of_job = running.as_ref().filter(|(id, ..)| *id == job.id);
        match of_job.and_then(|(_, _, waits)| waits.longest(LONG_WAIT)) {
            Some((host, wait)) => ImportJob { waiting_for: host, waiting_s: Some(wait.as_secs()), ..job },
            None => job,
        }
    }

    /// Asks a job to stop. It ends when the pictures that are being fetched have arrived.
    ///
    /// # Errors
    /// When there is no such job, or it has ended.
    pub fn cancel(&self, id: u64) -> Result<ImportJob, CancelError> {
        let job = self.jobs.get(id).ok_or(CancelError::Unknown)?;
        match &*locked(&self.running) {
            Some((running, stop, _)) if *running == id => stop.stop(),
            _ => return Err(CancelError::Ended),
        }
        Ok(job)
    }

    /// Imports, and stores the job as it ended.
    fn run(&self, feed: &Path, upload: UploadFolder, options: &ImportOptions, job: &Mutex<ImportJob>) -> ImportJob {
        let progress = |done: usize, total: usize| {
            let mut job = locked(job);
            (job.done, job.of) = (done, total);
        };
        let outcome = import(feed, &self.catalogue, &self.models, options, progress);
        // Before the end is told: who is told it finds no upload any more.
        drop(upload);
        let mut job = locked(job).clone();
        match outcome {
            Ok(report) => done(&mut job, &report),
            Err(error) => failed(&mut job, &error, feed),
        }
        self.jobs.store(&job);
        self.audit.write(ended(&job));
        job
    }
}

/// What a job came to.
fn ended(job: &ImportJob) -> AuditEntry {
    let outcome = match job.state {
        JobState::Done => "done",
        JobState::Cancelled => "cancelled",
        _ => "failed",
    };
    AuditEntry {
        time: Timestamp::now().to_string(),
        action: "import.ended".to_owned(),
        outcome: outcome.to_owned(),
        job: Some(job.id),
        ..AuditEntry::default()
    }
}

fn done(job: &mut ImportJob, report: &ImportReport) {
    (job.imported, job.encoded, job.unchanged) = (report.imported, report.encoded, report.unchanged);
    (job.kept, job.left_out) = (report.kept, report.left_out.len());
    (job.predicted, job.hidden, job.merged) = (report.predicted, report.hidden, report.merged);
    job.further_pictures = report.further_pictures;
    job.problems = report.left_out.iter().take(MAX_PROBLEMS).map(ToString::to_string).collect();
    let notes = report.hints.iter().cloned().chain(report.notes.iter().map(ToString::to_string));
    job.notes = notes.take(MAX_PROBLEMS).collect();
    job.state = JobState::Done;
}

fn failed(job: &mut ImportJob, error: &ImportError, feed: &Path) {
    let reason = without_path(&with_sources(error), feed);
    job.left_out = error.left_out().len();
    let rows = error.left_out().iter().take(MAX_PROBLEMS).map(ToString::to_string);
    job.state = if matches!(error, ImportError::Stopped) {
        tracing::info!("import {} was cancelled", job.id);
        JobState::Cancelled
    } else {
        tracing::error!("import {} failed: {reason}", job.id);
        JobState::Failed
    };
    job.problems = std::iter::once(reason).chain(rows).collect();
}

/// A message about an uploaded feed, without the place where the server keeps it.
pub(crate) fn without_path(message: &str, feed: &Path) -> String {
    message.replace(&feed.display().to_string(), "feed")
}

/// Lets the next import start when this one ends, even if it panics.
struct Running(Arc<Admin>);

impl Drop for Running {
    fn drop(&mut self) {
        *locked(&self.0.running) = None;
    }
}
