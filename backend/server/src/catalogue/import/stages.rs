//! The stages of an import's pictures. In: their work. Out: how many pictures each has done, and how fast.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::parallel::locked;

/// What happens to a picture, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its file is read or fetched.
    Fetch,
    /// The file becomes pixels.
    Decode,
    /// The pixels become f(A).
    Encode,
    /// Its copy is scaled and stored.
    Store,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 4] = [Self::Fetch, Self::Decode, Self::Encode, Self::Store];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Decode => "decode",
            Self::Encode => "encode",
            Self::Store => "store",
        }
    }
}

/// Times of the stages; clones share them.
#[derive(Clone, Debug, Default)]
pub struct StageTimes(Arc<[StageTime; 4]>);

#[derive(Debug, Default)]
struct StageTime {
    pictures: AtomicU64,
    nanoseconds: AtomicU64,
}

impl StageTimes {
    /// Runs the work of a stage and adds its time.
    pub(super) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = work();
        let time = &self.0[stage as usize];
        let nanoseconds = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        time.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        time.pictures.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// Pictures that a stage has done.
    #[must_use]
    pub fn pictures(&self, stage: Stage) -> u64 {
        self.0[stage as usize].pictures.load(Ordering::Relaxed)
    }

    /// Pictures a second that one worker does in a stage; none if it has done none yet.
    #[must_use]
    pub fn pictures_per_s(&self, stage: Stage) -> Option<f64> {
        let seconds = self.0[stage as usize].nanoseconds.load(Ordering::Relaxed) as f64 / 1e9;
        let pictures = self.pictures(stage);
        (pictures > 0 && seconds > 0.0).then(|| pictures as f64 / seconds)
    }
}

/// Lets a bounded number of threads compute at once. Workers beyond it fetch and store meanwhile: they wait here with one picture each,
/// which bounds what waits between the stages.
#[derive(Debug)]
pub(super) struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Gate {
    /// For `count` threads, at least one.
    pub(super) fn new(count: usize) -> Self {
        Self { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    /// Runs `work` when fewer than the bound compute.
    pub(super) fn pass<T>(&self, work: impl FnOnce() -> T) -> T {
        let mut free = locked(&self.free);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        drop(free);
        let _place = Place(self);
        work()
    }
}

/// A place behind the gate, given back also when the work panics.
struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *locked(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_than_the_bound_pass_the_gate() {
        let (gate, inside, most) = (Gate::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    gate.pass(|| {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(5));
                        inside.fetch_sub(1, Ordering::SeqCst);
                    });
                });
            }
        });
        assert_eq!((most.into_inner(), inside.into_inner()), (2, 0));
    }

    #[test]
    fn stages_count_their_pictures_and_time() {
        let times = StageTimes::default();
        assert_eq!(times.pictures_per_s(Stage::Decode), None);
        for _ in 0..3 {
            times.clone().time(Stage::Decode, || std::thread::sleep(Duration::from_millis(10)));
        }
        assert_eq!((times.pictures(Stage::Decode), times.pictures(Stage::Encode)), (3, 0));
        let rate = times.pictures_per_s(Stage::Decode).expect("three pictures");
        assert!(rate > 0.0 && rate <= 100.0, "{rate} pictures a second of 10 ms each");
    }
}
