//! The administration of a running server's catalogue. In: uploaded feeds. Out: import jobs that report their progress.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use stl_types::wire::{ImportJob, JobState};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::jobs::{Jobs, LocalJobs, SharedJobs};
pub use self::keyring::Keyring;
pub(crate) use self::keyring::{Access, Denied};
use self::notes::Notes;
use self::shared::Shared;
use self::upload_folder::{UploadFolder, delete_leftovers};
use crate::audit::AuditEntry;
use crate::catalogue::fetch::{FetchOptions, Waits};
use crate::catalogue::import::{ImportError, ImportOptions, ImportReport, import};
use crate::catalogue::is_importing;
use crate::cluster::ClusterAddress;
use crate::cluster::importing::{Sharing, import_shared, is_of_other_networks, is_refused};
use crate::errors::with_sources;
use crate::http::error::AppError;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, available_threads, locked};

mod jobs;
mod keyring;
pub(crate) mod notes;
mod shared;
pub(crate) mod upload_folder;

/// Rows left out that an answer lists; it counts all of them. A hundred show what is wrong with a feed.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// Feeds that are received at once: each takes up to 256 MiB of disk, and one import runs at a time.
const MAX_UPLOADS: usize = 4;

/// A job says which host it waits for from then on: others are slow at times.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// The number of no job: of one that is not written yet.
const NO_JOB: u64 = 0;

