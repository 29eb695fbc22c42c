//! Queries that arrive during a pass share the next one. In: the [`MatchQuery`]s of a request. Out: their [`Hits`], or [`CategoryScores`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::matching::hits::Hits;
use crate::matching::matcher::Matcher;
use crate::matching::query::MatchQuery;
use crate::matching::scored::CategoryScores;
use crate::parallel::locked;

/// Largest number of queries in a pass: with more, a pass takes longer than it saves.
const MAX_QUERIES: usize = 32;

/// A query that arrives while no pass runs starts one at once. A query that arrives during a pass waits for its end and
/// shares the next pass with all others that wait. It waits for one more pass if more than [`MAX_QUERIES`] are before it.
#[derive(Debug, Default)]
pub struct Batcher {
    state: Mutex<State>,
    pass_ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_running: bool,
    waiting: VecDeque<(MatchQuery, Arc<Mutex<Answer>>)>,
}

#[derive(Debug, Default)]
enum Answer {
    #[default]
    Waiting,
    /// What was found, to be taken once.
    Done(Vec<CategoryScores>),
    /// The pass panicked.
    Lost,
}

impl Batcher {
    /// Searches with all queries of a request. The pass runs on the caller's thread or on that of another waiting query.
    ///
    /// # Panics
    /// When a pass with one of the queries panicked.
    pub fn search(&self, matcher: &Matcher, queries: Vec<MatchQuery>) -> Vec<Vec<Hits>> {
        let limits: Vec<usize> = queries.iter().map(|query| query.limit).collect();
        let found = self.scores(matcher, queries).into_iter().zip(limits);
        found.map(|(scores, limit)| CategoryScores::hits(scores, limit)).collect()
    }

    /// The same, before the best are chosen.
    ///
    /// # Panics
    /// As for [`Batcher::search`].
    pub fn scores(&self, matcher: &Matcher, queries: Vec<MatchQuery>) -> Vec<Vec<CategoryScores>> {
        let answers: Vec<_> = queries.iter().map(|_| Arc::new(Mutex::new(Answer::Waiting))).collect();
        let mut found = Vec::with_capacity(answers.len());
        let mut state = locked(&self.state);
        state.waiting.extend(queries.into_iter().zip(answers.iter().map(Arc::clone)));
        loop {
            while let Some(answer) = answers.get(found.len()) {
                match std::mem::take(&mut *locked(answer)) {
                    Answer::Done(scores) => found.push(scores),
                    Answer::Lost => panic!("the pass over the articles panicked"),
                    Answer::Waiting => break,
                }
            }
            if found.len() == answers.len() {
                return found;
            }
            if state.is_running {
                state = self.pass_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let count = MAX_QUERIES.min(state.waiting.len());
            let (queries, answers): (Vec<MatchQuery>, Vec<_>) = state.waiting.drain(..count).unzip();
            state.is_running = true;
            drop(state);
            let found = catch_unwind(AssertUnwindSafe(|| matcher.scores(&queries)));
            let mut found = found.map(Vec::into_iter).map_err(drop);
            for answer in answers {
                let scores = found.as_mut().ok().and_then(Iterator::next);
                *locked(&answer) = scores.map_or(Answer::Lost, Answer::Done);
            }
            state = locked(&self.state);
            state.is_running = false;
            self.pass_ended.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::device::Device;
    use crate::matching::matcher::fixtures::{matcher, query};

    #[test]
    fn everybody_gets_the_own_answer() {
        let (matcher, batcher) = (matcher(20_000, 1, Device::Cpu), Batcher::default());
        std::thread::scope(|scope| {
            for seed in 1..100 {
                let (matcher, batcher) = (&matcher, &batcher);
                scope.spawn(move || {
                    let own = query(seed, 3);
                    let expected = matcher.search(std::slice::from_ref(&own)).pop().expect("an answer");
                    assert_eq!(batcher.search(matcher, vec![own]), [expected]);
                });
            }
        });
        assert!(locked(&batcher.state).waiting.is_empty());
    }

    #[test]
    fn the_queries_of_a_request_are_answered_in_their_order() {
        let (matcher, batcher) = (matcher(1000, 1, Device::Cpu), Batcher::default());
        // More than a pass takes.
        let queries: Vec<MatchQuery> = (1..2 * MAX_QUERIES as u64).map(|seed| query(seed, 3)).collect();
        assert_eq!(batcher.search(&matcher, queries.clone()), matcher.search(&queries));
        assert!(batcher.search(&matcher, Vec::new()).is_empty());
    }

    #[test]
    fn a_defective_request_does_not_stop_the_others() {
        let (matcher, batcher) = (matcher(100, 1, Device::Cpu), Batcher::default());
        let mut defective = query(1, 3);
        defective.embeddings[0].1.pop();
        let lost = catch_unwind(AssertUnwindSafe(|| batcher.search(&matcher, vec![defective])));
        assert!(lost.is_err());
        assert!(!batcher.search(&matcher, vec![query(2, 3)])[0].is_empty());
    }
}
