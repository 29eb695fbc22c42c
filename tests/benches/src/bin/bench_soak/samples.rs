//! What is measured over time. In: a server and its visitors. Out: rows of a table.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::answers::Visitors;
use crate::server::Server;

/// Time between two rows.
const INTERVAL: Duration = Duration::from_secs(60);

/// What the server may grow by from the first quarter of the rows on: caches have filled by then.
const MOST_GROWTH_MB: f64 = 32.0;
const MOST_GROWTH_HANDLES: usize = 32;

struct Sample {
    seconds: f64,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    slowest_ms: f64,
    resident_mb: f64,
    handles: usize,
}

/// One row for each minute.
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// Samples until `end`.
    pub(crate) fn take(server: &Server, visitors: &Visitors, end: Instant) -> Result<Self> {
        let begin = Instant::now();
        let mut rows = Vec::new();
        let (mut former, mut former_answered) = (begin, visitors.sample().1);
        while Instant::now() < end {
            std::thread::sleep(INTERVAL.min(end.saturating_duration_since(Instant::now())));
            let (latencies, answered) = visitors.sample();
            let (resident_mb, handles) = server.held()?;
            let now = Instant::now();
            let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or_default();
            let per_second = (answered - former_answered) as f64 / now.duration_since(former).as_secs_f64();
            (former, former_answered) = (now, answered);
            rows.push(Sample {
                seconds: begin.elapsed().as_secs_f64(),
                per_second,
                p50_ms: at(0.5),
                p99_ms: at(0.99),
                slowest_ms: latencies.last().copied().unwrap_or_default(),
                resident_mb,
                handles,
            });
        }
        Ok(Self(rows))
    }

    /// Prints them as a table.
    pub(crate) fn print(&self) {
        println!("| minute | answered a second | p50 ms | p99 ms | slowest ms | resident MB | file handles |");
        println!("|---|---|---|---|---|---|---|");
        for Sample { seconds, per_second, p50_ms, p99_ms, slowest_ms, resident_mb, handles } in &self.0 {
            println!(
                "| {:.0} | {per_second:.1} | {p50_ms:.0} | {p99_ms:.0} | {slowest_ms:.0} | {resident_mb:.0} | {handles} |",
                seconds / 60.0
            );
        }
    }

    /// Fails if memory or handles have grown.
    pub(crate) fn check(&self) -> Result<()> {
        let later = &self.0[self.0.len() / 4..];
        let (Some(first), Some(last)) = (later.first(), later.last()) else { return Ok(()) };
        let grown = last.resident_mb - first.resident_mb;
        ensure!(grown <= MOST_GROWTH_MB, "the server grew by {grown:.0} MB: expected at most {MOST_GROWTH_MB:.0}");
        let grown = last.handles.saturating_sub(first.handles);
        ensure!(grown <= MOST_GROWTH_HANDLES, "{grown} more file handles: expected at most {MOST_GROWTH_HANDLES}");
        Ok(())
    }
}
