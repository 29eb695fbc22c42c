//! The queue of an import's pictures, in the record. In: pictures. Out: jobs that workers take, and what came of each picture.
//!
//! All times are PostgreSQL's own, so that no worker's clock matters. A job is a worker's until its lease ends, which the worker renews;
//! then another takes it. A job that ends its workers is cut into single pictures, and a picture that does so is given up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::objects::ObjectName;
use super::pull::picture_file;
use super::record::Record;
use super::record::tables::SCHEMA;
use crate::catalogue::feed::PictureSource;
use crate::catalogue::fetch::Validators;
use crate::catalogue::import::{PreparedPicture, WantedPicture};
use crate::digest::Digest;

/// Workers that a job of several pictures may end before it is cut.
const TRIES_OF_MANY: i32 = 2;

/// Workers that a single picture may end before it is given up.
const TRIES_OF_ONE: i32 = 5;

/// The pause before a job that could not be done for a reason that may pass.
const PAUSE: &str = "5 seconds";

/// A picture in a job, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JobPicture {
    /// Its place in the import's list.
    pub(super) place: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// SHA-256 of the object with its file, if it has no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(default)]
    is_further: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
}

/// What came of a picture, as JSON; f(A) stands beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Report {
    File {
        sha256: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_modified: Option<String>,
        /// Name, SHA-256 and size of each stored copy.
        files: Vec<(String, String, u64)>,
    },
    Unchanged,
    Fault {
        reason: String,
    },
}

/// A job that this worker has.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: i64,
    pub(super) import: i64,
    pub(super) pictures: Vec<JobPicture>,
}

/// A picture that was made: f(A) or none, and the stored copies with their objects.
pub(super) struct Done {
    pub(super) place: i64,
    pub(super) picture: PreparedPicture,
    pub(super) files: Vec<(String, ObjectName)>,
}

/// How many jobs of an import are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) open: i64,
    pub(super) taken: i64,
    /// Pictures of which something came.
    pub(super) pictures: i64,
}

impl JobPicture {
    pub(super) fn new(place: i64, wanted: &WantedPicture, object: Option<ObjectName>) -> Self {
        let address = match &wanted.source {
            PictureSource::Address(address) => Some(address.clone()),
            PictureSource::File(_) | PictureSource::Data(_) | PictureSource::Stored(_) => None,
        };
        let (known, validators) = wanted.known.clone().unzip();
        let Validators { etag, last_modified } = validators.unwrap_or_default();
        Self {
            place,
            address,
            object: object.map(|object| object.sha256.to_string()),
            size_bytes: object.map(|object| object.size_bytes),
            is_further: wanted.is_further,
            known: known.map(|known| known.to_string()),
            etag,
            last_modified,
        }
    }

    /// The picture as a worker prepares it.
    pub(super) fn wanted(&self) -> WantedPicture {
        let source = match &self.address {
            Some(address) => PictureSource::Address(address.clone()),
            None => PictureSource::File(self.object.clone().unwrap_or_default().into()),
        };
        let known = self.known.as_ref().and_then(|known| known.parse().ok());
        let validators = Validators { etag: self.etag.clone(), last_modified: self.last_modified.clone() };
        WantedPicture { source, is_further: self.is_further, known: known.map(|known| (known, validators)) }
    }

    /// What tells it from other pictures.
    pub(super) fn key(&self) -> PictureKey {
        (self.address.clone().or_else(|| self.object.clone()).unwrap_or_default(), self.is_further)
    }

    /// Whether it is the same whenever it is fetched.
    pub(super) const fn is_fixed(&self) -> bool {
        self.address.is_none()
    }

    /// Names a file that need not be encoded again if its address still holds it.
    pub(super) fn know(&mut self, sha256: &Digest, validators: &Validators) {
        if self.known.is_none() {
            self.known = Some(sha256.to_string());
            self.etag.clone_from(&validators.etag);
            self.last_modified.clone_from(&validators.last_modified);
        }
    }

    /// The object with its file.
    pub(super) fn object(&self) -> Option<ObjectName> {
        let sha256 = self.object.as_ref()?.parse().ok()?;
        Some(ObjectName { sha256, size_bytes: self.size_bytes.unwrap_or(0) })
    }
}

