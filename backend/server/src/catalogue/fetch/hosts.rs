//! How the hosts of pictures behave, and when each may be asked. In: each fetch's outcome. Out: a [`Turn`], or that a host is given up.
//!
//! A host that throttles (429 or 430) is asked more slowly by all threads: the time between two requests doubles, and shrinks again while the
//! host answers.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::parallel::{StopFlag, locked};

/// Pictures in a row that a host fails to send before it is given up for the rest of the import: a dead host would otherwise take a
/// time limit for each picture.
const MAX_FAILURES: u32 = 20;

/// Hosts that are remembered. A feed's pictures lie on few; the others are fetched without a memory.
const MAX_HOSTS: usize = 10_000;

/// The time between two requests that a host has after it throttles for the first time.
const FIRST_GAP: Duration = Duration::from_millis(10);

/// The longest time between two requests that throttling leads to.
const MAX_GAP: Duration = Duration::from_secs(2);

/// What is left of the time between two requests after each answer: half of it after fourteen.
const SHRINKING: f64 = 0.95;

/// How often a wait for another request's end looks whether it should stop.
const STOP_INTERVAL: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
struct Host {
    /// Failures in a row.
    failures: u32,
    /// The moment until which the host wants no request.
    paused_until: Option<Instant>,
    /// When the next request may begin.
    next_turn: Option<Instant>,
    /// The time between two requests that the host has taught.
    gap: Duration,
    /// Requests that run.
    running: usize,
}

/// All hosts of an import.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: Mutex<HashMap<String, Host>>,
    ended: Condvar,
    /// The least time between two requests to a host.
    least_gap: Duration,
    /// Requests to a host at once; any number if `None`.
    connections: Option<usize>,
}

/// Leave to send one request. The next one may be sent when it is dropped, if the host has only so many connections.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    hosts: &'a Hosts,
    host: &'a str,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.hosts.with(self.host, |host| host.running = host.running.saturating_sub(1));
        self.hosts.ended.notify_all();
    }
}

impl Hosts {
    /// Hosts that are asked at most so many times a second, with so many connections.
    pub(super) fn new(requests_per_s: Option<f64>, connections: Option<usize>) -> Self {
        let least_gap = requests_per_s.map_or(Duration::ZERO, |requests| Duration::from_secs_f64(1.0 / requests));
        Self { least_gap, connections, ..Self::default() }
    }

