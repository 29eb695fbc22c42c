//! Queries that wait together are answered together. In: a [`Request`]. Out: its [`Hits`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Hits, Matcher, Request};

/// Requests that share a pass at most: past it, a pass takes longer than it saves.
const MOST: usize = 32;

/// Whoever comes while no pass runs begins one at once; who comes during a pass waits for its end, and shares the next one
/// with all that came meanwhile. A lone query waits for nothing; another one at most for the pass that runs and, if more
/// than [`MOST`] wait, for those before it.
#[derive(Debug, Default)]
pub struct Batcher {
    state: Mutex<State>,
    pass_ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_running: bool,
    waiting: VecDeque<(Request, Arc<Mutex<Answer>>)>,
}

#[derive(Debug, Default)]
enum Answer {
    #[default]
    Waiting,
    /// The hits, taken once.
    Done(Vec<Hits>),
    /// The pass panicked.
    Lost,
}

impl Batcher {
    /// Searches, on the calling thread or on that of somebody who waits as well.
    ///
    /// # Panics
    /// When the pass that the request was part of panicked.
    pub fn search(&self, matcher: &Matcher, request: Request) -> Vec<Hits> {
        let answer = Arc::new(Mutex::new(Answer::Waiting));
        let mut state = locked(&self.state);
        state.waiting.push_back((request, Arc::clone(&answer)));
        loop {
            match std::mem::take(&mut *locked(&answer)) {
                Answer::Done(hits) => return hits,
                Answer::Lost => panic!("the pass over the articles panicked"),
                Answer::Waiting => {}
            }
            if state.is_running {
                state = self.pass_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let some = MOST.min(state.waiting.len());
            let (requests, answers): (Vec<Request>, Vec<_>) = state.waiting.drain(..some).unzip();
            state.is_running = true;
            drop(state);
            let found = catch_unwind(AssertUnwindSafe(|| matcher.search(&requests)));
            let mut found = found.map(Vec::into_iter).map_err(drop);
            for answer in answers {
                let hits = found.as_mut().ok().and_then(Iterator::next);
                *locked(&answer) = hits.map_or(Answer::Lost, Answer::Done);
            }
            state = locked(&self.state);
            state.is_running = false;
            self.pass_ended.notify_all();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Device;
    use crate::matching::tests::{matcher, request};

    #[test]
    fn everybody_gets_the_own_answer() {
        let (matcher, batcher) = (matcher(20_000, 1, Device::Cpu), Batcher::default());
        std::thread::scope(|scope| {
            for seed in 1..100 {
                let (matcher, batcher) = (&matcher, &batcher);
                scope.spawn(move || {
                    let own = request(seed, 3);
                    let expected = matcher.search(std::slice::from_ref(&own)).pop().expect("an answer");
                    assert_eq!(batcher.search(matcher, own), expected);
                });
            }
        });
        assert!(locked(&batcher.state).waiting.is_empty());
    }

    #[test]
    fn a_defective_request_does_not_stop_the_others() {
        let (matcher, batcher) = (matcher(100, 1, Device::Cpu), Batcher::default());
        let mut defective = request(1, 3);
        defective.queries[0].1.pop();
        let lost = catch_unwind(AssertUnwindSafe(|| batcher.search(&matcher, defective)));
        assert!(lost.is_err());
        assert!(!batcher.search(&matcher, request(2, 3)).is_empty());
    }
}