/// A picture's address or object, and whether it needs no f(A).
pub(super) type PictureKey = (String, bool);

/// What an import that ended without publishing has left.
#[derive(Default)]
pub(super) struct Left {
    pictures: HashMap<PictureKey, PreparedPicture>,
    /// The stored copies by the picture's file.
    files: HashMap<Digest, Vec<(String, ObjectName)>>,
}

impl Left {
    /// What came of a picture.
    pub(super) fn get(&self, key: &PictureKey) -> Option<&PreparedPicture> {
        self.pictures.get(key)
    }

    /// The stored copies of a picture's file.
    pub(super) fn files(&self, sha256: &Digest) -> &[(String, ObjectName)] {
        self.files.get(sha256).map_or(&[], Vec::as_slice)
    }
}

/// Reads what imports of the last week with this network have left: each picture of which a file came. Objects of older ones may be deleted.
pub(super) fn left(record: &mut Record, network: &Digest) -> Result<Left, ClusterError> {
    let mut left = Left::default();
    let sql = format!(
        "SELECT id FROM {SCHEMA}.record_imports WHERE network_sha256 = $1 AND begun > now() - interval '7 days'"
    );
    let imports: Vec<i64> = record.query(&sql, &[&network.to_string()])?.iter().map(|row| row.get(0)).collect();
    for import in imports {
        let sql = format!("SELECT pictures FROM {SCHEMA}.record_jobs WHERE import = $1");
        let jobs = record.query(&sql, &[&import])?;
        let (mut came, files) = outcomes(record, import)?;
        for job in jobs {
            let pictures: Vec<JobPicture> = serde_json::from_str(job.get(0)).unwrap_or_default();
            for picture in pictures {
                let is_whole = |came: &PreparedPicture| match came {
                    PreparedPicture::File { feature, .. } => picture.is_further || feature.is_some(),
                    _ => false,
                };
                if let Some(file) = came.remove(&picture.place).filter(is_whole) {
                    left.pictures.insert(picture.key(), file);
                }
            }
        }
        for (name, object) in files {
            let digits = name.strip_prefix(&picture_file("")).and_then(|name| name.get(..2 * Digest::BYTES));
            if let Some(sha256) = digits.and_then(|digits| digits.parse().ok()) {
                left.files.entry(sha256).or_default().push((name, object));
            }
        }
    }
    Ok(left)
}

/// Begins an import; what an import left that ended without publishing goes. Its objects stay, for this import may name them.
pub(super) fn begin(record: &Record, network: &Digest) -> Result<i64, ClusterError> {
    record.execute(
        &format!(
            "INSERT INTO {SCHEMA}.record_garbage (sha256, since) \
             SELECT DISTINCT file->>1, now() + interval '7 days' FROM {SCHEMA}.record_encoded, \
             json_array_elements(report::json->'files') AS file ORDER BY 1 \
             ON CONFLICT (sha256) DO UPDATE SET since = EXCLUDED.since"
        ),
        &[],
    )?;
    record.execute(&format!("DELETE FROM {SCHEMA}.record_imports"), &[])?;
    let sql = format!("INSERT INTO {SCHEMA}.record_imports (network_sha256) VALUES ($1) RETURNING id");
    let rows = record.query(&sql, &[&network.to_string()])?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}

/// Adds jobs.
pub(super) fn add(record: &Record, import: i64, jobs: &[Vec<JobPicture>]) -> Result<(), ClusterError> {
    let texts: Vec<String> = jobs.iter().map(|job| serde_json::to_string(job).unwrap_or_default()).collect();
    let sql = format!("INSERT INTO {SCHEMA}.record_jobs (import, pictures) SELECT $1, unnest($2::text[])");
    record.execute(&sql, &[&import, &texts]).map(drop)
}

