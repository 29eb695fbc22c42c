//! `catalogue import` into a cluster. In: a feed. Out: jobs for workers, and a version that is published when all of them are done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::absent::IfAbsent;
use super::address::ClusterAddress;
use super::edit::{Cluster, is_our_turn};
use super::error::ClusterError;
use super::garbage;
use super::jobs::{self, Counts, JobPicture, PictureKey};
use super::objects::{ObjectName, Objects, digest_of};
use super::pull::picture_file;
use super::record::Record;
use super::record::tables::SCHEMA;
use super::same_network;
use super::worker::{WorkerOptions, work};
use crate::catalogue::LockError;
use crate::catalogue::feed::PictureSource;
use crate::catalogue::import::{
    Elsewhere, ImportError, ImportOptions, ImportReport, PreparedPicture, WantedPicture, import,
};
use crate::catalogue::layout::{COPY_WIDTHS, IMAGES, copy_name, picture_name};
use crate::digest::Digest;
use crate::networks::models::Models;
use crate::parallel::{StopFlag, for_each_in_order, locked};

/// How often an import looks how far it is.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Jobs that are added by one statement: some megabytes.
const JOBS_AT_ONCE: usize = 500;

/// How long PostgreSQL may be away before an import gives up.
const AWAY_LIMIT: Duration = Duration::from_secs(600);

/// How long an import waits for another one's end.
const TURN_LIMIT: Duration = Duration::from_secs(6 * 3600);

/// The same of an import that would not wait, after its connection was lost: PostgreSQL gives back the lock of a lost one within half a minute.
const AGAIN_LIMIT: Duration = Duration::from_secs(60);

/// After this time without any worker, the import says that it waits.
const LONELY: Duration = Duration::from_secs(30);

/// How an import is shared.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Pictures of a job: what a killed worker loses.
    pub job_pictures: usize,
    /// Whether this process prepares pictures as well.
    pub works: bool,
    /// How long a job is a worker's without a renewal.
    pub lease: Duration,
    /// Whether the end of another import is waited for; else this one is refused while another runs.
    pub waits: bool,
    /// What is done about a record that is not there, or has no version.
    pub if_absent: IfAbsent,
    /// Whether a catalogue that another FashionDNA has made is refused; else all its pictures are encoded again, which is how a catalogue gets other
    /// networks.
    pub keeps_networks: bool,
}

impl Sharing {
    /// The usual [`Sharing::job_pictures`]: some seconds of a core's work.
    pub const JOB_PICTURES: usize = 64;

    /// How the imports of a server are shared that serves this cache: it prepares pictures beside the workers, and refuses an import while
    /// another runs, or if another FashionDNA than its own has made the catalogue.
    #[must_use]
    pub fn of_server(served: &Path) -> Self {
        Self {
            job_pictures: Self::JOB_PICTURES,
            works: true,
            lease: WorkerOptions::LEASE,
            waits: false,
            if_absent: IfAbsent::MakeUnlessServed(served.to_owned()),
            keeps_networks: true,
        }
    }
}

/// An import that workers share.
#[derive(Debug)]
struct Shared {
    cluster: Mutex<Cluster>,
    address: ClusterAddress,
    objects: Objects,
    models: Models,
    options: WorkerOptions,
    sharing: Sharing,
    import: Mutex<Option<i64>>,
    /// Copies that workers have stored.
    stored: Mutex<Vec<(String, ObjectName)>>,
}

/// The folder of imports in a server's cache.
pub const IMPORTS: &str = "imports";

