//! A server follows the record. In: an address. Out: a catalogue folder that is kept up to date, pictures when they are asked for, and
//! what cannot be reached.
//!
//! Whatever is away, the folder keeps its last version, which the server goes on serving.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::address::ClusterAddress;
use super::cache::Cache;
use super::error::ClusterError;
use super::objects::Objects;
use super::pull::{picture_file, pull_for};
use super::record::Record;
use super::{counts, job_states};
use crate::catalogue::Store;
use crate::catalogue::layout::IMAGES;
use crate::digest::Digest;
use crate::errors::with_sources;
use crate::metrics;
use crate::parallel::{StopFlag, locked};

/// Without an announcement the record is asked this often: one row.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The pause after a failure.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// How long storage that failed is waited for when it is asked again: the record is not followed meanwhile.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// A sweep of the pictures makes room for this part of the limit.
const SWEPT_PART: u64 = 10;

/// A server's view of the cluster.
#[derive(Debug)]
pub struct Replica {
    address: ClusterAddress,
    objects: Objects,
    cache: Cache,
    /// SHA-256 of the server's FashionDNA: a version of another one is not taken.
    network_sha256: Digest,
    health: Mutex<Health>,
    /// Told when the folder has a new version.
    pub published: Arc<Notify>,
    /// Bytes of pictures that the folder may have.
    limit_bytes: u64,
    /// Bytes of pictures that were fetched since the last sweep.
    fetched_bytes: AtomicU64,
}

/// What failed last, and since when; none of what works.
#[derive(Debug, Default)]
struct Health {
    record: Option<(Instant, String)>,
    objects: Option<(Instant, String)>,
    cache: Option<(Instant, String)>,
    /// That the database answers and has no catalogue: it waits for the first import, or somebody has deleted the record.
    catalogue: Option<(Instant, String)>,
    networks: Option<(Instant, String)>,
}

impl Health {
    fn measure(&self) {
        let parts = [
            ("database", &self.record),
            ("objects", &self.objects),
            ("cache", &self.cache),
            ("networks", &self.networks),
        ];
        for (part, fault) in parts {
            metrics::cluster_part(part, fault.is_none());
        }
    }
}

impl Replica {
    /// Opens a cache and brings it up to date. If that fails for a reason that may pass, a version that is there already is enough; of a database
    /// without a catalogue the first import is waited for, with an empty cache. Versions that another FashionDNA than `network_sha256` has made are not
    /// taken.
    ///
    /// # Errors
    /// When there is no version to serve and none to wait for, or something is wrong that no waiting helps.
    pub fn open(address: &ClusterAddress, network_sha256: Digest, limit_bytes: u64) -> Result<Arc<Self>, ClusterError> {
        let objects = Objects::open(&address.objects)?;
        let cache = Cache::open(&address.cache)?;
        let replica = Self {
            address: address.clone(),
            objects,
            cache,
            network_sha256,
            health: Mutex::default(),
            published: Arc::default(),
            limit_bytes,
            fetched_bytes: AtomicU64::new(limit_bytes),
        };
        let followed = replica.objects.check().and_then(|()| replica.pull(&mut replica.connect()?));
        match followed {
            Ok(_) => replica.note_followed(),
            Err(error) => {
                let waits_for_import = matches!(error, ClusterError::Missing { .. });
                if !error.is_passing() || !(waits_for_import || replica.has_version()) {
                    return Err(error);
                }
                replica.note_fault(&error);
            }
        }
        Ok(Arc::new(replica))
    }