    /// Waits until a host may be asked; none if the work should stop.
    pub(super) fn turn<'a>(&'a self, name: &'a str, stop: &StopFlag) -> Option<Turn<'a>> {
        let mut hosts = self.lock();
        while self.connections.is_some_and(|most| hosts.get(name).is_some_and(|host| host.running >= most)) {
            if stop.is_stopped() {
                return None;
            }
            hosts = self.ended.wait_timeout(hosts, STOP_INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
        let begin = entry(&mut hosts, name).map(|host| {
            host.running += 1;
            let begin = Instant::now().max(host.next_turn.unwrap_or_else(Instant::now));
            host.next_turn = Some(begin + host.gap.max(self.least_gap));
            begin
        });
        drop(hosts);
        // From here on it is counted.
        let turn = Turn { hosts: self, host: name };
        loop {
            let paused_until = self.with(name, |host| host.paused_until).flatten();
            let moment = begin.into_iter().chain(paused_until).max();
            let Some(moment) = moment.filter(|moment| *moment > Instant::now()) else { break };
            stop.wait_until(moment);
            if stop.is_stopped() {
                break;
            }
        }
        (!stop.is_stopped()).then_some(turn)
    }

    /// Whether a host has failed too often to be asked again.
    pub(super) fn is_given_up(&self, host: &str) -> bool {
        self.with(host, |host| host.failures >= MAX_FAILURES).unwrap_or(false)
    }

    /// Whether the host failed to send the last picture.
    pub(super) fn fails(&self, host: &str) -> bool {
        self.with(host, |host| host.failures > 0).unwrap_or(false)
    }

    /// A host asks for a pause.
    pub(super) fn pause(&self, host: &str, pause: Duration) {
        let until = Instant::now() + pause;
        self.with(host, |host| host.paused_until = Some(host.paused_until.map_or(until, |known| known.max(until))));
    }

    /// A host is asked too often, and wants a pause. Of several requests that it refuses at once, one counts.
    pub(super) fn throttled(&self, host: &str, pause: Duration) {
        self.with(host, |host| {
            if host.paused_until.is_none_or(|until| until <= Instant::now()) {
                host.gap = (host.gap * 2).clamp(FIRST_GAP, MAX_GAP);
            }
        });
        self.pause(host, pause);
    }

    /// A host has answered, whatever it said.
    pub(super) fn answered(&self, host: &str) {
        self.with(host, |host| {
            host.failures = 0;
            host.gap = host.gap.mul_f64(SHRINKING);
        });
    }

    /// A picture could not be fetched for a reason that may pass.
    pub(super) fn failed(&self, host: &str) {
        self.with(host, |host| host.failures = host.failures.saturating_add(1));
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Host) -> T) -> Option<T> {
        entry(&mut self.lock(), name).map(act)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        locked(&self.hosts)
    }
}

/// What is known of a host; none if there are too many hosts.
fn entry<'a>(hosts: &'a mut HashMap<String, Host>, name: &str) -> Option<&'a mut Host> {
    if !hosts.contains_key(name) {
        if hosts.len() >= MAX_HOSTS {
            return None;
        }
        hosts.insert(name.to_owned(), Host::default());
    }
    hosts.get_mut(name)
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
        let paused_until = || hosts.with("a", |host| host.paused_until).flatten();
        assert_eq!(paused_until(), None);
        hosts.pause("a", Duration::from_secs(60));
        let until = paused_until();
        hosts.pause("a", Duration::from_secs(1));
        assert_eq!(paused_until(), until);
    }

    #[test]
    fn requests_to_one_host_keep_their_distance_and_others_do_not_wait() {
        let (hosts, stop) = (Hosts::new(Some(20.0), None), StopFlag::default());
        let begin = Instant::now();
        for _ in 0..5 {
            drop(hosts.turn("a", &stop));
            drop(hosts.turn(["b", "c"][usize::from(begin.elapsed() > Duration::from_millis(1))], &stop));
        }
        // Four gaps of a twentieth of a second.
        assert!(begin.elapsed() >= Duration::from_millis(200), "{:?}", begin.elapsed());
    }

    #[test]
    fn a_host_has_no_more_requests_at_once_than_connections() {
        let (hosts, stop) = (Hosts::new(None, Some(2)), StopFlag::default());
        let (running, most) = (Mutex::new(0_usize), Mutex::new(0_usize));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let turn = hosts.turn("a", &stop);
                    let now = {
                        let mut running = running.lock().expect("no panic");
                        *running += 1;
                        *running
                    };
                    let mut most = most.lock().expect("no panic");
                    *most = (*most).max(now);
                    drop(most);
                    std::thread::sleep(Duration::from_millis(10));
                    *running.lock().expect("no panic") -= 1;
                    drop(turn);
                });
            }
        });
        assert_eq!(*most.lock().expect("no panic"), 2);
        stop.stop();
        assert!(hosts.turn("a", &stop).is_none(), "stopped");
        assert_eq!(hosts.with("a", |host| host.running), Some(0));
    }

    #[test]
    fn a_host_that_throttles_is_asked_more_slowly_until_it_answers() {
        let hosts = Hosts::default();
        let gap = || hosts.with("a", |host| host.gap).expect("known");
        (0..2).for_each(|_| hosts.throttled("a", Duration::ZERO));
        assert_eq!(gap(), FIRST_GAP * 2);
        (0..2).for_each(|_| hosts.throttled("a", Duration::from_secs(60)));
        assert_eq!(gap(), FIRST_GAP * 4, "once for both");
        hosts.with("a", |host| host.paused_until = None);
        (0..20).for_each(|_| hosts.throttled("a", Duration::ZERO));
        assert_eq!(gap(), MAX_GAP);
        (0..200).for_each(|_| hosts.answered("a"));
        assert!(gap() < Duration::from_millis(1));
    }
}
