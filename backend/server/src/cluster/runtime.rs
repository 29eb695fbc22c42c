//! Where the asynchronous clients of PostgreSQL and object storage run. In: a future. Out: its result, on the calling thread.
//!
//! What uses them works with files and SQLite on threads of its own, so it waits for each answer.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

/// Threads that read and write sockets.
const THREADS: usize = 2;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).thread_name("cluster").enable_all().build();
    runtime.expect("the system grants two threads")
});

/// Waits for a future. Not for threads of another runtime: they call it by `spawn_blocking`.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Runs a future beside the calling thread. Returns what ends it early.
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    RUNTIME.spawn(future).abort_handle()
}