    /// The catalogue's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.cache.folder()
    }

    /// Whether the folder has a version to serve.
    fn has_version(&self) -> bool {
        Store::open(self.cache.folder()).is_ok_and(|store| store.published().is_ok())
    }

    fn connect(&self) -> Result<Record, ClusterError> {
        let mut record = Record::connect(&self.address.record)?;
        record.check()?;
        record.listen()?;
        Ok(record)
    }

    fn pull(&self, record: &mut Record) -> Result<bool, ClusterError> {
        pull_for(record, &self.objects, &self.cache, &self.network_sha256)
    }

    /// Follows the record until it should stop.
    pub fn follow(&self, stop: &StopFlag) {
        let (mut connected, mut counted, mut measured) = (None::<Record>, Instant::now(), None::<Instant>);
        while !stop.is_stopped() {
            let mut step = || -> Result<(Record, Option<ClusterError>), ClusterError> {
                let mut record = match connected.take() {
                    Some(record) => record,
                    None => self.connect()?,
                };
                // While the record has a version of other networks, all else goes on.
                let refused = match self.pull(&mut record) {
                    Ok(is_new) => {
                        if is_new {
                            self.published.notify_one();
                        }
                        None
                    }
                    Err(error @ ClusterError::OtherNetworks { .. }) => Some(error),
                    Err(error) => return Err(error),
                };
                if counted.elapsed() >= counts::INTERVAL {
                    counts::push_counts(&mut record, &self.cache)?;
                    counted = Instant::now();
                }
                if measured.is_none_or(|measured| measured.elapsed() >= job_states::INTERVAL) {
                    job_states::measure(&record)?;
                    measured = Some(Instant::now());
                }
                Ok((record, refused))
            };
            match step() {
                Ok((record, refused)) => {
                    match refused {
                        Some(error) => self.note_fault(&error),
                        None => self.note_followed(),
                    }
                    self.sweep();
                    record.wait_for_change(POLL_INTERVAL);
                    connected = Some(record);
                }
                Err(error) => {
                    self.note_fault(&error);
                    stop.wait_until(Instant::now() + RETRY_INTERVAL);
                }
            }
        }
    }

    /// Notes that the folder follows the record. Storage that failed is asked again, since not every step needs it.
    fn note_followed(&self) {
        let had_objects = locked(&self.health).objects.is_none();
        let has_objects = had_objects || self.objects.check_within(CHECK_TIMEOUT).is_ok();
        let mut health = locked(&self.health);
        let of_others = [&health.record, &health.cache, &health.catalogue, &health.networks];
        let had_faults = of_others.into_iter().any(Option::is_some) || !had_objects;
        (health.record, health.cache, health.catalogue, health.networks) = (None, None, None, None);
        if !had_objects && has_objects {
            health.objects = None;
        }
        if had_faults && has_objects {
            tracing::info!("the record is followed again");
        }
        health.measure();
        metrics::cluster_followed();
    }

    /// Notes what has failed, and logs what is new of it.
    fn note_fault(&self, error: &ClusterError) {
        let mut health = locked(&self.health);
        if matches!(error, ClusterError::OtherNetworks { .. }) {
            // Both have told it.
            (health.record, health.objects, health.catalogue) = (None, None, None);
        }
        let part = match error {
            ClusterError::OtherNetworks { .. } => &mut health.networks,
            ClusterError::Objects { .. } | ClusterError::Damaged { .. } => &mut health.objects,
            ClusterError::File { .. } | ClusterError::Sqlite { .. } | ClusterError::Store(_) => &mut health.cache,
            ClusterError::Missing { .. } => {
                health.record = None;
                &mut health.catalogue
            }
            _ => {
                health.catalogue = None;
                &mut health.record
            }
        };
        let text = with_sources(error);
        if part.as_ref().is_none_or(|(_, known)| *known != text) {
            let served = if self.has_version() { "the last version is served on" } else { "no version is served yet" };
            tracing::warn!("{served}: {text}");
        }
        let since = part.as_ref().map_or_else(Instant::now, |(since, _)| *since);
        *part = Some((since, text));
        health.measure();
    }

    /// What does not work, a sentence each; none if the folder follows the record.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let health = locked(&self.health);
        let faults = [
            ("PostgreSQL cannot be used", &health.record),
            ("object storage cannot be used", &health.objects),
            ("the cache cannot be written", &health.cache),
            ("the database has no catalogue", &health.catalogue),
            ("the database has a version of other networks", &health.networks),
        ];
        // The reasons name machines: they are logged, not sent.
        let faults = faults.into_iter().filter_map(|(what, fault)| Some((what, fault.as_ref()?.0.elapsed().as_secs())));
        faults.map(|(what, seconds)| format!("{what} for {seconds} s")).collect()
    }

    /// Fetches a picture that the folder lacks, by its file's name. Returns whether there is one.
    ///
    /// # Errors
    /// When object storage or the cache fail.
    pub fn fetch_picture(&self, name: &str) -> Result<bool, ClusterError> {
        let listed = picture_file(name);
        let Some(object) = self.cache.object_of(&listed)? else { return Ok(false) };
        let fetched = self.objects.fetch(&object, &listed, &self.cache.folder().join(IMAGES).join(name));
        fetched.inspect_err(|error| self.note_fault(error))?;
        self.fetched_bytes.fetch_add(object.size_bytes, Ordering::Relaxed);
        Ok(true)
    }

    /// Deletes the pictures that came first, if there are more than the limit. It looks after a tenth of the limit was fetched.
    fn sweep(&self) {
        if self.fetched_bytes.load(Ordering::Relaxed) < self.limit_bytes / SWEPT_PART {
            return;
        }
        self.fetched_bytes.store(0, Ordering::Relaxed);
        let images = self.cache.folder().join(IMAGES);
        let entries = std::fs::read_dir(images).into_iter().flatten().flatten();
        let mut files: Vec<(SystemTime, u64, std::path::PathBuf)> = entries
            .filter_map(|entry| {
                let found = entry.metadata().ok()?;
                Some((found.modified().ok()?, found.len(), entry.path()))
            })
            .collect();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        if bytes <= self.limit_bytes {
            return;
        }
        files.sort_unstable();
        let goal = self.limit_bytes - self.limit_bytes / SWEPT_PART;
        for (_, size, path) in files {
            if bytes <= goal {
                break;
            }
            if std::fs::remove_file(path).is_ok() {
                bytes -= size;
            }
        }
    }
}
