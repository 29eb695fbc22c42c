//! A worker: it takes jobs of imports and prepares their pictures, on any machine. In: a catalogue's addresses. Out: f(A) in the record,
//! copies in object storage.
//!
//! It may end at any moment: what it has not finished, another does.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::address::RecordAddress;
use super::error::{ClusterError, file};
use super::garbage;
use super::jobs::{self, Done, Job, JobPicture};
use super::objects::{Objects, digest_of};
use super::pull::picture_file;
use super::record::Record;
use super::scratch::Scratch;
use crate::catalogue::import::worker::{PictureWorker, with_worker};
use crate::catalogue::import::{ImportError, ImportOptions};
use crate::digest::Digest;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, for_each_in_order, locked};

/// Without a job the queue is asked this often, at first and at last.
const IDLE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The pause after PostgreSQL or storage could not be reached.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// A lease is renewed so often while it lasts.
const RENEWALS: u32 = 3;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// How pictures are fetched and encoded.
    pub import: ImportOptions,
    /// How long a job is this worker's without a renewal.
    pub lease: Duration,
}

impl WorkerOptions {
    /// The usual lease: the longest time for which a job of a killed worker waits.
    pub const LEASE: Duration = Duration::from_secs(20);
}

/// Works until `stop` is set. A fault that may pass is logged and tried again.
///
/// # Errors
/// When the first connection fails, or something is wrong that no waiting helps.
pub fn work(
    address: &RecordAddress,
    objects: &Objects,
    models: &Models,
    options: &WorkerOptions,
    stop: &StopFlag,
) -> Result<(), ClusterError> {
    let scratch = Scratch::new_in(&std::env::temp_dir())?;
    let mut record = match connect(address) {
        // The first import makes it.
        Err(ClusterError::Missing { .. }) => None,
        connected => Some(connected?),
    };
    let worked = with_worker(scratch.path(), models, &options.import, |pictures| {
        let place = Place { address, objects, models, pictures, options, scratch: scratch.path(), name: name() };
        let mut idle = IDLE.0;
        while !stop.is_stopped() {
            match place.step(&mut record) {
                Ok(true) => idle = IDLE.0,
                Ok(false) => {
                    stop.wait_until(Instant::now() + idle);
                    idle = (idle * 2).min(IDLE.1);
                }
                Err(error) if is_passing(&error) => {
                    match &error {
                        ClusterError::Missing { .. } => tracing::debug!("{error}"),
                        _ => tracing::warn!("the worker tries again: {error}"),
                    }
                    record = None;
                    stop.wait_until(Instant::now() + RETRY_INTERVAL);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    });
    worked.map_err(|error| ClusterError::Inner(Box::new(error)))?
}

fn connect(address: &RecordAddress) -> Result<Record, ClusterError> {
    let mut record = Record::connect(address)?;
    record.check()?;
    Ok(record)
}

/// A record that another program is making, or has just replaced, is worth waiting for.
const fn is_passing(error: &ClusterError) -> bool {
    error.is_passing() || matches!(error, ClusterError::Refused { .. })
}

/// What names a worker: its process, on its machine, as often as it works.
fn name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}/{}/{}/{now}", host.trim(), std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Where a worker works.
struct Place<'a> {
    address: &'a RecordAddress,
    objects: &'a Objects,
    models: &'a Models,
    pictures: &'a PictureWorker<'a>,
    options: &'a WorkerOptions,
    scratch: &'a Path,
    name: String,
}

impl Place<'_> {
    /// Takes a job and does it. False if there is none.
    fn step(&self, connected: &mut Option<Record>) -> Result<bool, ClusterError> {
        let record = match connected {
            Some(record) => record,
            None => connected.insert(connect(self.address)?),
        };
        let network = self.models.fashion_dna_sha256();
        let Some(job) = jobs::take(record, &self.name, &network, self.options.lease)? else { return Ok(false) };
        let renewing = Renewing { place: self, job: job.id, stop: StopFlag::default(), record: Mutex::new(record) };
        let done = std::thread::scope(|scope| {
            scope.spawn(|| renewing.run());
            let done = self.all(&job, &renewing.record);
            renewing.stop.stop();
            done
        });
        self.pictures.forget();
        match done {
            Ok(done) => jobs::finish(record, &job, &done).map(|()| true),
            Err(error) => {
                let _ = jobs::give_back(record, job.id, &self.name, &error.to_string());
                Err(error)
            }
        }
    }

    /// Prepares a job's pictures.
    fn all(&self, job: &Job, record: &Mutex<&mut Record>) -> Result<Vec<Done>, ClusterError> {
        let options = &self.options.import;
        let mut done = Vec::with_capacity(job.pictures.len());
        let prepare = |picture: &JobPicture| self.one(picture, record);
        for_each_in_order(&job.pictures, options.workers.max(options.threads), prepare, |_, outcome| {
            outcome.map(|made| done.push(made))
        })?;
        Ok(done)
    }

    fn one(&self, picture: &JobPicture, record: &Mutex<&mut Record>) -> Result<Done, ClusterError> {
        let source = match picture.object() {
            None => None,
            Some(object) => {
                let path = self.scratch.join(format!("source-{}", picture.place));
                self.objects.fetch(&object, "a picture of the feed", &path)?;
                let bytes = std::fs::read(&path).map_err(file(&path))?;
                std::fs::remove_file(&path).map_err(file(&path))?;
                Some(bytes)
            }
        };
        let made = self.pictures.prepare(&picture.wanted(), source.as_deref()).map_err(|error| match error {
            ImportError::Write { path, source } => ClusterError::File { path, source },
            other => ClusterError::Inner(Box::new(other)),
        })?;
        let named = made.files.into_iter().filter_map(|path| {
            let name = picture_file(path.file_name()?.to_str()?);
            Some((name, path))
        });
        let named: Vec<(String, PathBuf)> = named.collect();
        let digests = named.iter().map(|(_, path)| Ok(digest_of(path)?.sha256));
        let digests = digests.collect::<Result<Vec<Digest>, ClusterError>>()?;
        // Nobody names them if the import is cancelled or this worker ends; an earlier catalogue may have given them up a day ago.
        garbage::list_for_import(&locked(record), digests.into_iter())?;
        let files = self.objects.put_files(named.into_iter())?;
        Ok(Done { place: picture.place, picture: made.picture, files })
    }
}

/// Keeps a job while its pictures are prepared.
struct Renewing<'a, 'b> {
    place: &'a Place<'a>,
    job: i64,
    stop: StopFlag,
    record: Mutex<&'b mut Record>,
}

impl Renewing<'_, '_> {
    fn run(&self) {
        let lease = self.place.options.lease;
        while !self.stop.is_stopped() {
            self.stop.wait_until(Instant::now() + lease / RENEWALS);
            if self.stop.is_stopped() {
                return;
            }
            // A lease that is lost costs the work of another worker, not the result.
            if let Err(error) = jobs::renew(&locked(&self.record), self.job, &self.place.name, lease) {
                tracing::debug!("the lease is not renewed: {error}");
            }
        }
    }
}
