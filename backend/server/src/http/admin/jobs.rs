//! Import jobs of an administration. In: a job's states. Out: the job, after a restart too; of a catalogue that several servers share, the jobs of all of
//! them.

use std::sync::{Arc, Mutex};

use stl_types::wire::{ImportJob, JobState};

pub(super) use self::local::LocalJobs;
pub(super) use self::shared::SharedJobs;
use super::notes::Notes;
use crate::audit::AuditEntry;
use crate::http::error::AppError;
use crate::parallel::StopFlag;

mod local;
mod shared;

/// Jobs that are remembered; the oldest is forgotten first. A shop imports a few times a day.
const MAX_JOBS: usize = 32;

/// The jobs of a catalogue.
#[derive(Debug)]
pub(super) enum Jobs {
    /// Of one in a folder.
    Local(LocalJobs),
    /// Of one that several servers share.
    Shared(SharedJobs),
}

impl Jobs {
    /// A new job that runs here, of a market.
    pub(super) fn add(&self, market: &str) -> Result<Arc<Mutex<ImportJob>>, AppError> {
        match self {
            Self::Local(jobs) => Ok(jobs.add(market)),
            Self::Shared(jobs) => jobs.add(market),
        }
    }

    /// A job by its number, if it is remembered.
    pub(super) fn get(&self, id: u64) -> Result<Option<ImportJob>, AppError> {
        match self {
            Self::Local(jobs) => Ok(jobs.get(id)),
            Self::Shared(jobs) => Ok(jobs.all()?.into_iter().find(|job| job.id == id)),
        }
    }

    /// All that are remembered, the last one first.
    pub(super) fn all(&self) -> Result<Vec<ImportJob>, AppError> {
        match self {
            Self::Local(jobs) => Ok(jobs.all()),
            Self::Shared(jobs) => jobs.all(),
        }
    }

    /// Runs the import of a job. Meanwhile other servers are told how far it is, and `stop` is set if one of them cancels it.
    pub(super) fn told<T>(&self, job: &Mutex<ImportJob>, stop: &StopFlag, import: impl FnOnce() -> T) -> T {
        match self {
            Self::Local(_) => import(),
            Self::Shared(jobs) => jobs.told(job, stop, import),
        }
    }

    /// Stores a job as it ended, and notes that.
    pub(super) fn end(&self, job: &ImportJob, entry: AuditEntry, notes: &Notes) {
        match self {
            Self::Local(jobs) => {
                notes.write(entry);
                jobs.store(job);
            }
            Self::Shared(jobs) => jobs.end(job, &entry),
        }
    }

    /// Asks another server to cancel a job. False if none runs it.
    pub(super) fn cancel_elsewhere(&self, id: u64) -> Result<bool, AppError> {
        match self {
            Self::Local(_) => Ok(false),
            Self::Shared(jobs) => jobs.cancel(id),
        }
    }
}

/// A job whose server has ended, and what it says of that.
fn interrupted(job: ImportJob, says: &str) -> ImportJob {
    ImportJob { state: JobState::Interrupted, problems: vec![says.to_owned()], ..job }
}
