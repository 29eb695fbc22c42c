//! How the hosts of pictures behave. In: each fetch's outcome. Out: when a host may be asked again, or that it is given up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pictures in a row that a host fails to send before it is given up for the rest of the import: a dead host would otherwise take a
/// time limit for each picture.
const MAX_FAILURES: u32 = 20;

/// Hosts that are remembered. A feed's pictures lie on few; the others are fetched without a memory.
const MAX_HOSTS: usize = 10_000;

#[derive(Debug, Default)]
struct Host {
    /// Failures in a row.
    failures: u32,
    /// The moment until which the host wants no request.
    paused_until: Option<Instant>,
}

/// All hosts of an import.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Host>>);

impl Hosts {
    /// Whether a host has failed too often to be asked again.
    pub(super) fn is_given_up(&self, host: &str) -> bool {
        self.with(host, |host| host.failures >= MAX_FAILURES).unwrap_or(false)
    }

    /// The moment until which a host wants no request.
    pub(super) fn paused_until(&self, host: &str) -> Option<Instant> {
        self.with(host, |host| host.paused_until).flatten()
    }

    /// A host asks for a pause.
    pub(super) fn pause(&self, host: &str, pause: Duration) {
        let until = Instant::now() + pause;
        self.with(host, |host| host.paused_until = Some(host.paused_until.map_or(until, |known| known.max(until))));
    }

    /// A host has answered, whatever it said.
    pub(super) fn answered(&self, host: &str) {
        self.with(host, |host| host.failures = 0);
    }

    /// A picture could not be fetched for a reason that may pass.
    pub(super) fn failed(&self, host: &str) {
        self.with(host, |host| host.failures = host.failures.saturating_add(1));
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Host) -> T) -> Option<T> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !hosts.contains_key(name) {
            if hosts.len() >= MAX_HOSTS {
                return None;
            }
            hosts.insert(name.to_owned(), Host::default());
        }
        hosts.get_mut(name).map(act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_given_up_after_failures_in_a_row() {
        let hosts = Hosts::default();
        for _ in 1..MAX_FAILURES {
            hosts.failed("a");
        }
        assert!(!hosts.is_given_up("a"));
        hosts.answered("a");
        (0..MAX_FAILURES).for_each(|_| hosts.failed("b"));
        hosts.failed("a");
        assert!(!hosts.is_given_up("a") && hosts.is_given_up("b"));
    }

    #[test]
    fn the_longest_pause_counts() {
        let hosts = Hosts::default();
        assert_eq!(hosts.paused_until("a"), None);
        hosts.pause("a", Duration::from_secs(60));
        let until = hosts.paused_until("a");
        hosts.pause("a", Duration::from_secs(1));
        assert_eq!(hosts.paused_until("a"), until);
    }
}
