//! The threads that share a matcher's work. In: their number. Out: [`Threads`].

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

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

    /// `step` of each item, in the items' order. A single item runs on the caller's thread: waking the pool costs more.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, step: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        match self {
            Self::Pool(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(step).collect()),
            _ => items.into_iter().map(step).collect(),
        }
    }
}
