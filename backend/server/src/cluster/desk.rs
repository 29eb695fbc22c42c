//! What the administrations of all servers share, in the record. In: the record's address. Out: import jobs, and the audit log.
//!
//! A job is a row of the table `jobs`, as in a catalogue's folder. Beside it stands when the server that runs it was heard of last: a job
//! whose server is silent has been interrupted.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use stl_types::wire::ImportJob;

pub use self::log::audit_log;
pub(super) use self::log::each_entry;
use super::absent::IfAbsent;
use super::address::RecordAddress;
use super::error::ClusterError;
use super::record::Record;
use super::record::tables::{CHANGE, SCHEMA};
use crate::audit::AuditEntry;

mod log;

/// A job whose server was not heard of for so long has been interrupted. Servers tell of it every two seconds.
const SILENCE: &str = "30 seconds";

/// Entries of the audit log that are kept: some tens of megabytes, as much as the files of a folder's log.
const KEPT_ENTRIES: i64 = 100_000;

/// Entries among which one that was written just before is looked for.
const TOLD_AGAIN: i64 = 100;

/// How long others may hold what is written here. All of it is done in milliseconds.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// How long an answer may take: more than others may hold what is written.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

/// How long a statement waits for those before it.
const TURN_LIMIT: Duration = Duration::from_secs(5);

/// How often it looks whether it is its turn.
const TURN_INTERVAL: Duration = Duration::from_millis(10);

/// How long a PostgreSQL that could not be reached is not asked again.
const AWAY_PAUSE: Duration = Duration::from_secs(2);

/// A connection for short statements, which is made when it is needed, and again after it was lost.
#[derive(Debug)]
pub struct Desk {
    address: RecordAddress,
    if_absent: IfAbsent,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    record: Option<Record>,
    /// When PostgreSQL could not be reached, and why.
    away: Option<(Instant, String)>,
}

/// A job, and whether the server that runs it was heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedJob {
    /// The job as it was told last.
    pub job: ImportJob,
    /// Whether it may still be running.
    pub is_alive: bool,
}

impl Desk {
    /// That of a record, which is not asked yet.
    #[must_use]
    pub fn new(address: RecordAddress, if_absent: IfAbsent) -> Self {
        Self { address, if_absent, line: Mutex::default() }
    }

    /// Runs `work` with the connection, and again with another one if that had been lost.
    fn with<T>(&self, work: impl Fn(&mut Record) -> Result<T, ClusterError>) -> Result<T, ClusterError> {
        let mut line = self.line()?;
        let begin = Instant::now();
        let outcome = work(self.connected(&mut line)?);
        let outcome = match outcome {
            // It may have been idle since PostgreSQL was restarted. One that is silent is not asked twice.
            Err(error) if error.is_unreachable() && begin.elapsed() < ANSWER_LIMIT => {
                line.record = None;
                work(self.connected(&mut line)?)
            }
            outcome => outcome,
        };
        outcome.inspect_err(|error| {
            if error.is_unreachable() {
                line.record = None;
            }
        })
    }

    /// The connection, when it is this caller's turn.
    fn line(&self) -> Result<MutexGuard<'_, Line>, ClusterError> {
        let end = Instant::now() + TURN_LIMIT;
        loop {
            match self.line.try_lock() {
                Ok(line) => return Ok(line),
                Err(TryLockError::Poisoned(line)) => return Ok(line.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(TURN_INTERVAL),
                Err(TryLockError::WouldBlock) => {
                    let reason = format!("a statement before has no answer for {} s", TURN_LIMIT.as_secs());
                    return Err(self.away(&reason));
                }
            }
        }
    }