/// Imports a feed into a cluster, as [`import`] does into a folder. Waits until no other import runs, on any machine, if it is to.
///
/// # Errors
/// As for [`import`]; or when a part of the cluster fails. The former catalogue is then still in place.
pub fn import_shared(
    feed: &Path,
    address: &ClusterAddress,
    models: &Models,
    options: &ImportOptions,
    sharing: &Sharing,
    progress: impl FnMut(usize, usize),
) -> Result<ImportReport, ImportError> {
    let limit = if sharing.waits { TURN_LIMIT } else { Duration::ZERO };
    let turn = |record: &Record| wait_for_turn(record, &options.stop, limit);
    let cluster = Cluster::create_for_import(address, &sharing.if_absent, turn).map_err(elsewhere)?;
    if sharing.keeps_networks {
        same_network::check(cluster.folder(), &address.record, &models.fashion_dna_sha256()).map_err(elsewhere)?;
    }
    let folder = cluster.folder().to_owned();
    let shared = Arc::new(Shared {
        objects: cluster.objects.clone(),
        cluster: Mutex::new(cluster),
        address: address.clone(),
        models: models.clone(),
        options: WorkerOptions { import: options.clone(), lease: sharing.lease },
        sharing: sharing.clone(),
        import: Mutex::default(),
        stored: Mutex::default(),
    });
    let options = ImportOptions { elsewhere: Some(Arc::clone(&shared) as Arc<dyn Elsewhere>), ..options.clone() };
    let outcome = import(feed, &folder, models, &options, progress);
    if outcome.is_err() {
        // The next import would do it, too.
        let _ = shared.end();
    }
    // The end of the connection would do it a moment later: who is told of this end may begin the next import.
    let _ = locked(&shared.cluster).record.query("SELECT pg_advisory_unlock(hashtext($1), 1)", &[&SCHEMA]);
    outcome
}

/// Whether an import was refused, because another one or a command is at work.
#[must_use]
pub fn is_refused(error: &ImportError) -> bool {
    match error {
        ImportError::Lock(LockError::Busy { .. }) => true,
        ImportError::Elsewhere(error) => error.downcast_ref().is_some_and(ClusterError::is_busy),
        _ => false,
    }
}

/// Whether an import was refused, because another FashionDNA has made the catalogue.
#[must_use]
pub fn is_of_other_networks(error: &ImportError) -> bool {
    let ImportError::Elsewhere(error) = error else { return false };
    matches!(error.downcast_ref(), Some(ClusterError::OtherNetworks { .. }))
}

/// Waits for the lock of imports.
fn wait_for_turn(record: &Record, stop: &StopFlag, limit: Duration) -> Result<(), ClusterError> {
    let begin = Instant::now();
    let mut is_said = false;
    loop {
        if is_our_turn(record)? {
            return Ok(());
        }
        if begin.elapsed() >= limit || stop.is_stopped() {
            return Err(ClusterError::Importing { address: record.address().to_string() });
        }
        if !std::mem::replace(&mut is_said, true) {
            tracing::info!("another import is running: this one waits for its end");
        }
        stop.wait_until(Instant::now() + Duration::from_secs(1));
    }
}

