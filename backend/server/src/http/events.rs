//! Events of shoppers, if they are counted. In: checked events. Out: counts in the catalogue's database, written every few seconds.
//!
//! An event has no visitor, no address and no time but its hour. How often events may come is limited for all senders together, so that no
//! sender's address need be remembered.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use stl_types::wire::{EventStats, ShopEvent};

use crate::catalogue::events::{CountedEvents, Hour};
use crate::catalogue::{Store, StoreError};
use crate::http::bucket::Bucket;
use crate::parallel::locked;

/// Time between two writes: what a crash may lose. Each is one transaction.
const WRITE_INTERVAL: Duration = Duration::from_secs(5);

/// Requests of events a second, on average: each page sends one for several seconds of looking.
const REQUESTS_PER_S: f64 = 50.0;

/// Requests that may come at once.
const BURST: u32 = 200;

/// Counts events of a catalogue. Dropped, it writes what it has counted.
#[derive(Debug)]
pub struct Events {
    counter: Arc<Counter>,
    /// Ends the thread that writes.
    stop: Option<Sender<()>>,
    writer: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Counter {
    catalogue: PathBuf,
    counted: Mutex<CountedEvents>,
    bucket: Mutex<Bucket>,
}

impl Events {
    /// Counts from now on.
    ///
    /// # Errors
    /// When the system refuses the thread that writes.
    pub fn start(catalogue: &Path) -> std::io::Result<Self> {
        let bucket = Mutex::new(Bucket::full(BURST, REQUESTS_PER_S, Instant::now()));
        let counter = Arc::new(Counter { catalogue: catalogue.to_owned(), counted: Mutex::default(), bucket });
        let (stop, stopped) = mpsc::channel::<()>();
        let writing = Arc::clone(&counter);
        let writer = std::thread::Builder::new().name("events".to_owned()).spawn(move || {
            while stopped.recv_timeout(WRITE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                writing.write();
            }
            writing.write();
        })?;
        Ok(Self { counter, stop: Some(stop), writer: Some(writer) })
    }

    /// Whether another request may be counted now.
    #[must_use]
    pub fn admits(&self) -> bool {
        locked(&self.counter.bucket).take(Instant::now())
    }

    /// Counts events of this hour.
    pub fn count<'a>(&self, events: impl Iterator<Item = &'a ShopEvent>) {
        let hour = Hour::of(Timestamp::now());
        let mut counted = locked(&self.counter.counted);
        events.for_each(|event| counted.add(hour, event));
    }

    /// What was counted in the last `hours`, with what is not written yet.
    ///
    /// # Errors
    /// When the database fails.
    pub fn stats(&self, hours: u32) -> Result<EventStats, StoreError> {
        self.counter.write();
        let stats = stored_stats(&self.counter.catalogue, hours)?;
        Ok(EventStats { counting: true, ..stats })
    }
}

/// What was written in the last `hours`, this one among them.
///
/// # Errors
/// When the database fails.
pub fn stored_stats(catalogue: &Path, hours: u32) -> Result<EventStats, StoreError> {
    let from = Hour::of(Timestamp::now()).before(hours.saturating_sub(1));
    Store::open(catalogue)?.event_stats(from)
}

impl Counter {
    /// Writes what was counted; if that fails, it is kept for the next time.
    fn write(&self) {
        let counted = std::mem::take(&mut *locked(&self.counted));
        if counted.is_empty() {
            return;
        }
        let now = Hour::of(Timestamp::now());
        let written = Store::open(&self.catalogue).and_then(|mut store| store.add_events(&counted, now));
        if let Err(error) = written {
            tracing::warn!("events cannot be stored now and are kept: {error}");
            locked(&self.counted).append(counted);
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(writer) = self.writer.take() {
            // It ends after one more write.
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use stl_types::wire::{EventCounts, EventKind};

    use super::*;
    use crate::catalogue::article::tests::article;
    use crate::catalogue::store::Published;

    #[test]
    fn what_was_counted_is_written_when_the_counter_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
        Store::create(folder.path())
            .and_then(|mut store| store.publish(&published, &[article("a")]))
            .expect("published");
        let events = Events::start(folder.path()).expect("a thread");
        let event = ShopEvent {
            kind: EventKind::Opened,
            product: "a".to_owned(),
            position: Some(1),
            rule: String::new(),
            variant: String::new(),
        };
        events.count([&event, &event].into_iter());
        let expected = EventCounts { shown: 0, opened: 2, basket: 0 };
        let stats = events.stats(1).expect("read");
        assert_eq!((stats.counting, stats.total), (true, expected));
        events.count([&event].into_iter());
        drop(events);
        let stats = stored_stats(folder.path(), 2).expect("read");
        assert_eq!((stats.counting, stats.total.opened), (false, 3));
        // A change of the catalogue keeps them.
        Store::open(folder.path()).and_then(|mut store| store.publish(&published, &[article("b")])).expect("published");
        assert_eq!(stored_stats(folder.path(), 2).expect("read").total.opened, 3);
    }
}
