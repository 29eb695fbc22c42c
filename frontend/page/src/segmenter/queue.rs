//! Queue of requests: one in the worker, at most one waiting, the newest wins. In: requests, answers and pauses.
//! Out: which request to post.

/// A queue of length one that replaces instead of refusing.
#[derive(Debug)]
pub(crate) struct LatestQueue<R> {
    ready: bool,
    /// The id that the worker is busy with, even if its request was replaced.
    running: Option<u32>,
    /// The newest request: running or waiting.
    newest: Option<(u32, R)>,
    last_id: u32,
}

impl<R> Default for LatestQueue<R> {
    fn default() -> Self {
        Self { ready: false, running: None, newest: None, last_id: 0 }
    }
}

impl<R> LatestQueue<R> {
    /// Takes a request in place of the former one, which is dropped; returns the id to post, if the worker is free.
    pub(crate) fn submit(&mut self, request: R) -> Option<u32> {
        self.last_id += 1;
        self.newest = Some((self.last_id, request));
        self.next()
    }

    /// The worker is ready; returns the id to post.
    pub(crate) fn resume(&mut self) -> Option<u32> {
        self.ready = true;
        self.next()
    }

    /// There is no worker for now.
    pub(crate) fn pause(&mut self) {
        self.ready = false;
        self.running = None;
    }

    /// The worker has answered `id`; returns its request, unless a newer one came, and the id to post next.
    pub(crate) fn finished(&mut self, id: u32) -> (Option<R>, Option<u32>) {
        if self.running == Some(id) {
            self.running = None;
        }
        let request = self.newest.take_if(|(newest, _)| *newest == id).map(|(_, request)| request);
        (request, self.next())
    }

    /// The worker is gone; returns the request that will have no answer.
    pub(crate) fn abandon(&mut self) -> Option<R> {
        self.pause();
        self.newest.take().map(|(_, request)| request)
    }

    /// The request `id`, if the worker is to have it.
    pub(crate) fn running(&self, id: u32) -> Option<&R> {
        self.newest.as_ref().filter(|(newest, _)| *newest == id && self.running == Some(id)).map(|(_, request)| request)
    }

    fn next(&mut self) -> Option<u32> {
        if !self.ready || self.running.is_some() {
            return None;
        }
        self.running = self.newest.as_ref().map(|(id, _)| *id);
        self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_for_the_worker_and_a_newer_one_replaces_it() {
        let mut queue = LatestQueue::default();
        assert_eq!(queue.submit("first"), None);
        assert_eq!(queue.submit("second"), None);
        assert_eq!(queue.resume(), Some(2));
        assert_eq!(queue.running(2), Some(&"second"));
        assert_eq!(queue.finished(2), (Some("second"), None));
    }

    #[test]
    fn while_the_worker_is_busy_only_the_newest_waits() {
        let mut queue = LatestQueue::default();
        queue.resume();
        assert_eq!(queue.submit("first"), Some(1));
        assert_eq!(queue.submit("second"), None);
        assert_eq!(queue.submit("third"), None);
        assert_eq!(queue.finished(1), (None, Some(3)), "the first answer is nobody's, the second photo never runs");
        assert_eq!(queue.finished(3), (Some("third"), None));
    }

    #[test]
    fn when_the_worker_dies_the_waiting_request_is_handed_back_and_the_next_one_waits_for_another_worker() {
        let mut queue = LatestQueue::default();
        queue.resume();
        queue.submit("first");
        assert_eq!(queue.abandon(), Some("first"));
        assert_eq!(queue.submit("second"), None);
        assert_eq!(queue.resume(), Some(2));
    }
}