/// Takes the next job of an import with this network; none if there is none now.
pub(super) fn take(
    record: &Record,
    worker: &str,
    network: &Digest,
    lease: Duration,
) -> Result<Option<Job>, ClusterError> {
    let sql = format!(
        "UPDATE {SCHEMA}.record_jobs SET state = 'taken', attempts = attempts + 1, worker = $1, \
         lease_until = now() + $2::float8 * interval '1 second' \
         WHERE id = (SELECT j.id FROM {SCHEMA}.record_jobs j JOIN {SCHEMA}.record_imports i ON i.id = j.import \
             WHERE i.network_sha256 = $3 AND (j.state = 'waiting' AND j.not_before <= now() \
                 OR j.state = 'taken' AND j.lease_until < now()) \
             ORDER BY j.attempts, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED) \
         RETURNING id, import, pictures, attempts"
    );
    loop {
        let rows = record.query(&sql, &[&worker, &lease.as_secs_f64(), &network.to_string()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (id, import, attempts): (i64, i64, i32) = (row.get(0), row.get(1), row.get(3));
        let pictures: Vec<JobPicture> = serde_json::from_str(row.get(2)).unwrap_or_default();
        // `attempts` counts this one.
        if pictures.len() > 1 && attempts > TRIES_OF_MANY {
            cut(record, id, import, pictures)?;
        } else if pictures.len() == 1 && attempts > TRIES_OF_ONE {
            give_up(record, id, import, &pictures[0])?;
        } else {
            return Ok(Some(Job { id, import, pictures }));
        }
    }
}

/// Replaces a job by one for each of its pictures. Both happen or neither.
fn cut(record: &Record, id: i64, import: i64, pictures: Vec<JobPicture>) -> Result<(), ClusterError> {
    let texts: Vec<String> =
        pictures.into_iter().map(|picture| serde_json::to_string(&[picture]).unwrap_or_default()).collect();
    let sql = format!(
        "WITH gone AS (DELETE FROM {SCHEMA}.record_jobs WHERE id = $1 RETURNING id) \
         INSERT INTO {SCHEMA}.record_jobs (import, pictures) SELECT $2, t FROM gone, unnest($3::text[]) AS t"
    );
    record.execute(&sql, &[&id, &import, &texts]).map(drop)
}

/// A picture that has ended its workers is a fault of the feed.
fn give_up(record: &Record, id: i64, import: i64, picture: &JobPicture) -> Result<(), ClusterError> {
    let reason = format!("{TRIES_OF_ONE} workers ended while they encoded it");
    let report = serde_json::to_string(&Report::Fault { reason: reason.clone() }).unwrap_or_default();
    let sql = format!(
        "WITH dead AS (UPDATE {SCHEMA}.record_jobs SET state = 'dead', fault = $4 WHERE id = $1 RETURNING id) \
         INSERT INTO {SCHEMA}.record_encoded (import, place, report) SELECT $2, $3, $5 FROM dead ON CONFLICT DO NOTHING"
    );
    record.execute(&sql, &[&id, &import, &picture.place, &reason, &report]).map(drop)
}

/// Keeps a job. False if it is another worker's now, or its import has ended.
pub(super) fn renew(record: &Record, id: i64, worker: &str, lease: Duration) -> Result<bool, ClusterError> {
    let sql = format!(
        "UPDATE {SCHEMA}.record_jobs SET lease_until = now() + $3::float8 * interval '1 second' \
         WHERE id = $1 AND worker = $2 AND state = 'taken'"
    );
    Ok(record.execute(&sql, &[&id, &worker, &lease.as_secs_f64()])? > 0)
}

/// Gives a job back that could not be done now; the try does not count.
pub(super) fn give_back(record: &Record, id: i64, worker: &str, fault: &str) -> Result<(), ClusterError> {
    let sql = format!(
        "UPDATE {SCHEMA}.record_jobs SET state = 'waiting', attempts = attempts - 1, fault = $3, \
         not_before = now() + interval '{PAUSE}' WHERE id = $1 AND worker = $2 AND state = 'taken'"
    );
    record.execute(&sql, &[&id, &worker, &fault]).map(drop)
}

/// Writes what came of a job's pictures and ends it, whoever has it: two workers make the same of a picture.
pub(super) fn finish(record: &mut Record, job: &Job, done: &[Done]) -> Result<(), ClusterError> {
    let places: Vec<i64> = done.iter().map(|done| done.place).collect();
    let reports: Vec<String> =
        done.iter().map(|done| serde_json::to_string(&report(done)).unwrap_or_default()).collect();
    let features: Vec<Option<Vec<u8>>> = done.iter().map(|done| feature_bytes(&done.picture)).collect();
    let tx = record.begin()?;
    let insert = format!(
        "INSERT INTO {SCHEMA}.record_encoded (import, place, report, feature) \
         SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bytea[]) \
         WHERE EXISTS (SELECT 1 FROM {SCHEMA}.record_imports WHERE id = $1) ON CONFLICT DO NOTHING"
    );
    tx.execute(&insert, &[&job.import, &places, &reports, &features])?;
    tx.execute(&format!("UPDATE {SCHEMA}.record_jobs SET state = 'done' WHERE id = $1"), &[&job.id])?;
    tx.commit()
}

/// How far an import is; none if it is no more.
pub(super) fn counts(record: &Record, import: i64) -> Result<Option<Counts>, ClusterError> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE state IN ('waiting', 'taken')), count(*) FILTER (WHERE state = 'taken'), \
         (SELECT count(*) FROM {SCHEMA}.record_encoded WHERE import = $1), \
         EXISTS (SELECT 1 FROM {SCHEMA}.record_imports WHERE id = $1) FROM {SCHEMA}.record_jobs WHERE import = $1"
    );
    let rows = record.query(&sql, &[&import])?;
    let row = rows.first().filter(|row| row.get(3));
    Ok(row.map(|row| Counts { open: row.get(0), taken: row.get(1), pictures: row.get(2) }))
}

