//! Threads that run a network. In: the inputs of a look. Out: their outputs, from batches that looks share.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::JoinHandle;

use stl_vision::NetworkError;

use crate::networks::runtime::Runnable;
use crate::parallel::locked;

/// Most inputs of one batch: with more, each waits longer than it saves.
const MAX_BATCH: usize = 8;

/// A network with threads of its own. An input that arrives while a thread is idle starts at once. Inputs that arrive while all threads
/// work are taken together by the next thread that is free, as many as leave work for the other idle ones.
#[derive(Debug)]
pub(super) struct EncodePool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    network: Runnable,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    idle: usize,
    is_closed: bool,
}

/// An input and where its output goes.
#[derive(Debug)]
struct Waiting {
    input: Vec<f32>,
    /// The input's place among its look's.
    place: usize,
    answer: mpsc::Sender<(usize, Result<Vec<f32>, NetworkError>)>,
}

impl EncodePool {
    /// A pool of `threads` threads, at least one.
    pub(super) fn new(network: Runnable, threads: usize) -> Self {
        let shared = Arc::new(Shared { network, state: Mutex::default(), arrived: Condvar::new() });
        let threads = (0..threads.max(1))
            .map(|_| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.work())
            })
            .collect();
        Self { shared, threads }
    }

    /// Runs the network on each input; the outputs are in the inputs' order.
    ///
    /// # Errors
    /// When an input has another length, or running fails.
    pub(super) fn run(&self, inputs: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, NetworkError> {
        let mut outputs = vec![Vec::new(); inputs.len()];
        let (answer, answers) = mpsc::channel();
        {
            let mut state = locked(&self.shared.state);
            let each = inputs.into_iter().enumerate();
            state.waiting.extend(each.map(|(place, input)| Waiting { input, place, answer: answer.clone() }));
        }
        drop(answer);
        self.shared.arrived.notify_all();
        for (place, output) in answers {
            outputs[place] = output?;
        }
        // A batch that panicked has dropped its senders.
        if outputs.iter().any(Vec::is_empty) {
            return Err(NetworkError::Run("the network panicked".to_owned()));
        }
        Ok(outputs)
    }
}

impl Drop for EncodePool {
    fn drop(&mut self) {
        locked(&self.shared.state).is_closed = true;
        self.shared.arrived.notify_all();
        for thread in self.threads.drain(..) {
            // A thread ends only after its loop, which does not panic.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        while let Some(batch) = self.next() {
            let inputs = batch.iter().map(|waiting| &waiting.input[..]).collect::<Vec<_>>().concat();
            let run = || self.network.run(&inputs, batch.len());
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(outputs)) => {
                    let one = outputs.len() / batch.len();
                    for (waiting, output) in batch.iter().zip(outputs.chunks_exact(one.max(1))) {
                        // A look whose other input failed waits no longer.
                        let _ = waiting.answer.send((waiting.place, Ok(output.to_vec())));
                    }
                }
                // One input of the batch may be defective: each gets its own answer.
                Ok(Err(_)) => {
                    for waiting in batch {
                        let _ = waiting.answer.send((waiting.place, self.network.run(&waiting.input, 1)));
                    }
                }
                Err(_) => {}
            }
        }
    }

    /// Waits for inputs and takes this thread's share; none when the pool is closed.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut state = locked(&self.state);
        loop {
            if state.is_closed {
                return None;
            }
            if !state.waiting.is_empty() {
                let share = state.waiting.len().div_ceil(state.idle + 1).min(MAX_BATCH);
                return Some(state.waiting.drain(..share).collect());
            }
            state.idle += 1;
            state = self.arrived.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
            state.idle -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::networks::runtime::Runtime;

    /// FashionDNA and pictures for it, of one grey each.
    fn network() -> (Runnable, impl Fn(usize) -> Vec<f32>) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let manifest = std::fs::read_to_string(folder.join("manifest.toml")).expect("a manifest");
        let spec = stl_types::Manifest::parse(&manifest).expect("a manifest").fashion_dna;
        let onnx = std::fs::read(folder.join(&spec.file)).expect("the network");
        let numbers: usize = spec.input.iter().product();
        (Runtime::default().load(&onnx, &spec).expect("loaded"), move |grey| vec![grey as f32 / 40.0 - 1.0; numbers])
    }

    #[test]
    fn every_look_gets_its_own_outputs_in_order() {
        let (network, input) = network();
        let expected: Vec<Vec<f32>> = (0..24).map(|grey| network.run(&input(grey), 1).expect("runs")).collect();
        let pool = EncodePool::new(network, 2);
        std::thread::scope(|scope| {
            for look in 0..8 {
                let (pool, input, expected) = (&pool, &input, &expected);
                scope.spawn(move || {
                    let outputs = pool.run((3 * look..3 * look + 3).map(input).collect()).expect("runs");
                    assert_eq!(outputs, expected[3 * look..3 * look + 3]);
                });
            }
        });
        assert!(pool.run(Vec::new()).expect("nothing to do").is_empty());
    }

    #[test]
    fn a_defective_input_is_refused_alone() {
        let (network, input) = network();
        let pool = EncodePool::new(network, 1);
        let refused = pool.run(vec![input(1), vec![0.0; 7], input(2)]);
        assert!(matches!(refused, Err(NetworkError::Input { received: 7, .. })), "{refused:?}");
        assert_eq!(pool.run(vec![input(3)]).expect("runs").len(), 1);
    }
}
