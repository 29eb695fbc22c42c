//! How far imports by workers are, for metrics. In: the record. Out: its jobs by state.

use std::time::Duration;

use super::error::ClusterError;
use super::record::Record;
use super::record::tables::SCHEMA;
use crate::metrics;

/// How often a server looks: as often as Prometheus does.
pub(super) const INTERVAL: Duration = Duration::from_secs(15);

/// The states of `record_jobs`.
const STATES: [&str; 4] = ["waiting", "taken", "done", "dead"];

/// Measures how many jobs are in which state. There are jobs only while an import runs.
pub(super) fn measure(record: &Record) -> Result<(), ClusterError> {
    let rows = record.query(&format!("SELECT state, count(*) FROM {SCHEMA}.record_jobs GROUP BY state"), &[])?;
    let jobs = |state: &str| rows.iter().find(|row| row.get::<_, &str>(0) == state).map_or(0, |row| row.get(1));
    for state in STATES {
        metrics::import_jobs(state, jobs(state));
    }
    Ok(())
}
