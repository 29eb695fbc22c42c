//! The table `jobs`. In and out: an [`ImportJob`] as JSON.

use rusqlite::{OptionalExtension, params};
use stl_types::wire::ImportJob;

use super::{Store, StoreError};

impl Store {
    /// Stores a new job and gives it the next number, which is above `last` and never used again. Of the stored jobs, the last
    /// `kept` stay.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_job(&self, job: &ImportJob, last: u64, kept: u64) -> Result<u64, StoreError> {
        let add = || -> rusqlite::Result<u64> {
            let highest: Option<i64> = self
                .connection
                .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'", [], |row| row.get(0))
                .optional()?;
            let id = highest.unwrap_or(0).max(i64::try_from(last).unwrap_or(0)).saturating_add(1);
            let job = ImportJob { id: id.unsigned_abs(), ..job.clone() };
            self.connection.execute("INSERT INTO jobs (id, job) VALUES (?1, ?2)", params![id, json(&job)])?;
            let oldest = id.saturating_sub(i64::try_from(kept).unwrap_or(i64::MAX));
            self.connection.execute("DELETE FROM jobs WHERE id <= ?1", [oldest])?;
            Ok(job.id)
        };
        add().map_err(|source| self.failed(source))
    }

    /// Stores the state of a job.
    ///
    /// # Errors
    /// When the database fails.
    pub fn set_job(&self, job: &ImportJob) -> Result<(), StoreError> {
        let id = i64::try_from(job.id).unwrap_or(i64::MAX);
        let set =
            self.connection.execute("INSERT OR REPLACE INTO jobs (id, job) VALUES (?1, ?2)", params![id, json(job)]);
        set.map(|_| ()).map_err(|source| self.failed(source))
    }

    /// All stored jobs, the first one first. Jobs that a later version of this program stored and this one cannot read are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn jobs(&self) -> Result<Vec<ImportJob>, StoreError> {
        let read = || -> rusqlite::Result<Vec<ImportJob>> {
            let mut select = self.connection.prepare("SELECT job FROM jobs ORDER BY id")?;
            let jobs = select.query_map([], |row| row.get::<_, String>(0))?;
            let jobs: Vec<String> = jobs.collect::<Result<_, _>>()?;
            Ok(jobs.iter().filter_map(|job| serde_json::from_str(job).ok()).collect())
        };
        read().map_err(|source| self.failed(source))
    }
}

fn json(job: &ImportJob) -> String {
    serde_json::to_string(job).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_whatever_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::create(folder.path()).expect("a database");
        let job = ImportJob::default();
        for expected in 1..=5 {
            assert_eq!(store.add_job(&job, 0, 3).expect("added"), expected);
        }
        let ids = |store: &Store| store.jobs().expect("jobs").iter().map(|job| job.id).collect::<Vec<_>>();
        assert_eq!(ids(&store), [3, 4, 5]);
        assert_eq!(store.add_job(&job, 9, 3).expect("added"), 10, "another folder had numbers up to 9");
        let done = ImportJob { id: 10, imported: 7, ..job };
        store.set_job(&done).expect("stored");
        let store = Store::open(folder.path()).expect("a database");
        assert_eq!(store.jobs().expect("jobs").pop(), Some(done));
        assert_eq!(store.add_job(&ImportJob::default(), 0, 3).expect("added"), 11);
    }
}
