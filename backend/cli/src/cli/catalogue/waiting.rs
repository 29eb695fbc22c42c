//! What an import waits for. In: the fetches that run. Out: a line on stderr while nothing else is said.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use stl_server::catalogue::fetch::Waits;
use stl_server::parallel::StopFlag;

/// A host that has not sent a picture for so long is named, if no line of progress came meanwhile.
const QUIET: Duration = Duration::from_secs(10);

/// How often it is looked for.
const INTERVAL: Duration = Duration::from_secs(1);

/// When a line was shown last.
pub(super) struct Shown(Mutex<Instant>);

impl Shown {
    /// Now.
    pub(super) fn now() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Whether the last line is so old; then another one is shown now.
    pub(super) fn is_due(&self, pause: Duration) -> bool {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = shown.elapsed() >= pause;
        if is_due {
            *shown = Instant::now();
        }
        is_due
    }
}

/// Runs `work`, and says meanwhile which host it waits for.
pub(super) fn told<T>(waits: &Waits, shown: &Shown, work: impl FnOnce() -> T) -> T {
    let end = End(StopFlag::default());
    let stop = end.0.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while !stop.is_stopped() {
                stop.wait_until(Instant::now() + INTERVAL);
                if let Some(line) = line(waits, shown).filter(|_| !stop.is_stopped()) {
                    eprintln!("{line}");
                }
            }
        });
        // Also when the work panics.
        let _end = end;
        work()
    })
}

fn line(waits: &Waits, shown: &Shown) -> Option<String> {
    let (host, wait) = waits.longest(QUIET)?;
    shown.is_due(QUIET).then(|| format!("waiting for {host} since {} s", wait.as_secs()))
}

/// Ends the thread when it is dropped.
struct End(StopFlag);

impl Drop for End {
    fn drop(&mut self) {
        self.0.stop();
    }
}
