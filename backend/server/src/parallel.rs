//! Work on many items with several threads. In: a slice and a function. Out: the results, in the items' order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How often a wait looks whether it should end.
const STOP_INTERVAL: Duration = Duration::from_millis(50);

/// Asks long work to stop; clones share one flag.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks the work to stop at its next step.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work should stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until a moment, or until the work should stop.
    pub fn wait_until(&self, moment: Instant) {
        while !self.is_stopped() {
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(STOP_INTERVAL));
        }
    }
}

/// Runs `work` on every item on `threads` threads. Calls `each(index, result)` on the calling thread in the order of the
/// items, as soon as the results are available. If `each` fails, no further item is started.
///
/// # Errors
/// The first error of `each`.
pub fn for_each_in_order<I: Sync, O: Send, E>(
    items: &[I],
    threads: usize,
    work: impl Fn(&I) -> O + Sync,
    mut each: impl FnMut(usize, O) -> Result<(), E>,
) -> Result<(), E> {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    // Bounded: if the reader is slow, threads wait and results do not accumulate.
    let (sender, results) = mpsc::sync_channel(threads.max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            let (sender, work, next, stopped) = (sender.clone(), &work, &next, &stopped);
            scope.spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if sender.send((index, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let outcome = in_order(&results, &mut each);
        stopped.store(true, Ordering::Relaxed);
        drop(results);
        outcome
    })
}

fn in_order<O, E>(
    results: &mpsc::Receiver<(usize, O)>,
    each: &mut impl FnMut(usize, O) -> Result<(), E>,
) -> Result<(), E> {
    let (mut waiting, mut next) = (BTreeMap::new(), 0);
    for (index, result) in results {
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&next) {
            each(next, result)?;
            next += 1;
        }
    }
    Ok(())
}

/// Locks what threads share, also after one of them has panicked: what the lock protects is whole at every moment.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of threads that this machine runs at once.
#[must_use]
pub fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        let items: Vec<u64> = (0..100).collect();
        let slow_first = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(500 * (item % 3)));
            item * 2
        };
        let mut seen = Vec::new();
        let all: Result<(), ()> = for_each_in_order(&items, 4, slow_first, |index, result| {
            assert_eq!(result, index as u64 * 2);
            seen.push(index);
            Ok(())
        });
        assert_eq!((all, seen.len()), (Ok(()), 100));
        let stopped =
            for_each_in_order(&items, 4, slow_first, |index, _| if index == 10 { Err("full") } else { Ok(()) });
        assert_eq!(stopped, Err("full"));
    }
}