    /// The connection that is there, or a new one; none for a moment after PostgreSQL could not be reached.
    fn connected<'a>(&self, line: &'a mut Line) -> Result<&'a mut Record, ClusterError> {
        let Line { record, away } = line;
        if record.is_none() {
            if let Some((_, reason)) = away.as_ref().filter(|(since, _)| since.elapsed() < AWAY_PAUSE) {
                return Err(self.away(reason));
            }
            *away = None;
            let connected = self.connect().inspect_err(|error| {
                if let ClusterError::Unreachable { reason, .. } = error {
                    *away = Some((Instant::now(), reason.clone()));
                }
            });
            *record = Some(connected?);
        }
        record.as_mut().ok_or_else(|| self.away("there is no connection"))
    }

    fn away(&self, reason: &str) -> ClusterError {
        ClusterError::Unreachable { address: self.address.to_string(), reason: reason.to_owned() }
    }

    fn connect(&self) -> Result<Record, ClusterError> {
        let mut record = Record::connect(&self.address)?;
        record.wait_for_answers(ANSWER_LIMIT);
        record.wait_for_locks(LOCK_LIMIT)?;
        record.ensure_shared(self.if_absent.may_make())?;
        Ok(record)
    }

    /// The catalogue's version; none of a database without a catalogue, or without a version.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used, or this program cannot read its record.
    pub fn version(&self) -> Result<Option<u64>, ClusterError> {
        let read = || -> Result<Option<u64>, ClusterError> {
            let mut record = Record::connect(&self.address)?;
            record.wait_for_answers(ANSWER_LIMIT);
            record.check()?;
            let rows = record.query(&format!("SELECT version FROM {SCHEMA}.published"), &[])?;
            Ok(rows.first().map(|row| row.get::<_, i64>(0).unsigned_abs()))
        };
        match read() {
            Err(ClusterError::Missing { .. }) => Ok(None),
            read => read,
        }
    }

    /// Whether an import runs, on any machine.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn is_importing(&self) -> Result<bool, ClusterError> {
        // The lock is only looked at: an import that tried it at this moment would be refused.
        let sql = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND classid::bigint = (hashtext($1)::bigint & 4294967295) AND objid::bigint = 1)";
        self.with(|record| Ok(record.query(sql, &[&SCHEMA])?.first().is_some_and(|row| row.get(0))))
    }

    /// Adds a job that this server runs. Its number is above all that there were; of all jobs, the last `kept` stay.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn add_job(&self, market: &str, kept: i64) -> Result<ImportJob, ClusterError> {
        self.with(|record| {
            let tx = record.begin()?;
            // One server after the other.
            tx.batch(&format!("LOCK TABLE {SCHEMA}.jobs IN SHARE ROW EXCLUSIVE MODE"))?;
            let rows = tx.query(&format!("SELECT coalesce(max(id), 0) + 1 FROM {SCHEMA}.jobs"), &[])?;
            let id: i64 = rows.first().map_or(1, |row| row.get(0));
            let job = ImportJob { id: id.unsigned_abs(), market: market.to_owned(), ..ImportJob::default() };
            let insert = format!("INSERT INTO {SCHEMA}.jobs (id, job, {CHANGE}) VALUES ($1, $2, 0)");
            tx.execute(&insert, &[&id, &json(&job)])?;
            tx.execute(&format!("INSERT INTO {SCHEMA}.record_job_runs (id) VALUES ($1)"), &[&id])?;
            let oldest = id - kept;
            tx.execute(&format!("DELETE FROM {SCHEMA}.jobs WHERE id <= $1"), &[&oldest])?;
            tx.execute(&format!("DELETE FROM {SCHEMA}.record_job_runs WHERE id <= $1"), &[&oldest])?;
            tx.commit()?;
            Ok(job)
        })
    }

    /// All jobs, the last one first. Those that this program cannot read are left out.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn jobs(&self) -> Result<Vec<SharedJob>, ClusterError> {
        let sql = format!(
            "SELECT j.job, coalesce(r.alive > now() - interval '{SILENCE}', false) FROM {SCHEMA}.jobs j \
             LEFT JOIN {SCHEMA}.record_job_runs r ON r.id = j.id ORDER BY j.id DESC"
        );
        let read = |row: &tokio_postgres::Row| {
            let job = serde_json::from_str(row.get(0)).ok()?;
            Some(SharedJob { job, is_alive: row.get(1) })
        };
        self.with(|record| Ok(record.query(&sql, &[])?.iter().filter_map(read).collect()))
    }

    /// Tells how far a job of this server is. Returns whether another server was asked to cancel it.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn keep_job(&self, job: &ImportJob) -> Result<bool, ClusterError> {
        let sql = format!(
            "WITH told AS (UPDATE {SCHEMA}.jobs SET job = $2 WHERE id = $1) \
             UPDATE {SCHEMA}.record_job_runs SET alive = now() WHERE id = $1 RETURNING cancelled"
        );
        let (id, json) = (number(job.id), json(job));
        self.with(|record| Ok(record.query(&sql, &[&id, &json])?.first().is_some_and(|row| row.get(0))))
    }

    /// Stores a job that has ended and appends an entry to the audit log: both or neither, and once even if it is tried again.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn end_job(&self, job: &ImportJob, entry: &AuditEntry) -> Result<(), ClusterError> {
        let sql = format!(
            "WITH gone AS (DELETE FROM {SCHEMA}.record_job_runs WHERE id = $1 RETURNING id), \
             told AS (UPDATE {SCHEMA}.jobs SET job = $2 WHERE id = $1) \
             INSERT INTO {SCHEMA}.record_audit (entry) SELECT $3::text FROM gone"
        );
        let (id, json, entry) = (number(job.id), json(job), text(entry));
        self.with(|record| record.execute(&sql, &[&id, &json, &entry]).map(drop))
    }

    /// Asks the server that runs a job to cancel it. False if none runs it.
    ///
    /// # Errors
    /// When PostgreSQL cannot be used.
    pub fn cancel_job(&self, id: u64) -> Result<bool, ClusterError> {
        let sql = format!(
            "UPDATE {SCHEMA}.record_job_runs SET cancelled = true WHERE id = $1 AND alive > now() - interval '{SILENCE}'"
        );
        self.with(|record| Ok(record.execute(&sql, &[&number(id)])? > 0))
    }

    /// Appends an entry to the audit log. What cannot be written is in the program's log.
    pub fn write(&self, entry: &AuditEntry) {
        if let Err(error) = self.note(entry) {
            tracing::error!(?entry, "the audit log cannot be written: {error}");
        }
    }

    /// Appends an entry to the audit log; once even if the answer of a first try was lost, since no two entries are the same.
    fn note(&self, entry: &AuditEntry) -> Result<(), ClusterError> {
        let sql = format!(
            "WITH last AS (SELECT coalesce(max(id), 0) AS id FROM {SCHEMA}.record_audit), \
             told AS (INSERT INTO {SCHEMA}.record_audit (entry) SELECT $1::text FROM last \
                 WHERE NOT EXISTS (SELECT 1 FROM {SCHEMA}.record_audit a WHERE a.id > last.id - {TOLD_AGAIN} AND a.entry = $1::text)) \
             DELETE FROM {SCHEMA}.record_audit a USING last WHERE a.id <= last.id - {KEPT_ENTRIES}"
        );
        let text = text(entry);
        self.with(|record| record.execute(&sql, &[&text]).map(drop))
    }
}

fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn text(entry: &AuditEntry) -> String {
    serde_json::to_string(&entry.clone().bounded()).unwrap_or_default()
}

fn json(job: &ImportJob) -> String {
    serde_json::to_string(job).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use stl_types::wire::JobState;

    use super::*;

    #[test]
    fn a_database_that_accepts_connections_and_says_nothing_holds_nobody_for_long() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = silent.local_addr().expect("an address").port();
        let address = format!("postgres://shop:secret@127.0.0.1:{port}/fashion");
        let desk = Desk::new(address.parse().expect("an address"), IfAbsent::Make);
        let ask = || {
            let begin = Instant::now();
            (desk.jobs().expect_err("nobody answers"), begin.elapsed())
        };
        // One tries to connect; the others wait for it for less long than it may.
        let all = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            all.into_iter().map(|asked| asked.join().expect("asked")).collect::<Vec<_>>()
        });
        assert!(all.iter().all(|(error, _)| error.is_unreachable()), "{all:?}");
        let limit = TURN_LIMIT + Duration::from_secs(3);
        assert_eq!(all.iter().filter(|(_, took)| *took < limit).count(), 3, "{all:?}");
        // It is not asked again at once.
        let (error, took) = ask();
        assert!(error.is_unreachable() && took < Duration::from_secs(1), "{error} after {took:?}");
    }

    #[test]
    fn jobs_and_entries_are_those_of_all_servers() {
        let Some(postgres) = stl_cluster::Postgres::start_or_skip().expect("PostgreSQL starts") else { return };
        let desk = || Desk::new(postgres.address().parse().expect("an address"), IfAbsent::Make);
        let (one, other) = (desk(), desk());
        assert_eq!(one.version().expect("asked"), None);
        assert!(!one.is_importing().expect("asked"));
        assert_eq!(one.version().expect("asked"), None, "of a record without a version");
        let first = one.add_job("de", 3).expect("added");
        assert_eq!((first.id, first.market.as_str(), first.state), (1, "de", JobState::Running));
        assert_eq!(other.jobs().expect("jobs"), [SharedJob { job: first.clone(), is_alive: true }]);
        let further = ImportJob { done: 7, of: 9, ..first.clone() };
        assert!(!one.keep_job(&further).expect("told"));
        assert_eq!(other.jobs().expect("jobs")[0].job, further);
        assert!(other.cancel_job(1).expect("asked"));
        assert!(one.keep_job(&further).expect("told"), "another server was asked to cancel it");
        let ended = ImportJob { state: JobState::Cancelled, ..further };
        let entry = AuditEntry { action: "import.ended".to_owned(), job: Some(1), ..AuditEntry::default() };
        for _ in 0..2 {
            one.end_job(&ended, &entry).expect("stored, and once");
        }
        assert_eq!(other.jobs().expect("jobs"), [SharedJob { job: ended, is_alive: false }]);
        assert!(!other.cancel_job(1).expect("asked") && !other.cancel_job(99).expect("asked"));
        // A server that is silent has lost its job; numbers go on.
        let second = other.add_job("", 3).expect("added");
        postgres.sql("UPDATE shop_the_look.record_job_runs SET alive = now() - interval '31 seconds'").expect("done");
        assert_eq!(one.jobs().expect("jobs")[0], SharedJob { job: second, is_alive: false });
        for expected in 3..=5 {
            assert_eq!(one.add_job("", 3).expect("added").id, expected);
        }
        let ids: Vec<u64> = other.jobs().expect("jobs").iter().map(|shared| shared.job.id).collect();
        assert_eq!(ids, [5, 4, 3]);

        for (desk, action) in [(&one, "rules.store"), (&other, "product.delete")] {
            let entry = AuditEntry { action: action.to_owned(), ..AuditEntry::default() };
            // As if the answer of the first try had been lost.
            for _ in 0..2 {
                desk.note(&entry).expect("noted");
            }
        }
        let mut record = Record::connect(&postgres.address().parse().expect("an address")).expect("connected");
        let mut actions = Vec::new();
        let read = each_entry(&mut record, |text| {
            let entry: AuditEntry = serde_json::from_str(text).expect("an entry");
            actions.push(entry.action);
            Ok(())
        });
        read.expect("read");
        assert_eq!(actions, ["import.ended", "rules.store", "product.delete"]);
    }
}