/// The administration of a catalogue.
#[derive(Debug)]
pub struct Admin {
    /// The tokens of which every request must carry one.
    pub keys: Arc<Keyring>,
    /// What notes changes.
    pub(crate) audit: Arc<Notes>,
    /// The folder of the catalogue that is served.
    pub catalogue: PathBuf,
    /// Where changes are made, if other servers serve the catalogue as well; else in its folder.
    shared: Option<Shared>,
    /// The networks.
    pub models: Models,
    private_addresses_allowed: bool,
    fetch: FetchOptions,
    uploads: Arc<Semaphore>,
    jobs: Jobs,
    /// The import that runs: its job's number, what stops it, and what it waits for.
    running: Mutex<Option<(u64, StopFlag, Waits)>>,
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
        let jobs = Jobs::Local(LocalJobs::open(catalogue, is_left_over));
        Self::with(
            keys.into(),
            (catalogue, None),
            (Notes::in_folder(catalogue), jobs),
            models,
            private_addresses_allowed,
        )
    }

    /// The administration of a catalogue that several servers share, each with one. Nothing is asked or written yet.
    #[must_use]
    pub fn of_shared(
        keys: impl Into<Keyring>,
        address: &ClusterAddress,
        models: Models,
        private_addresses_allowed: bool,
    ) -> Self {
        let shared = Shared::new(address);
        let (notes, jobs) = (Notes::Shared(Arc::clone(&shared.desk)), SharedJobs::new(Arc::clone(&shared.desk)));
        let place = (address.cache.as_path(), Some(shared));
        Self::with(keys.into(), place, (notes, Jobs::Shared(jobs)), models, private_addresses_allowed)
    }

    fn with(
        keys: Keyring,
        (catalogue, shared): (&Path, Option<Shared>),
        (notes, jobs): (Notes, Jobs),
        models: Models,
        private_addresses_allowed: bool,
    ) -> Self {
        Self {
            keys: Arc::new(keys),
            audit: Arc::new(notes),
            catalogue: catalogue.to_owned(),
            shared,
            models,
            private_addresses_allowed,
            fetch: FetchOptions::default(),
            uploads: Arc::new(Semaphore::new(MAX_UPLOADS)),
            jobs,
            running: Mutex::default(),
        }
    }

    /// Whether other servers serve the catalogue as well.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Deletes the feeds that a former process left in a cache, which no other process uses any more. To be called before requests are answered.
    pub(crate) fn tidy_cache(&self) {
        delete_leftovers(&self.catalogue);
    }

    /// Runs `work`, which changes the catalogue, on its folder; on one of which all servers get what was changed, if there are others. Waits for a
    /// disk or a database.
    ///
    /// # Errors
    /// Those of `work`, or when nothing can be changed now.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        match &self.shared {
            None => work(&self.catalogue),
            Some(shared) => shared.change(work),
        }
    }

    /// The same for work that changes offers of some articles: others are not read.
    ///
    /// # Errors
    /// As for [`Admin::change`].
    pub(crate) fn change_offers<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        match &self.shared {
            None => work(&self.catalogue),
            Some(shared) => shared.change_offers(work),
        }
    }

    /// Runs `work` on a folder that has what all servers have counted of shoppers' events.
    ///
    /// # Errors
    /// Those of `work`, or when the counts cannot be read.
    pub(crate) fn counts<T>(&self, work: impl FnOnce(&Path) -> Result<T, AppError>) -> Result<T, AppError> {
        match &self.shared {
            None => work(&self.catalogue),
            Some(shared) => shared.counts(work),
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
    /// When another import is running, here or on another server, or what servers share cannot be reached.
    pub(crate) fn start(
        self: &Arc<Self>,
        upload: UploadFolder,
        feed: PathBuf,
        options: ImportOptions,
    ) -> Result<ImportJob, AppError> {
        let stop = StopFlag::default();
        if let Some(shared) = &self.shared
            && shared.desk.is_importing()?
        {
            return Err(AppError::ImportRunning);
        }
        let running = {
            let mut running = locked(&self.running);
            if running.is_some() {
                return Err(AppError::ImportRunning);
            }
            // Its number is known when it is written, which nobody waits for who asks what runs.
            *running = Some((NO_JOB, stop.clone(), options.waits.clone()));
            Running(Arc::clone(self))
        };
        let shared = self.jobs.add(&options.market)?;
        let job = locked(&shared).clone();
        if let Some((id, ..)) = locked(&self.running).as_mut() {
            *id = job.id;
        }
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
            let job = admin.run(&feed, upload, &options, &shared);
            // Before the end is told: who is told it may start the next import.
            drop(running);
            admin.jobs.end(&job, ended(&job), &admin.audit);
            *locked(&shared) = job;
        };
        let spawned = std::thread::Builder::new().name(format!("import-{}", job.id)).spawn(work);
        spawned.map(|_| job).map_err(|_| AppError::ImportRunning)
    }

    /// The state of a job, if it is remembered.
    ///
    /// # Errors
    /// When what servers share cannot be reached.
    pub(crate) fn job(&self, id: u64) -> Result<Option<ImportJob>, AppError> {
        Ok(self.jobs.get(id)?.map(|job| self.with_wait(job)))
    }

    /// All jobs that are remembered, the last one first.
    ///
    /// # Errors
    /// When what servers share cannot be reached.
    pub(crate) fn jobs(&self) -> Result<Vec<ImportJob>, AppError> {
        Ok(self.jobs.all()?.into_iter().map(|job| self.with_wait(job)).collect())
    }

    /// A job with what it waits for, if it is the one that runs here.
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
    /// When there is no such job, it has ended, or what servers share cannot be reached.
    pub(crate) fn cancel(&self, id: u64) -> Result<ImportJob, AppError> {
        let job = self.jobs.get(id)?.ok_or(AppError::UnknownPath)?;
        let is_here = match &*locked(&self.running) {
            Some((running, stop, _)) if *running == id => {
                stop.stop();
                true
            }
            _ => false,
        };
        if is_here || self.jobs.cancel_elsewhere(id)? { Ok(job) } else { Err(AppError::JobEnded) }
    }

    /// Imports. Returns the job as it ended.
    fn run(&self, feed: &Path, upload: UploadFolder, options: &ImportOptions, job: &Mutex<ImportJob>) -> ImportJob {
        let progress = |done: usize, total: usize| {
            let mut job = locked(job);
            (job.done, job.of) = (done, total);
        };
        let models = &self.models;
        let outcome = self.jobs.told(job, &options.stop, || match &self.shared {
            None => import(feed, &self.catalogue, models, options, progress),
            Some(shared) => {
                let sharing = Sharing::of_server(&self.catalogue);
                import_shared(feed, &shared.imports, models, options, &sharing, progress)
            }
        });
        // Before the end is told: who is told it finds no upload any more.
        drop(upload);
        let mut job = locked(job).clone();
        match outcome {
            Ok(report) => done(&mut job, &report),
            Err(error) => failed(&mut job, &error, feed),
        }
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
    let reason = told(error, feed);
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

/// Why an import of a feed failed. What names machines is logged, not told.
pub(crate) fn told(error: &ImportError, feed: &Path) -> String {
    match error {
        ImportError::Elsewhere(_) if is_refused(error) => {
            "another import is running: try again when it has ended".to_owned()
        }
        ImportError::Elsewhere(reason) if is_of_other_networks(error) => {
            tracing::error!("an import failed: {reason}");
            "the catalogue was made by another fashion-dna network than this server's: start the server with the networks of the catalogue".to_owned()
        }
        ImportError::Elsewhere(reason) => {
            tracing::error!("an import failed: {reason}");
            "the catalogue's database or its object storage failed, or the cache of this server: its log says why"
                .to_owned()
        }
        error => without_path(&with_sources(error), feed),
    }
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