impl Shared {
    /// Runs `work` with the record, and again with another connection if PostgreSQL was away.
    fn with_record<T>(&self, mut work: impl FnMut(&mut Record) -> Result<T, ClusterError>) -> Result<T, ClusterError> {
        let begin = Instant::now();
        let limit = if self.sharing.waits { TURN_LIMIT } else { AGAIN_LIMIT };
        let mut cluster = locked(&self.cluster);
        loop {
            match work(&mut cluster.record) {
                Err(error) if error.is_unreachable() && begin.elapsed() < AWAY_LIMIT => {
                    tracing::warn!("the import waits: {error}");
                    self.options.import.stop.wait_until(Instant::now() + Duration::from_secs(2));
                    if self.options.import.stop.is_stopped() {
                        return Err(error);
                    }
                    if let Ok(record) = Record::connect(&self.address.record) {
                        // Another import may have come in between; it then has deleted this one's jobs.
                        wait_for_turn(&record, &self.options.import.stop, limit)?;
                        cluster.record = record;
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Puts the files of pictures without an address into storage, where workers find them.
    fn pictures(&self, wanted: &[WantedPicture]) -> Result<Vec<JobPicture>, ClusterError> {
        let files = wanted.iter().enumerate().filter_map(|(place, wanted)| match &wanted.source {
            PictureSource::File(path) => Some((place, path.clone())),
            PictureSource::Address(_) | PictureSource::Data(_) | PictureSource::Stored(_) => None,
        });
        let data = wanted.iter().enumerate().filter_map(|(place, wanted)| match &wanted.source {
            PictureSource::Data(picture) => Some((place, picture.file())),
            _ => None,
        });
        let files: Vec<(usize, PathBuf)> = files.collect();
        let mut digests: Vec<Digest> = data.clone().map(|(_, bytes)| Digest::of(bytes)).collect();
        let threads = self.options.import.threads;
        for_each_in_order(
            &files,
            threads,
            |(_, path)| digest_of(path),
            |_, object| object.map(|object| digests.push(object.sha256)),
        )?;
        // They are needed for this import only. Several places may show one file.
        self.with_record(|record| garbage::list_for_import(record, digests.iter().copied()))?;
        let mut objects: HashMap<usize, ObjectName> = self.objects.put_files(files.into_iter())?.into_iter().collect();
        objects.extend(self.objects.put_all(data.map(|(place, bytes)| (place, bytes.to_vec().into())))?);
        let placed = (0_i64..).zip(wanted.iter().enumerate());
        Ok(placed.map(|(place, (at, wanted))| JobPicture::new(place, wanted, objects.get(&at).copied())).collect())
    }

    /// Waits until something came of every picture.
    fn wait(&self, import: i64, total: usize, progress: &mut dyn FnMut(usize, usize)) -> Result<(), ImportError> {
        let (mut last_busy, mut is_said) = (Instant::now(), false);
        loop {
            if self.options.import.stop.is_stopped() {
                return Err(ImportError::Stopped);
            }
            let counts = self.with_record(|record| jobs::counts(record, import)).map_err(elsewhere)?;
            let Some(Counts { open, taken, pictures, .. }) = counts else {
                let address = self.address.record.to_string();
                return Err(elsewhere(ClusterError::Importing { address }));
            };
            progress(usize::try_from(pictures).unwrap_or(0).min(total), total);
            if open == 0 {
                return Ok(());
            }
            if taken > 0 {
                last_busy = Instant::now();
            }
            if last_busy.elapsed() > LONELY && !std::mem::replace(&mut is_said, true) {
                tracing::warn!(
                    "no worker takes the pictures: start one with `shop-the-look worker`, with these networks"
                );
            }
            self.options.import.stop.wait_until(Instant::now() + POLL_INTERVAL);
        }
    }

    /// Deletes the import's jobs.
    fn end(&self) -> Result<(), ClusterError> {
        let Some(import) = locked(&self.import).take() else { return Ok(()) };
        let cluster = locked(&self.cluster);
        cluster.record.execute(&format!("DELETE FROM {SCHEMA}.record_imports WHERE id = $1"), &[&import]).map(drop)
    }
}

impl Elsewhere for Shared {
    fn prepare(
        &self,
        wanted: &[WantedPicture],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<PreparedPicture>, ImportError> {
        let network = self.models.fashion_dna_sha256();
        let mut pictures = self.pictures(wanted).map_err(elsewhere)?;
        let left = self.with_record(|record| jobs::left(record, &network)).map_err(elsewhere)?;
        let keys: Vec<PictureKey> = pictures.iter().map(JobPicture::key).collect();
        for picture in &mut pictures {
            if let Some(PreparedPicture::File { sha256, validators, .. }) = left.get(&picture.key()) {
                picture.know(sha256, validators);
            }
        }
        // What an import that was killed has had prepared is not prepared again; what addresses hold may have changed.
        pictures.retain(|picture| !picture.is_fixed() || left.get(&picture.key()).is_none());
        let jobs: Vec<Vec<JobPicture>> = pictures.chunks(self.sharing.job_pictures.max(1)).map(<[_]>::to_vec).collect();
        let import = self.with_record(|record| jobs::begin(record, &network)).map_err(elsewhere)?;
        *locked(&self.import) = Some(import);
        for part in jobs.chunks(JOBS_AT_ONCE) {
            self.with_record(|record| jobs::add(record, import, part)).map_err(elsewhere)?;
        }
        // The worker of this process ends with the import.
        let stop_work = StopFlag::default();
        std::thread::scope(|scope| {
            if self.sharing.works && !jobs.is_empty() {
                scope.spawn(|| {
                    let worked = work(&self.address.record, &self.objects, &self.models, &self.options, &stop_work);
                    if let Err(error) = worked {
                        tracing::warn!("this process prepares no pictures: {error}");
                    }
                });
            }
            let waited = self.wait(import, wanted.len(), progress);
            stop_work.stop();
            waited
        })?;
        let (mut came, mut files) = self.with_record(|record| jobs::outcomes(record, import)).map_err(elsewhere)?;
        let came = (0_i64..).zip(&keys).map(|(place, key)| {
            let (came, former) = (came.remove(&place), left.get(key));
            let picture = with_former(came, former);
            if let PreparedPicture::File { sha256, .. } = &picture {
                files.extend_from_slice(left.files(sha256));
            }
            picture
        });
        let came = came.collect();
        *locked(&self.stored) = files;
        Ok(came)
    }

    fn has_copy(&self, picture: &Digest) -> bool {
        let name = picture_file(&picture_name(picture));
        locked(&self.cluster).cache.object_of(&name).is_ok_and(|object| object.is_some())
    }

    fn fetch_copy(&self, picture: &Digest) {
        let names = COPY_WIDTHS.map(|width| copy_name(picture, width)).into_iter().chain([picture_name(picture)]);
        let cluster = locked(&self.cluster);
        let images = cluster.folder().join(IMAGES);
        for name in names {
            let listed = picture_file(&name);
            let new = locked(&self.stored).iter().find(|(stored, _)| *stored == listed).map(|(_, object)| *object);
            let object = new.or_else(|| cluster.cache.object_of(&listed).ok().flatten());
            if let Some(object) = object {
                let path = images.join(&name);
                if !path.exists()
                    && let Err(error) = self.objects.fetch(&object, &listed, &path)
                {
                    tracing::warn!("{error}");
                }
                return;
            }
        }
    }

    fn publish(&self, publish: &mut dyn FnMut() -> Result<(), ImportError>) -> Result<(), ImportError> {
        // A connection that has ended is replaced before anything is published.
        self.with_record(|record| record.query("SELECT 1", &[])).map_err(elsewhere)?;
        let import = locked(&self.import).take();
        let stored = std::mem::take(&mut *locked(&self.stored));
        let mut last_look = |folder: &Path| {
            // Another server may have cancelled it, or have the turn of its feed.
            if self.options.import.stop.is_stopped() {
                return Err(ImportError::Stopped);
            }
            if self.sharing.keeps_networks {
                let network = self.models.fashion_dna_sha256();
                same_network::check(folder, &self.address.record, &network).map_err(elsewhere)?;
            }
            publish()
        };
        locked(&self.cluster).change_import(&mut last_look, stored, import).map_err(elsewhere)?
    }
}

/// What came of a picture; what had come of the same file before, if that was not prepared again.
fn with_former(came: Option<PreparedPicture>, former: Option<&PreparedPicture>) -> PreparedPicture {
    match (came, former) {
        (None | Some(PreparedPicture::Unchanged), Some(former)) => former.clone(),
        (
            Some(PreparedPicture::File { sha256, feature: None, validators }),
            Some(PreparedPicture::File { sha256: known, feature, .. }),
        ) if sha256 == *known => PreparedPicture::File { sha256, feature: feature.clone(), validators },
        (Some(came), _) => came,
        (None, None) => PreparedPicture::Fault("nothing came".to_owned()),
    }
}

fn elsewhere(error: ClusterError) -> ImportError {
    ImportError::Elsewhere(Box::new(error))
}
