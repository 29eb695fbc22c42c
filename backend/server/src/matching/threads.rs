//! The threads that share a matcher's work. In: their number. Out: [`Threads`].

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// With fewer rows, one thread is done before a second one has started: a third of a millisecond.
const SHARED_FROM: usize = 32_768;

/// Where work runs.
#[derive(Debug)]
pub enum Threads {
    /// On the caller's thread.
    Caller,
    /// On the threads of a pool.
    Pool(ThreadPool),
}

impl Threads {
    /// A pool of `count` threads; the caller's thread if that is one.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(count: usize) -> Result<Self, ThreadPoolBuildError> {
        if count <= 1 {
            return Ok(Self::Caller);
        }
        let builder = ThreadPoolBuilder::new().num_threads(count).thread_name(|number| format!("match-{number}"));
        builder.build().map(Self::Pool)
    }

    /// Who does the work of a pass over so many rows, those of all queries together: all threads, or the caller's alone if there are few.
    #[must_use]
    pub fn for_rows(&self, rows: usize) -> &Self {
        const CALLER: &Threads = &Threads::Caller;
        if rows < SHARED_FROM { CALLER } else { self }
    }

    /// `step` of each item, in the items' order. A single item runs on the caller's thread: waking the pool costs more.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, step: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        match self {
            Self::Pool(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(step).collect()),
            _ => items.into_iter().map(step).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pass_stays_on_the_callers_thread() {
        let (threads, here) = (Threads::new(2).expect("threads"), std::thread::current().id());
        let ran_on = |rows| threads.for_rows(rows).map(vec![(), ()], |()| std::thread::current().id());
        assert_eq!(ran_on(SHARED_FROM - 1), [here, here]);
        assert!(ran_on(SHARED_FROM).iter().all(|thread| *thread != here));
    }
}
