//! Import jobs of a catalogue that several servers share. In: the jobs of this server. Out: those of all servers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stl_types::wire::{ImportJob, JobState};

use super::{MAX_JOBS, interrupted};
use crate::audit::AuditEntry;
use crate::cluster::desk::{Desk, SharedJob};
use crate::errors::with_sources;
use crate::http::error::AppError;
use crate::parallel::{StopFlag, locked};

/// How often other servers are told how far a job is, and whether it was cancelled is asked.
const TELL_INTERVAL: Duration = Duration::from_secs(2);

/// How long the end of a job is tried to be told. A job whose end nobody is told counts as interrupted.
const END_LIMIT: Duration = Duration::from_secs(60);

/// What a job says of which nobody has told the end: its server may have ended just after it had published.
const INTERRUPTED: &str =
    "the server ended while the import ran: look whether the catalogue has changed, else send the feed again";

/// The jobs of all servers.
#[derive(Debug)]
pub(in crate::http::admin) struct SharedJobs {
    desk: Arc<Desk>,
}

impl SharedJobs {
    pub(in crate::http::admin) const fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    pub(super) fn add(&self, market: &str) -> Result<Arc<Mutex<ImportJob>>, AppError> {
        let job = self.desk.add_job(market, MAX_JOBS as i64)?;
        Ok(Arc::new(Mutex::new(job)))
    }

    pub(super) fn all(&self) -> Result<Vec<ImportJob>, AppError> {
        let of_server = |SharedJob { job, is_alive }: SharedJob| {
            if job.state == JobState::Running && !is_alive { interrupted(job, INTERRUPTED) } else { job }
        };
        Ok(self.desk.jobs()?.into_iter().map(of_server).collect())
    }

    pub(super) fn told<T>(&self, job: &Mutex<ImportJob>, stop: &StopFlag, import: impl FnOnce() -> T) -> T {
        let ended = Ended(StopFlag::default());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.0.is_stopped() {
                    let job = locked(job).clone();
                    match self.desk.keep_job(&job) {
                        Ok(true) => stop.stop(),
                        Ok(false) => {}
                        Err(error) => tracing::debug!("nobody is told of import {}: {}", job.id, with_sources(&error)),
                    }
                    ended.0.wait_until(Instant::now() + TELL_INTERVAL);
                }
            });
            // Also if the import panics: the scope waits for its thread.
            let _end = Ended(ended.0.clone());
            import()
        })
    }

    pub(super) fn end(&self, job: &ImportJob, entry: &AuditEntry) {
        let end = Instant::now() + END_LIMIT;
        while let Err(error) = self.desk.end_job(job, entry) {
            if Instant::now() > end {
                let (id, reason) = (job.id, with_sources(&error));
                tracing::error!(
                    ?entry,
                    "the state of import job {id} is not stored, the audit log cannot be written: {reason}"
                );
                return;
            }
            std::thread::sleep(TELL_INTERVAL);
        }
    }

    pub(super) fn cancel(&self, id: u64) -> Result<bool, AppError> {
        Ok(self.desk.cancel_job(id)?)
    }
}

/// Ends a thread when it is dropped.
struct Ended(StopFlag);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.stop();
    }
}