/// What came of each picture, and the stored copies with their objects.
pub(super) type Outcomes = (HashMap<i64, PreparedPicture>, Vec<(String, ObjectName)>);

/// Reads what came of an import's pictures.
pub(super) fn outcomes(record: &mut Record, import: i64) -> Result<Outcomes, ClusterError> {
    let (mut pictures, mut files) = (HashMap::new(), Vec::new());
    let tx = record.snapshot()?;
    let sql = format!("SELECT place, report, feature FROM {SCHEMA}.record_encoded WHERE import = $1");
    tx.each_row(&sql, &[&import], |row| {
        let report = serde_json::from_str(row.get(1));
        let feature: Option<Vec<u8>> = row.get(2);
        let picture = match report {
            Ok(Report::File { sha256, etag, last_modified, files: copies }) => match sha256.parse::<Digest>() {
                Ok(sha256) => {
                    let objects = copies.into_iter().filter_map(|(name, sha256, size_bytes)| {
                        Some((name, ObjectName { sha256: sha256.parse().ok()?, size_bytes }))
                    });
                    files.extend(objects);
                    let validators = Validators { etag, last_modified };
                    PreparedPicture::File { sha256, feature: feature.as_deref().map(numbers), validators }
                }
                Err(error) => PreparedPicture::Fault(error.to_string()),
            },
            Ok(Report::Unchanged) => PreparedPicture::Unchanged,
            Ok(Report::Fault { reason }) => PreparedPicture::Fault(reason),
            Err(error) => PreparedPicture::Fault(error.to_string()),
        };
        pictures.insert(row.get(0), picture);
        Ok(())
    })?;
    Ok((pictures, files))
}

fn report(done: &Done) -> Report {
    match &done.picture {
        PreparedPicture::File { sha256, validators, .. } => Report::File {
            sha256: sha256.to_string(),
            etag: validators.etag.clone(),
            last_modified: validators.last_modified.clone(),
            files: done
                .files
                .iter()
                .map(|(name, object)| (name.clone(), object.sha256.to_string(), object.size_bytes))
                .collect(),
        },
        PreparedPicture::Unchanged => Report::Unchanged,
        PreparedPicture::Fault(reason) => Report::Fault { reason: reason.replace('\0', " ") },
    }
}

fn feature_bytes(picture: &PreparedPicture) -> Option<Vec<u8>> {
    let PreparedPicture::File { feature: Some(feature), .. } = picture else { return None };
    Some(feature.iter().flat_map(|number| number.to_le_bytes()).collect())
}

fn numbers(bytes: &[u8]) -> Arc<[f32]> {
    bytes.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)).collect()
}
