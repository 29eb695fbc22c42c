//! A fixed number of threads with a bounded queue, for work that would block the server. In: a closure. Out: its result.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::metrics;
use crate::parallel::locked;
use crate::request_id::RequestId;
use crate::traces;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that run one job after the other. They end when the last clone of the queue is dropped.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    jobs: mpsc::Sender<Job>,
    /// A permit for each job that runs or waits; this bounds the channel.
    permits: Arc<Semaphore>,
    limit: usize,
    timeout: Duration,
}

/// Why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The queue holds as many jobs as it may; the job was not started.
    #[error("the work queue is full")]
    Full,
    /// The job was not done in time; if it had not started, it never will.
    #[error("the work took longer than {0:?}")]
    TooSlow(Duration),
    /// The job panicked, or the threads could not be started.
    #[error("the work ended without a result")]
    Lost,
}

impl WorkQueue {
    /// Starts `workers` threads and a queue of at most `max_waiting` jobs. A job has `timeout` to wait and run.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(workers: usize, max_waiting: usize, timeout: Duration) -> std::io::Result<Self> {
        let workers = workers.max(1);
        let (jobs, queue) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..workers {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
                loop {
                    // The lock is held while waiting for a job, never while doing it.
                    let job = locked(&queue).recv();
                    let Ok(job) = job else { break };
                    job();
                }
            })?;
        }
        let limit = workers + max_waiting;
        Ok(Self { jobs, permits: Arc::new(Semaphore::new(limit)), limit, timeout })
    }

    /// Runs `work` on one of the threads.
    ///
    /// # Errors
    /// At once when the queue is full; later when the work is too slow or panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, QueueError> {
        let outcome = self.run_now(work).await;
        match outcome {
            Err(QueueError::Full) => metrics::refused("full"),
            Err(QueueError::TooSlow(_)) => metrics::refused("slow"),
            Err(QueueError::Lost) => metrics::refused("lost"),
            Ok(_) => {}
        }
        outcome
    }

    /// Jobs that run or wait, and the most that may.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        (self.limit.saturating_sub(self.permits.available_permits()), self.limit)
    }

    async fn run_now<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, QueueError> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| QueueError::Full)?;
        let (sender, result) = oneshot::channel();
        let (of_request, waiting) = (traces::Context::current(), traces::stage("queue"));
        // What the work asks other servers for names the request as well.
        let id = RequestId::current();
        let work = || match id {
            Some(id) => id.scope_of_work(work),
            None => work(),
        };
        let job = Box::new(move || {
            drop(waiting);
            let (_permit, _of_request) = (permit, of_request.attach());
            if sender.is_closed() {
                return; // The client has gone.
            }
            if let Ok(done) = catch_unwind(AssertUnwindSafe(work)) {
                let _ = sender.send(done);
            }
        });
        self.jobs.send(job).map_err(|_| QueueError::Lost)?;
        match tokio::time::timeout(self.timeout, result).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(QueueError::Lost),
            Err(_) => Err(QueueError::TooSlow(self.timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_works_on() {
        let queue = WorkQueue::start(1, 1, LONG).expect("a thread");
        let (release, gate) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run(move || gate.recv()).await }
        });
        let (waiting, more) = (queue.clone(), queue.clone());
        let second = tokio::spawn(async move { waiting.run(|| 2).await });
        // One runs, one waits: the queue is full as soon as both have been spawned.
        tokio::task::yield_now().await;
        assert_eq!(more.run(|| 3).await, Err(QueueError::Full));
        release.send(()).expect("the job waits");
        assert!(running.await.expect("no panic").is_ok());
        assert_eq!(second.await.expect("no panic"), Ok(2));
    }

    #[tokio::test]
    async fn a_panic_loses_its_job_but_not_the_thread() {
        let queue = WorkQueue::start(1, 4, LONG).expect("a thread");
        assert_eq!(queue.run(|| if true { panic!("a defect") } else { 1 }).await, Err(QueueError::Lost));
        assert_eq!(queue.run(|| 2).await, Ok(2));
    }

    #[tokio::test]
    async fn slow_work_is_given_up() {
        let queue = WorkQueue::start(1, 4, Duration::from_millis(20)).expect("a thread");
        let slow = queue.run(|| std::thread::sleep(Duration::from_millis(200))).await;
        assert_eq!(slow, Err(QueueError::TooSlow(Duration::from_millis(20))));
    }
}
