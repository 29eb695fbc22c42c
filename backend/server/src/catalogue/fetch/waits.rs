//! Which hosts an import waits for. In: fetches as they begin and end. Out: the one that has run longest, to report progress.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::parallel::locked;

/// Fetches that run, as many as an import has workers; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Waits(Arc<Mutex<Running>>);

#[derive(Debug, Default)]
struct Running {
    begun: u64,
    /// By their numbers, the first one first: its host, and since when it runs.
    fetches: BTreeMap<u64, (String, Instant)>,
}

/// A fetch that runs. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    waits: &'a Waits,
    number: u64,
}

impl Waits {
    /// A fetch from a host begins with its first request, and has its pauses and further tries.
    pub(super) fn begin(&self, host: &str) -> Wait<'_> {
        let mut running = locked(&self.0);
        running.begun += 1;
        let number = running.begun;
        running.fetches.insert(number, (host.to_owned(), Instant::now()));
        Wait { waits: self, number }
    }

    /// The host of the fetch that has run longest, and for how long, if that is `least` or more.
    #[must_use]
    pub fn longest(&self, least: Duration) -> Option<(String, Duration)> {
        let running = locked(&self.0);
        let (host, begin) = running.fetches.values().next()?;
        let wait = begin.elapsed();
        (wait >= least).then(|| (host.clone(), wait))
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        locked(&self.waits.0).fetches.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fetch_that_has_run_longest_is_told_until_it_ends() {
        let waits = Waits::default();
        let host = |least_ms| waits.longest(Duration::from_millis(least_ms)).map(|(host, _)| host);
        assert_eq!(host(0), None);
        let first = waits.begin("first.example");
        let second = waits.clone();
        let second = second.begin("second.example");
        assert_eq!((host(0).as_deref(), host(60_000)), (Some("first.example"), None));
        drop(first);
        assert_eq!(host(0).as_deref(), Some("second.example"));
        std::thread::sleep(Duration::from_millis(30));
        assert!(waits.longest(Duration::from_millis(20)).is_some_and(|(_, wait)| wait >= Duration::from_millis(30)));
        drop(second);
        assert_eq!(host(0), None);
    }
}
